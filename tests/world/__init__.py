"""A whole simulator in the test's process: its browsers, its terminals, and codes to scan."""
