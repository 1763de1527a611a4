"""Signing keys: private files, public rows, and their rotation."""
