"""The ground floor: settings, errors, clock, money, ids. Imports nothing of ours."""
