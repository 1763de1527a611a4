"""Bare Flask apps that do the least that the same job takes: what our own servers are compared with."""
