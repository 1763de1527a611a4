"""The synthetic people and what each room holds of them at the start."""
