"""The outbox: events written with the act, delivered until they arrive."""
