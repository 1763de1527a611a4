"""`backup` and `restore`: write the whole simulator to one file and read it back."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from minzhengtong.audit.seal import Anchor
from minzhengtong.base.clock import local_time
from minzhengtong.base.settings import Settings
from minzhengtong.run.backup.manifest import Manifest
from minzhengtong.run.backup.restore import restore_backup
from minzhengtong.run.backup.write import Watch, write_backup
from minzhengtong.run.cli.opening import existing_runtime
from minzhengtong.runtime import Runtime


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
def backup_command(file: Path) -> None:
    """Write database, keys and app stores to FILE while the simulator runs. FILE holds private keys."""
    with closing(existing_runtime()) as runtime, _progress("backing up") as watch:
        made = write_backup(runtime, file, watch)
    _say(made, f"{file} ({file.stat().st_size:,} bytes)")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--anchor", metavar="SEQ:DIGEST", help="A newest seal that `audit verify` printed before.")
def restore_command(file: Path, anchor: str | None) -> None:
    """Fill an empty MZT_VAR_DIR and database from FILE, which may come from either database engine."""
    settings, kept = Settings.from_env(), Anchor.parse(anchor) if anchor else None
    with closing(Runtime.open(settings)) as runtime, _progress("restoring") as watch:
        facts, log = restore_backup(runtime, file, watch, kept)
    _say(facts, str(settings.var_dir))
    click.echo(f"checked: the ledger adds up, and the log's chain to seal {log.newest}")
    if kept is None:
        click.echo("not known: whether the archive was made anew; only an --anchor from elsewhere shows it")
    click.echo("not known: whether people, roles, keys and other tables are as they were")


@contextmanager
def _progress(verb: str) -> Iterator[Watch]:
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(verb, total=None)
        yield lambda name, done, total: bar.update(
            task, description=f"{verb} {name}", completed=done, total=total
        )


def _say(facts: Manifest, place: str) -> None:
    total = sum(table.rows for table in facts.tables.values())
    click.echo(f"{place}: {total:,} rows of {len(facts.tables)} tables, {len(facts.files)} files")
    click.echo(f"schema {facts.revision}, from {facts.engine} at {local_time(facts.made_at)}, Fujian time")
    click.echo(f"ledger {facts.ledger_sha256}")
