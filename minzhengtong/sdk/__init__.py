"""What a mini-app may import. Imports nothing else of ours."""
