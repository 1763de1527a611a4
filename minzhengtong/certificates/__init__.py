"""Certificate types, issued certificates, their numbers, states, claims and predicates."""
