"""`migrate` and `seed`: move the schema and make the demo data."""

from contextlib import closing

import click

from minzhengtong.base.settings import Settings
from minzhengtong.run import migrations
from minzhengtong.run.cli.opening import existing_runtime
from minzhengtong.run.seed import seed
from minzhengtong.runtime import Runtime


@click.command("migrate")
@click.argument("revision", default="head")
@click.option("--down", is_flag=True, help="Downgrade to REVISION instead (`base`: no tables, no rows).")
@click.option("--yes", is_flag=True, help="Do not ask before a downgrade to `base` deletes every row.")
def migrate_command(revision: str, *, down: bool, yes: bool) -> None:
    """Upgrade the database's schema and its rows to REVISION, in one transaction."""
    if down and revision == "base" and not yes:
        click.confirm("This deletes every row. Is there a backup?", abort=True)
    from alembic.util import CommandError

    try:
        with closing(Runtime.open(Settings.from_env())) as runtime:
            migrate(runtime, revision, down=down)
    except CommandError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"schema is at {revision}")


@click.command("seed")
def seed_command() -> None:
    """Insert the keys, people, balances, certificates and apps that are missing."""
    with closing(existing_runtime()) as runtime:
        seed(runtime)
    click.echo("seeded")


def migrate(runtime: Runtime, revision: str = "head", *, down: bool = False) -> None:
    """Upgrade or downgrade the schema, in one transaction."""
    with runtime.db.write(in_time=False) as conn:
        (migrations.downgrade if down else migrations.upgrade)(conn, revision)
