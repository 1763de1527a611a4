"""`audit verify`: checks the hash chain of the audit log."""

import sys
from contextlib import closing

import click

from minzhengtong.audit.seal import Anchor, verify_chain
from minzhengtong.run.cli.opening import existing_runtime


@click.group("audit")
def audit_command() -> None:
    """The audit log."""


@audit_command.command("verify")
@click.option(
    "--anchor", metavar="SEQ:DIGEST", help="The newest seal that an earlier run printed, stored elsewhere."
)
def verify(anchor: str | None) -> None:
    """Check the whole hash chain and count the entries that are not sealed yet. Exit code 1 on a fault."""
    kept = Anchor.parse(anchor) if anchor else None
    with closing(existing_runtime()) as runtime, runtime.db.snapshot(in_time=False) as conn:
        check = verify_chain(conn, kept)
    click.echo(f"sealed and checked: {check.newest.seq}")
    click.echo(f"newest seal: {check.newest}")
    if check.unsealed_ids:
        click.echo(f"not sealed yet: {len(check.unsealed_ids)}, from entry {check.unsealed_ids[0]}")
    if check.fault:
        click.echo(f"FAULT: {check.fault}", err=True)
        sys.exit(1)
