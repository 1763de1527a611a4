"""The demo people, and what each room has of them at the start."""
