"""Numbers with check digits of national standards."""
