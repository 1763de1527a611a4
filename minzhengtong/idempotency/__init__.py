"""Answers stored under an Idempotency-Key."""
