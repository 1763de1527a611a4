"""Calls from the platform to addresses that somebody else registered."""
