"""Check digits of national standards. Holds no data."""
