"""The one code: bytes, signatures, digits, spending, drawing and reading."""
