"""`python -m minzhengtong` is the command line."""

from minzhengtong.run.cli import main

main()
