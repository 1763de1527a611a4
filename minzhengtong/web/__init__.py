"""Everything that speaks HTTP for the platform: pages, JSON API, OIDC endpoints, errors, guards."""
