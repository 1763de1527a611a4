"""`scan` and `token`: scan a code at a terminal of a running server, over HTTP."""

import base64
import json
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

import click
import httpx2
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from minzhengtong.base.clock import with_local_times
from minzhengtong.base.hosts import is_loopback
from minzhengtong.base.money import format_fen
from minzhengtong.base.settings import Settings
from minzhengtong.bench.client import CLIENT_ID, SCOPE, cli_secret
from minzhengtong.keys.keyring import KeyRing
from minzhengtong.run.cli.output import must_be_shown

PASSED, REFUSED, NOT_DONE = 0, 1, 2
_MARKS = {"ok": "[green]✓[/]", "refused": "[red]✗[/]", "skipped": "[dim]–[/]"}


@click.command("scan")
@click.argument("picture", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--terminal", "terminal_id", required=True, help="Id of a registered terminal.")
@click.option("--url", help="The platform's URL; that of the settings if not given.")
@click.option(
    "--token", help="A bearer token of scope bench.scan; without it one is requested with the local keys."
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as it came.")
def scan_command(picture: Path, terminal_id: str, url: str | None, token: str | None, as_json: bool) -> None:
    """Scan the code in PICTURE (PNG or JPEG) at a terminal of a running server.

    The exit code is 0 when the scan passed, 1 when it was refused, 2 when there was none.
    """
    settings = Settings.from_env()
    platform = url or settings.public_url
    body = {"terminal_id": terminal_id, "picture": base64.b64encode(picture.read_bytes()).decode()}
    try:
        with _client(platform) as http:
            headers = {"Authorization": f"Bearer {token or earn_token(http, settings)}"}
            headers["Idempotency-Key"] = token_urlsafe(16)
            answer = _checked(http.post("/api/v1/bench/scans", json=body, headers=headers))
    except (httpx2.HTTPError, OSError) as error:
        raise _NotDone(f"no answer from {platform}: {error}") from error
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2)) if as_json else _show(answer)
    raise SystemExit(PASSED if answer["verdict"] == "pass" else REFUSED)


@click.command("token")
@click.option("--url", help="The platform's URL; that of the settings if not given.")
def token_command(url: str | None) -> None:
    """Print a bearer token for the bench API, requested with the local keys."""
    settings = Settings.from_env()
    platform = url or settings.public_url
    try:
        with _client(platform) as http:
            click.echo(earn_token(http, settings))
    except (httpx2.HTTPError, OSError) as error:
        raise _NotDone(f"no token from {platform}: {error}") from error
    must_be_shown()


def earn_token(http: httpx2.Client, settings: Settings) -> str:
    """Get a token as the platform's command-line client. Raises: ClickException without the local keys."""
    keys = settings.var_dir / "keys"
    try:
        secret = cli_secret(KeyRing(keys))
    except OSError as error:
        message = f"the keys of the simulator in {keys} cannot be read: {error.strerror}"
        raise _NotDone(f"{message}. Type this where it was started, with its MZT_VAR_DIR.") from error
    form = {"grant_type": "client_credentials", "scope": SCOPE}
    return str(_checked(http.post("/oauth/token", data=form, auth=(CLIENT_ID, secret)))["access_token"])


def _client(platform: str) -> httpx2.Client:
    """A client of the platform. A proxy or a certificate file of the environment is not for the loopback."""
    is_here = is_loopback(urlsplit(platform).hostname or "")
    return httpx2.Client(base_url=platform, timeout=30, trust_env=not is_here)


class _NotDone(click.ClickException):
    exit_code = NOT_DONE


def _checked(response: httpx2.Response) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = response.json()
    except ValueError as error:
        raise _NotDone(f"{response.status_code}, not JSON: is this the platform?") from error
    if response.is_error:
        code = answer.get("code") or answer.get("error")
        raise _NotDone(f"{code}: expected {answer.get('expected')}, received {answer.get('received')}")
    return answer


def _show(answer: dict[str, Any]) -> None:
    passed = answer["verdict"] == "pass"
    reason = escape(answer["reason"] or "")
    word = "[bold green]通过 · pass[/]" if passed else f"[bold red]拒绝 · refused[/]  {reason}"
    chain = Table(
        "", "step", "reason", "expected", "received", title=answer["terminal"]["name"], title_justify="left"
    )
    for step in answer["steps"]:
        facts = (escape(with_local_times(step[name] or "")) for name in ("reason", "expected", "received"))
        chain.add_row(_MARKS[step["outcome"]], step["step"], *facts)
    console = Console()
    console.print(word)
    console.print(chain)
    for line in _lines(answer.get("scan") or {}):
        console.print(line, markup=False)


def _lines(scan: dict[str, Any]) -> list[str]:
    lines = [f"{shown['name']}: {_claims(shown)}" for shown in scan.get("certificates", [])]
    lines += [f"{predicate['type']}: {predicate['answer']}" for predicate in scan.get("predicates", [])]
    if payment := scan.get("payment"):
        reason = f" ({payment['reason']})" if payment["reason"] else ""
        lines.append(
            f"{payment['subject']} {format_fen(payment['amount_fen'])}{reason}  {payment['receipt_no']}"
        )
    return lines


def _claims(shown: dict[str, Any]) -> str:
    """Return names with values, or names alone where only the app may see the values."""
    if shown["claims"] is None:
        return "; ".join(shown["claim_names"])
    return "; ".join(f"{name} {value}" for name, value in shown["claims"].items())
