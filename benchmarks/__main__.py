"""`python3 dev.py bench [NAME …] [--json]`: every figure beside its baseline, interleaved in one run."""

import importlib
import json
import sys

import click
from rich.console import Console
from rich.table import Table

from benchmarks.compare import Row

SUITES = ("codes",)


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
        json.dump([row._asdict() for row in rows], sys.stdout, indent=2)
    else:
        Console().print(_table(rows))


def _table(rows: list[Row]) -> Table:
    table = Table("figure", "baseline", title="ratio = baseline time ÷ our time: more is faster")
    for heading in ("baseline µs", "ours µs", "ratio", "goal"):
        table.add_column(heading, justify="right")
    for row in rows:
        times = (f"{row.baseline_us:,.1f}", f"{row.candidate_us:,.1f}", f"{row.ratio:.2f}")
        table.add_row(row.name, row.baseline, *times, row.goal)
    return table


if __name__ == "__main__":
    main()
