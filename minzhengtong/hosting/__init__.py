"""Finds, builds and serves in-process mini-apps, each on its own origin, and delivers events to any app."""
