"""Registered mini-apps: manifests, scopes, terminals, states."""
