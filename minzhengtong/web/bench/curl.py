"""The desk's calls as commands that work when they are pasted into a shell."""

import json
import sys
from dataclasses import dataclass
from secrets import token_urlsafe
from shlex import quote
from urllib.parse import urlsplit

from minzhengtong.base.hosts import is_loopback
from minzhengtong.base.settings import Settings
from minzhengtong.bench.desk import Offer


@dataclass(frozen=True, slots=True)
class Commands:
    """Commands for the platform of these settings. On the loopback they name our Python and data folder."""

    settings: Settings

    def list_terminals(self) -> str:
        """List the terminals."""
        return f"{self._curl} \\\n  {self._url}/terminals"

    def read_picture(self) -> str:
        """Read the text out of a picture; nothing is scanned."""
        picture = "-H 'Content-Type: image/png' --data-binary @picture.png"
        return f"{self._curl} \\\n  {picture} \\\n  {self._url}/pictures"

    def scan(self, offer: Offer, file: str) -> str:
        """Scan the same offer: a text by curl, a picture by our command line, which encodes it in base64."""
        if offer.picture is not None:
            name = quote(file or "picture.png")
            return (
                f"{self._ours} scan {name} \\\n  --terminal {quote(offer.terminal_id)} --url {self._public}"
            )
        body: dict[str, object] = {"terminal_id": offer.terminal_id, "code": offer.code}
        if offer.wants is not None:
            body["wants"] = [want.model_dump() for want in offer.wants]
        headers = f"-H 'Content-Type: application/json' -H 'Idempotency-Key: {token_urlsafe(12)}'"
        return f"{self._curl} \\\n  {headers} \\\n  -d {quote(json.dumps(body))} \\\n  {self._url}/scans"

    @property
    def _curl(self) -> str:
        direct = " --noproxy '*'" if self._is_here else ""
        return f'curl -sS{direct} \\\n  -H "Authorization: Bearer $({self._ours} token --url {self._public})"'

    @property
    def _ours(self) -> str:
        if not self._is_here:
            return "minzhengtong"
        return f"MZT_VAR_DIR={quote(str(self.settings.var_dir))} {quote(sys.executable)} -m minzhengtong"

    @property
    def _url(self) -> str:
        return f"{self._public}/api/v1/bench"

    @property
    def _public(self) -> str:
        return self.settings.public_url

    @property
    def _is_here(self) -> bool:
        return is_loopback(urlsplit(self._public).hostname or "")
