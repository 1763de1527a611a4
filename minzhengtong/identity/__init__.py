"""People, their passwords, levels and login sessions. Knows nothing of clients or apps."""
