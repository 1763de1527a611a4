"""The audit log: entries are written with the action and added to a hash chain later."""
