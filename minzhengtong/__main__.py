"""`python -m minzhengtong` is the command line."""

from minzhengtong.cli import main

main()
