"""Consents, and whether a token may be used for a scope."""
