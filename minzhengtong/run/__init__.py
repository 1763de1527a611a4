"""The only wiring: application, processes, command line, schema, backup."""
