"""The command line: each command parses its options, opens a runtime and calls one function."""

import sys
from importlib import import_module
from typing import Any, ClassVar

import click

from minzhengtong.base.errors import DomainError
from minzhengtong.base.private import make_files_private
from minzhengtong.run.cli.imports import quick_imports
from minzhengtong.run.cli.output import make_lenient, report_lost


class _Group(click.Group):
    """Imports a command's module only when it is called, so that `--help` and `scan` start quickly."""

    MODULES: ClassVar = {
        "run": "server",
        "serve": "server",
        "worker": "server",
        "seed": "data",
        "migrate": "data",
        "keys": "keys",
        "backup": "backup",
        "restore": "backup",
        "audit": "audit",
        "miniapp": "miniapp",
        "scan": "scan",
        "token": "scan",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.MODULES)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        module = self.MODULES.get(name)
        if module is None:
            return None
        with quick_imports():
            found = import_module(f"minzhengtong.run.cli.{module}")
        command: click.Command = getattr(found, f"{name}_command")
        return command

    def main(self, *args: Any, **kwargs: Any) -> Any:
        if sys.stdout is sys.__stdout__:  # not in a test, which reads what is printed
            make_lenient()
        try:
            return super().main(*args, **kwargs)
        finally:
            report_lost()

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except DomainError as error:
            click.echo(f"{error.title}: expected {error.expected}, received {error.received}.", err=True)
            if error.help:
                click.echo(error.help, err=True)
        except _machine_errors() as error:
            click.echo(f"A file or the database cannot be used: {getattr(error, 'orig', error)}.", err=True)
            click.echo("Check MZT_VAR_DIR, MZT_DATABASE_URL and the free disk space.", err=True)
        sys.exit(2)


def _machine_errors() -> tuple[type[Exception], ...]:
    """Return the errors of files and of the database. Called only after an error: the import takes 0.1 s."""
    from sqlalchemy.exc import DatabaseError

    return OSError, DatabaseError


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="minzhengtong")
def main() -> None:
    """Minzhengtong simulator: a one-stop e-government platform on one laptop. Settings: MZT_* (docs)."""
    make_files_private()
