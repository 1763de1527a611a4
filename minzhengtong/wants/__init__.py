"""What a terminal may ask of a code. The manifest and the scan share it."""
