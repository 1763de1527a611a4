"""The tester's desk: reading pictures, scanning as any terminal, and explaining the outcome."""
