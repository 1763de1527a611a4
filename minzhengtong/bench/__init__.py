"""The tester's desk: reads pictures, scans as any terminal, and explains the result."""
