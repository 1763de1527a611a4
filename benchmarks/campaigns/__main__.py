"""`python -m benchmarks.campaigns [NAME …]`: run campaigns, by default all; stop at a broken promise."""

import importlib
import time

import click

from benchmarks.campaigns import NotTried

CAMPAIGNS = ("kills", "races", "dependencies", "apps", "hostile", "codes", "slow", "soak")


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(CAMPAIGNS))
def main(names: tuple[str, ...]) -> None:
    """Run the campaigns NAMES; a promise that does not hold ends the run with its AssertionError."""
    for name in names or CAMPAIGNS:
        began, not_tried = time.monotonic(), 0
        for line in importlib.import_module(f"benchmarks.campaigns.{name}").run():
            click.echo(f"{name}: {line}")
            not_tried += isinstance(line, NotTried)
        verdict = f"what was tried held, {not_tried} not tried" if not_tried else "held"
        click.echo(f"{name}: {verdict}, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
