"""The OpenID Connect endpoints, on Authlib."""
