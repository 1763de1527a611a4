"""Keys turn over three times under load, and no code and no ID token ever fails to verify."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey
from joserfc.jws import extract_compact
from sqlalchemy import func, select

from minzhengtong.base.settings import Settings
from minzhengtong.codes import base45, signers
from minzhengtong.codes.cose import PREFIX, CodeScope, CodeVerifier
from minzhengtong.codes.issue import issue_code
from minzhengtong.keys.keyring import REFRESH_SECONDS
from minzhengtong.keys.models import KeyState, signing_key
from minzhengtong.keys.rotation import SHORTEST_LEAD
from minzhengtong.oidc import signing
from minzhengtong.registration.client_secret import client_secret
from minzhengtong.runtime import Runtime
from tests.journeys.server import Server

APP, GATE, REGION = "example.fuzhou.transit", "fuzhou-bus-1-gate", "350100"
CACHED_SECONDS = 1.0
"""To the lead of this test what 300 s are to the real one: a reader never asks for a kid it does not know."""
ROTATIONS = 3
PACE_SECONDS = 0.05
"""Between two codes, scans or logins of one reader: more would only make the processor busy."""
VERIFIER = "a-code-verifier-of-forty-three-characters-or-more"

NewClient = Callable[[], httpx2.Client]
KeySetOf = Callable[[], dict[str, Any]]


@pytest.fixture
def turning(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def neighbour(turning: Server) -> Iterator[Runtime]:
    """One more process on the same data, with a cache of its own."""
    runtime = Runtime.open(Settings.from_env({"MZT_VAR_DIR": str(turning.var_dir)}))
    yield runtime
    runtime.db.dispose()


@pytest.fixture
def new_client(turning: Server) -> Iterator[NewClient]:
    with ExitStack() as opened:
        yield lambda: opened.enter_context(httpx2.Client(base_url=turning.url, trust_env=False))


class Browser:
    """Lin's browser, logged in at the platform, and the app that redeems her codes."""

    def __init__(self, server: Server, http: httpx2.Client, secret: str) -> None:
        self._http = http
        self._secret, self._callback = secret, server.app_url("transit") + "/oidc/callback"
        page = self._http.get("/login").text
        self._http.post("/login/persona", data=_hidden(page) | {"persona": "lin"})
        sheet = self._authorize().headers["Location"]
        if "/oauth/consent/" in sheet:  # the first time only
            self._http.post(sheet, data=_hidden(self._http.get(sheet).text) | {"answer": "yes"})

    def id_token(self) -> str:
        location = self._authorize().headers["Location"]
        form = {"grant_type": "authorization_code", "redirect_uri": self._callback}
        form |= {"code": parse_qs(urlsplit(location).query)["code"][0], "code_verifier": VERIFIER}
        answer = self._http.post("/oauth/token", data=form, auth=(APP, self._secret))
        return str(answer.json()["id_token"])

    def _authorize(self) -> httpx2.Response:
        query = {"response_type": "code", "client_id": APP, "redirect_uri": self._callback, "state": "s"}
        query |= {"scope": "openid profile.name", "nonce": "n", "code_challenge_method": "S256"}
        query |= {"code_challenge": "ahPqLsi7P3zVk_x_mrtpwuI1ckS-ixx0SqLQLE0lQXA"}
        return self._http.get("/oauth/authorize?" + urlencode(query))


class Gate:
    """A terminal's app that scans codes by the API."""

    def __init__(self, http: httpx2.Client, secret: str) -> None:
        self._http = http
        form = {"grant_type": "client_credentials", "scope": "code.verify:transit"}
        token = self._http.post("/oauth/token", data=form, auth=(APP, secret)).json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def verdict(self, code: str, number: int) -> str:
        body = {"code": code, "terminal_id": GATE, "wants": []}
        headers = {"Idempotency-Key": f"turn-{number}"}
        answer = self._http.post("/api/v1/scans", json=body, headers=headers).json()
        return str(answer.get("reason") or answer.get("verdict") or answer)


def test_three_rotations_without_one_failed_verification(
    turning: Server, neighbour: Runtime, new_client: NewClient
) -> None:
    secret, stop = client_secret(neighbour.keyring, APP), Event()
    gate = Gate(new_client(), secret)
    browsers = [Browser(turning, new_client(), secret) for _ in range(2)]
    jwks = _cached(new_client(), "/oauth/jwks")
    with ThreadPoolExecutor(4) as pool:
        codes = pool.submit(_read_codes, neighbour, _cached(new_client(), "/api/v1/codes/keys"), stop)
        scans = pool.submit(_scan_codes, neighbour, gate, stop)
        logins = [pool.submit(_read_tokens, browser, jwks, stop) for browser in browsers]
        try:
            for number in range(ROTATIONS):
                _rotate(neighbour, number)
            time.sleep(REFRESH_SECONDS + 1)  # by then every process signs with the last key
        finally:
            stop.set()
        code_kids, verdicts = codes.result(), scans.result()
        tokens = [token for login in logins for token in login.result()]
    assert len(set(code_kids)) == ROTATIONS + 1
    assert set(verdicts) == {"pass"}
    assert len({_kid(token) for token in tokens}) == ROTATIONS + 1
    assert min(len(code_kids), len(verdicts), len(tokens)) > 50
    keys = KeySet.import_key_set(jwks())  # type: ignore[arg-type]
    for token in tokens:  # also those of the first key, retired three times over
        jwt.decode(token, keys, ["ES256"])


def _rotate(neighbour: Runtime, number: int) -> None:
    with neighbour.db.write() as conn:
        now = neighbour.clock.now()
        signers.publish_next_keys(conn, neighbour.keyring, now, [REGION], signs_at=now + SHORTEST_LEAD)
        signing.publish_next_keys(conn, neighbour.keyring, now, signs_at=now + SHORTEST_LEAD)
    retired = select(func.count()).where(signing_key.c.state == KeyState.RETIRED)
    until = time.monotonic() + 20
    while True:
        with neighbour.db.read() as conn:
            if conn.execute(retired).scalar_one() == 5 * (number + 1):  # one code key, one of each algorithm
                return
        assert time.monotonic() < until, "the worker did not move the keys on"
        time.sleep(0.1)


def _read_codes(neighbour: Runtime, key_set: KeySetOf, stop: Event) -> list[str]:
    """Read codes as an offline terminal does; return the kid of each."""
    kids = []
    while not stop.wait(PACE_SECONDS):
        text = _issue(neighbour)
        public = {bytes.fromhex(key["kid"]): (_public(key), key["region"]) for key in key_set()["keys"]}
        CodeVerifier(public).verify(text, int(time.time()))
        kids.append(base45.decode(text.removeprefix(PREFIX))[8:16].hex())
    return kids


def _scan_codes(neighbour: Runtime, gate: Gate, stop: Event) -> list[str]:
    verdicts: list[str] = []
    while not stop.wait(PACE_SECONDS):
        verdicts.append(gate.verdict(_issue(neighbour, "per_chen"), len(verdicts)))
    return verdicts


def _read_tokens(browser: Browser, jwks: KeySetOf, stop: Event) -> list[str]:
    tokens = []
    while not stop.wait(PACE_SECONDS):
        tokens.append(browser.id_token())
        jwt.decode(tokens[-1], KeySet.import_key_set(jwks()), ["ES256"])  # type: ignore[arg-type]
    return tokens


def _cached(http: httpx2.Client, path: str) -> KeySetOf:
    read_at, held = -CACHED_SECONDS, dict[str, Any]()

    def key_set() -> dict[str, Any]:
        nonlocal read_at, held
        if time.monotonic() - read_at >= CACHED_SECONDS:
            held, read_at = http.get(path).json(), time.monotonic()
        return held

    return key_set


def _issue(neighbour: Runtime, person: str = "per_lin") -> str:
    with neighbour.db.write() as conn:
        keys = neighbour.keyring.current(conn)
        return issue_code(conn, neighbour.clock.now(), keys, person, REGION, CodeScope.PAY).text


def _public(jwk: dict[str, Any]) -> Ed25519PublicKey:
    key = OKPKey.import_key(jwk).public_key
    assert isinstance(key, Ed25519PublicKey)
    return key


def _kid(token: str) -> str:
    return str(extract_compact(token.encode()).headers()["kid"])


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
