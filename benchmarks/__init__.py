"""Measurements that print a ratio to a baseline; never a test, as machines differ."""
