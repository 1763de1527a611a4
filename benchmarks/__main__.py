"""`python3 dev.py bench [NAME …] [--json]`: every figure beside its baseline, interleaved in one run."""

import importlib
import json
import sys

import click
from rich.console import Console
from rich.table import Table

from benchmarks.compare import Row

SUITES = ("codes", "scan", "login", "memory")


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(SUITES))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def main(names: tuple[str, ...], *, as_json: bool) -> None:
    """Measure the suites NAMES, by default all of them."""
    progress = Console(stderr=True)
    rows: list[Row] = []
    for name in names or SUITES:
        with progress.status(f"measuring {name} …"):
            rows += importlib.import_module(f"benchmarks.{name}").rows()
    if as_json:
        json.dump([{**row._asdict(), "met": row.met} for row in rows], sys.stdout, indent=2)
    else:
        Console().print(_table(rows))


def _table(rows: list[Row]) -> Table:
    table = Table("figure", title="ratio: our speed by the baseline's; for CPU our cost by its")
    for heading in ("ours", "baseline's", "ratio", "goal"):
        table.add_column(heading, justify="right")
    table.add_column("baseline")
    for row in rows:
        theirs = "" if row.theirs is None else f"{row.theirs:,.1f}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        goal = row.goal if row.met is not False else f"[red]{row.goal}[/] ✗"
        table.add_row(row.figure, f"{row.ours:,.1f} {row.unit}", theirs, ratio, goal, row.baseline)
    return table


if __name__ == "__main__":
    main()
