"""`miniapp add` and `miniapp list`: register and list mini-apps."""

from contextlib import closing
from pathlib import Path

import click

from minzhengtong.registration.findings import findings, why_no_secret
from minzhengtong.registration.register import register_remote_app
from minzhengtong.registry.apps import all_apps
from minzhengtong.registry.manifest import read_manifest
from minzhengtong.run.cli.opening import existing_runtime
from minzhengtong.run.cli.output import must_be_shown


@click.group("miniapp")
def miniapp_command() -> None:
    """Register and list mini-apps. A hosted app needs no command: it is found by its folder."""


@miniapp_command.command("add")
@click.argument("manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add(manifest: Path) -> None:
    """Register the remote app of MANIFEST (JSON) and print its credentials, which are shown only once.

    An app that is added again gets a new secret, and the old one stops working. What its settings cost
    its users is said on the standard error.
    """
    read = read_manifest(manifest.read_bytes())
    with closing(existing_runtime()) as runtime, runtime.db.write() as conn:
        settings = runtime.settings
        secret = register_remote_app(conn, runtime.clock.now(), settings, read)
        click.echo(f"issuer: {settings.public_url}\nclient_id: {read.app_id}")
        if secret is not None:
            click.echo(f"client_secret: {secret}")
        must_be_shown()  # before the commit: an app that is registered has its secret
    assert read.mzt.oidc is not None  # noqa: S101  # a remote app has it
    click.echo(why_no_secret(read.mzt.oidc) or "Keep the secret: it is shown only now.", err=True)
    for finding in findings(settings, read):
        click.echo(f"Warning: {finding}", err=True)


@miniapp_command.command("list")
def show_list() -> None:
    """List every app with its state and the reason for it."""
    with closing(existing_runtime()) as runtime, runtime.db.read() as conn:
        apps = all_apps(conn)
    for app in apps:
        click.echo(f"{app.slug:<12} {app.state:<12} {app.hosting_kind:<10} {app.origin}")
        click.echo(f"{'':<12} {app.app_id}  {app.name} · {app.name_en}")
        if app.state_reason:
            click.echo(f"{'':<12} {app.state_reason}")
    must_be_shown()
