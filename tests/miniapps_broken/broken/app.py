"""A mini-app that cannot even be imported: it ends the process that tries."""

raise SystemExit("the department forgot its licence file")
