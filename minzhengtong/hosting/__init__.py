"""Finds, builds and serves the hosted mini-apps, each at its own origin; delivers events to all apps."""
