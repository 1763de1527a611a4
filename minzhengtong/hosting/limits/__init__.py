"""Limits of a mini-app in its process: time, threads, memory."""
