"""Minzhengtong simulator: a one-stop e-government platform with synthetic people, on one laptop."""

__version__ = "0.1.0"
