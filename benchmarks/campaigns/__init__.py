"""Heavy campaigns against faults: the suite's own checks with large counts. Each prints what it saw."""
