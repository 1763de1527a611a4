"""The ground floor: settings, database, clock, money, keys, audit, outbox, errors. Imports no other floor."""
