"""OpenID Connect over HTTP: endpoints, consent sheet, logout."""
