"""May this app do this, for this person, now: consent and authorize()."""
