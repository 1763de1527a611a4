"""The desk's calls as commands for a shell."""

import json
from shlex import quote

from minzhengtong.bench.desk import Offer

_CURL = 'curl -s -H "Authorization: Bearer $(minzhengtong token)"'


def list_terminals(url: str) -> str:
    """List the terminals."""
    return f"{_CURL} {url}/api/v1/bench/terminals"


def read_picture(url: str) -> str:
    """Read the text out of a picture; nothing is scanned."""
    return (
        f"{_CURL} -H 'Content-Type: image/png' --data-binary @picture.png \\\n  {url}/api/v1/bench/pictures"
    )


def scan(url: str, offer: Offer) -> str:
    """Scan the same offer: a text by curl, a picture by our command line, which encodes it in base64."""
    if offer.picture is not None:
        return f"minzhengtong scan picture.png --terminal {quote(offer.terminal_id)}"
    body: dict[str, object] = {"terminal_id": offer.terminal_id, "code": offer.code}
    if offer.wants is not None:
        body["wants"] = [want.model_dump() for want in offer.wants]
    headers = "-H 'Content-Type: application/json' -H \"Idempotency-Key: $(uuidgen)\""
    return f"{_CURL} {headers} \\\n  -d {quote(json.dumps(body))} \\\n  {url}/api/v1/bench/scans"
