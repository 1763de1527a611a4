"""`run`, `serve` and `worker`: start the processes."""

import sys
from socket import socket
from typing import NoReturn

import click

from minzhengtong.base.settings import Settings
from minzhengtong.run.cli.data import migrate
from minzhengtong.run.cli.opening import existing_runtime
from minzhengtong.run.folder_lock import FolderLock
from minzhengtong.run.listener import listen
from minzhengtong.run.seed import seed
from minzhengtong.run.serve import run_worker, serve
from minzhengtong.runtime import Runtime


@click.command("run")
def run_command() -> None:
    """Migrate, seed and serve with a worker: everything, in one process tree."""
    runtime = Runtime.open(Settings.from_env())
    listener = _listen(runtime)
    migrate(runtime)
    seed(runtime)
    _serve(runtime, listener, with_worker=True)


@click.command("serve")
@click.option("--with-worker", is_flag=True, help="Start a worker beside the web processes.")
def serve_command(*, with_worker: bool) -> None:
    """Serve the platform and its mini-apps on a migrated, seeded database."""
    runtime = existing_runtime()
    _serve(runtime, _listen(runtime), with_worker=with_worker)


@click.command("worker")
def worker_command() -> None:
    """Deliver events, seal the audit log, sweep expired rows."""
    run_worker(existing_runtime())


def _listen(runtime: Runtime) -> socket:
    """Listen, then lock the folder: neither a port nor a folder in use is to be written to."""
    listener = listen(runtime.settings.bind, runtime.settings.port)
    FolderLock(runtime.settings.var_dir).take()
    return listener


def _serve(runtime: Runtime, listener: socket, *, with_worker: bool) -> NoReturn:
    sys.exit(serve(runtime, listener, with_worker=with_worker, when_ready=lambda: _welcome(runtime.settings)))


def _welcome(settings: Settings) -> None:
    url, name = settings.public_url, click.style("闽政通模拟平台 · Minzhengtong simulator", bold=True)
    citizen, tester = ("log in, then 一码通 One code", "log in with the tester's role, and scan a code")
    if settings.demo:
        citizen = "choose 林晓闽 Lin Xiaomin, then 一码通 One code"
        tester = "choose 邱实 Qiu Shi in a second browser, and scan her code"
    click.echo(f"""
  {name}   {url}

  Citizen   {url}/login    {citizen}
  Tester    {url}/bench    {tester}
  Programs  {url}/api/openapi.json

  SIMULATED · 模拟: synthetic people, no real money. Ctrl-C stops everything.
""")
