"""A person's browser and the apps she logs in to, as bytes on a wire: the work of a login's benchmark."""

import hashlib
import json
import re
from base64 import b64encode, urlsafe_b64encode
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.load import Answer, Wire, request

_VERIFIER = "a-code-verifier-of-forty-three-characters-or-more"
_CHALLENGE = urlsafe_b64encode(hashlib.sha256(_VERIFIER.encode()).digest()).rstrip(b"=").decode()
_CSRF = re.compile(rb'name="csrf_token" value="([^"]+)"')
_COOKIE = re.compile(r"\r\nset-cookie: ([^=]+)=([^;]*)", re.IGNORECASE)
_LOCATION = re.compile(r"\r\nlocation: (\S+)", re.IGNORECASE)
_FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


class Party(NamedTuple):
    """A client as it was registered."""

    client_id: str
    secret: str
    redirect_uri: str
    scope: str


class Visit(NamedTuple):
    """Somebody who logs in to the first app, then to the others while her session lives."""

    persona: str
    parties: tuple[Party, ...]


class Browser:
    """Keeps cookies by their names."""

    def __init__(self, wire: Wire, port: int) -> None:
        self._wire, self._port, self._cookies = wire, port, dict[str, str]()

    def get(self, target: str) -> Answer:
        return self._keep(self._wire.ask(request("GET", target, self._port, self._cookie())))

    def post(self, target: str, **fields: str) -> Answer:
        headers = _FORM + self._cookie()
        return self._keep(self._wire.ask(request("POST", target, self._port, headers, urlencode(fields))))

    def _keep(self, answer: Answer) -> Answer:
        self._cookies.update(_COOKIE.findall(answer.head))
        return answer

    def _cookie(self) -> str:
        pairs = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return f"Cookie: {pairs}\r\n" if pairs else ""


def visit(wire: Wire, job: Visit, *, port: int) -> None:
    """Log in by persona to the first app and go on to the others. Raises: RuntimeError."""
    browser = Browser(wire, port)
    first, *others = job.parties
    to_login = browser.get(_authorize(first))
    target = urlsplit(_location(to_login))
    page = browser.get(f"{target.path}?{target.query}")
    csrf, interaction = _CSRF.search(page.body), parse_qs(target.query)["interaction"][0]
    if csrf is None:
        raise RuntimeError(page)
    form = {"csrf_token": csrf[1].decode(), "interaction": interaction, "persona": job.persona}
    _redeem(wire, port, first, browser.post("/login/persona", **form))
    for party in others:
        _redeem(wire, port, party, browser.get(_authorize(party)))


def _authorize(party: Party) -> str:
    params = {
        "response_type": "code",
        "client_id": party.client_id,
        "redirect_uri": party.redirect_uri,
        "scope": party.scope,
        "state": "s",
        "nonce": "n",
        "code_challenge": _CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"/oauth/authorize?{urlencode(params)}"


def _redeem(wire: Wire, port: int, party: Party, answer: Answer) -> None:
    code = parse_qs(urlsplit(_location(answer)).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": party.redirect_uri}
    basic = b64encode(f"{party.client_id}:{party.secret}".encode()).decode()
    headers = f"Authorization: Basic {basic}\r\n{_FORM}"
    body = urlencode(form | {"code_verifier": _VERIFIER})
    tokens = json.loads(wire.ask(request("POST", "/oauth/token", port, headers, body)).body)
    bearer = f"Authorization: Bearer {tokens['access_token']}\r\n"
    info = wire.ask(request("GET", "/oauth/userinfo", port, bearer))
    if info.status != 200 or "id_token" not in tokens:
        raise RuntimeError(info)


def _location(answer: Answer) -> str:
    found = _LOCATION.search(answer.head)
    if found is None:
        raise RuntimeError(answer)
    return found[1]
