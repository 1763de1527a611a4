"""`run`, `serve` and `worker`: start the processes.

`run` and `serve` listen before they import what they serve, so that a port in use is told at once.
"""

from socket import socket

import click

from minzhengtong.base.settings import Settings
from minzhengtong.run.cli.imports import quick_imports
from minzhengtong.run.listener import listen


@click.command("run")
def run_command() -> None:
    """Migrate, seed and serve with a worker: everything, in one process tree."""
    settings = Settings.from_env()
    listener = _listen(settings)
    with quick_imports():
        from minzhengtong.run.cli.starting import start_new
    start_new(settings, listener)


@click.command("serve")
@click.option("--with-worker", is_flag=True, help="Start a worker beside the web processes.")
def serve_command(*, with_worker: bool) -> None:
    """Serve the platform and its mini-apps on a migrated, seeded database."""
    listener = _listen(Settings.from_env())
    with quick_imports():
        from minzhengtong.run.cli.starting import start_existing
    start_existing(listener, with_worker=with_worker)


@click.command("worker")
def worker_command() -> None:
    """Deliver events, seal the audit log, sweep expired rows."""
    with quick_imports():
        from minzhengtong.run.cli.opening import existing_runtime
        from minzhengtong.run.serve import run_worker
    run_worker(existing_runtime())


def _listen(settings: Settings) -> socket:
    return listen(settings.bind, settings.port)
