"""The OpenID provider without HTTP: clients, requests, codes, tokens, subjects, logout."""
