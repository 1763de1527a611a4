"""From a manifest to an app, its client and its terminals."""
