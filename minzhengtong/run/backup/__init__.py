"""A simulator in one file and back: rows, keys and app stores. On the top floor: it reads every table."""
