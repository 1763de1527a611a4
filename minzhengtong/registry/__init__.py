"""Mini-apps as recorded: manifests, scopes, terminals, state. Never loads their code."""
