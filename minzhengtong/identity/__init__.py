"""People, their passwords, levels and login sessions."""
