"""The outbox: events for clients, written with what causes them and delivered after the commit."""
