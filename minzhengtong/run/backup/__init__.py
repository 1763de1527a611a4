"""Backs up a simulator to one file and restores it: rows, keys and app stores."""
