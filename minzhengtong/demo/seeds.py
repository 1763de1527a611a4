"""Seeds every room with what the demo people have there."""

from datetime import datetime
from graphlib import TopologicalSorter

from sqlalchemy import Connection

from minzhengtong.base.rooms import modules_in


def seed_demo(conn: Connection, now: datetime) -> None:
    """Call `seed` of each module of this package, after the modules in its `AFTER`. Safe to repeat.

    The caller commits.
    """
    found = {module.__name__.rpartition(".")[2]: module for module in modules_in(__package__)}
    seeds = {name: module for name, module in found.items() if hasattr(module, "seed")}
    order = TopologicalSorter({name: getattr(seed, "AFTER", ()) for name, seed in seeds.items()})
    for name in order.static_order():
        seeds[name].seed(conn, now)
