"""One scan is one use of a code; inside it certificates are shown and payments made."""
