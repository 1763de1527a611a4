"""The OpenID provider without its HTTP: clients, grants, tokens, subjects, logout."""
