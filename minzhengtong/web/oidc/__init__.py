"""OpenID Connect over HTTP: endpoints, consent sheet, logout. What tokens and codes are worth, oidc says."""
