"""`migrate` and `seed`: the schema and the demo's people."""

import click

from minzhengtong import migrations
from minzhengtong.core.runtime import Runtime
from minzhengtong.core.settings import Settings
from minzhengtong.seed import seed


@click.command("migrate")
@click.argument("revision", default="head")
@click.option("--down", is_flag=True, help="Go down to REVISION instead of up (`base`: empty).")
def migrate_command(revision: str, *, down: bool) -> None:
    """Bring the database's schema to REVISION."""
    migrate(Runtime.open(Settings.from_env()), revision, down=down)
    click.echo(f"schema is at {revision}")


@click.command("seed")
def seed_command() -> None:
    """Make keys, people, balances, certificates and apps that are missing."""
    seed(Runtime.open(Settings.from_env()))
    click.echo("seeded")


def migrate(runtime: Runtime, revision: str = "head", *, down: bool = False) -> None:
    """Move the schema, in one transaction."""
    with runtime.db.transaction() as conn:
        (migrations.downgrade if down else migrations.upgrade)(conn, revision)
