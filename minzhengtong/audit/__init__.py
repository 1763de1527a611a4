"""The audit log: entries written with the act, sealed into a hash chain later."""
