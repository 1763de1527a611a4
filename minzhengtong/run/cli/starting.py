"""Starts the server on a socket that listens already; to import this module loads the whole program."""

import sys
from socket import socket
from typing import NoReturn

import click

from minzhengtong.base.settings import Settings
from minzhengtong.run.cli.data import migrate
from minzhengtong.run.cli.opening import existing_runtime
from minzhengtong.run.folder_lock import FolderLock
from minzhengtong.run.seed import seed
from minzhengtong.run.serve import serve
from minzhengtong.runtime import Runtime


def start_new(settings: Settings, listener: socket) -> NoReturn:
    """Migrate, seed, and serve with a worker. Raises: FolderShared, FolderInUse."""
    runtime = Runtime.open(settings)
    FolderLock(settings.var_dir).take()
    migrate(runtime)
    seed(runtime)
    _serve(runtime, listener, with_worker=True)


def start_existing(listener: socket, *, with_worker: bool) -> NoReturn:
    """Serve a simulator that was migrated and seeded. Raises: NotMigrated, SchemaUnknown, FolderInUse."""
    runtime = existing_runtime()
    FolderLock(runtime.settings.var_dir).take()
    _serve(runtime, listener, with_worker=with_worker)


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
