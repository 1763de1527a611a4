"""`keys list` and `keys rotate`: show the signing keys and publish the next ones."""

from contextlib import closing
from datetime import timedelta

import click
from sqlalchemy import select

from minzhengtong.base.clock import local_time
from minzhengtong.codes import signers as code_keys
from minzhengtong.keys.models import KeyUse, signing_key
from minzhengtong.keys.rotation import LEAD, SHORTEST_LEAD
from minzhengtong.oidc import signing as oidc_keys
from minzhengtong.places.divisions import REGIONS
from minzhengtong.run.cli.opening import existing_runtime
from minzhengtong.run.cli.output import must_be_shown

_ORDER = (signing_key.c.use, signing_key.c.region, signing_key.c.alg, signing_key.c.created_at)


@click.group("keys")
def keys_command() -> None:
    """The keys that sign codes and ID tokens."""


@keys_command.command("list")
def show_list() -> None:
    """List every key with its state and the time of its next change."""
    with closing(existing_runtime()) as runtime, runtime.db.read() as conn:
        for key in conn.execute(select(signing_key).order_by(*_ORDER)):
            until = f", moves on at {local_time(key.due_at)}, Fujian time" if key.due_at else ""
            click.echo(f"{key.use:<8} {key.region or '-':<6} {key.alg:<7} {key.state:<7} {key.kid}{until}")
    must_be_shown()


@keys_command.command("rotate")
@click.option("--use", type=click.Choice([use.value for use in KeyUse]), required=True)
@click.option(
    "--region",
    "regions",
    type=click.Choice([region.code for region in REGIONS]),
    multiple=True,
    help="Only this region's code key; all ten if not given.",
)
@click.option(
    "--signs-in",
    type=click.IntRange(min=int(SHORTEST_LEAD.total_seconds())),
    default=int(LEAD.total_seconds()),
    show_default=True,
    help="Seconds from publishing to the first signature. Shorter than the default only after a key has "
    "leaked: readers with a cached key set then refuse valid signatures until they fetch it again.",
)
def rotate(use: str, regions: tuple[str, ...], signs_in: int) -> None:
    """Publish the next key. The worker activates it in time and later retires the old one."""
    if regions and use != KeyUse.CODE:
        raise click.UsageError("only code keys have a region")
    with closing(existing_runtime()) as runtime, runtime.db.write() as conn:
        now = runtime.clock.now()
        signs_at = now + timedelta(seconds=signs_in)
        if use == KeyUse.CODE:
            chosen = regions or [region.code for region in REGIONS]
            code_keys.publish_next_keys(conn, runtime.keyring, now, chosen, signs_at=signs_at)
        else:
            oidc_keys.publish_next_keys(conn, runtime.keyring, now, signs_at=signs_at)
    click.echo(f"published; signs from {local_time(signs_at)} Fujian time on, when a worker runs")
