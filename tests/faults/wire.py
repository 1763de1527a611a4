"""People and terminals over plain HTTP: one kept connection each, nothing is asked twice by itself."""

import http.client
import json
import re
from base64 import b64encode
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.web.oidc.party import CHALLENGE, VERIFIER

TRANSIT, GATE = "example.fuzhou.transit", "fuzhou-bus-1-gate"
FORM = "application/x-www-form-urlencoded"

_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_DIGITS = re.compile(r"<span>(\d{6})</span>")


class Lost(Exception):
    """The connection broke before a whole answer came: nobody knows what was done."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: http.client.HTTPMessage

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One connection to one server, opened anew after it broke; leave it by `with`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection = http.client.HTTPConnection("localhost", port, timeout=30)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send one request. Raises: Lost."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        try:
            self._connection.request(method, path, body or None, named)
            answer = self._connection.getresponse()
            return Answer(answer.status, answer.read(), answer.headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Lost(repr(error)) from error

    def close(self) -> None:
        self._connection.close()


class Phone(Wire):
    """A persona's browser without JavaScript."""

    def __init__(self, port: int, persona: str = "", *, cookie: str = "", csrf: str = "") -> None:
        super().__init__(port)
        self.csrf = csrf
        self._cookies = dict(pair.split("=", 1) for pair in cookie.split("; ") if pair)
        if persona:
            self._log_in(persona)

    @property
    def cookie(self) -> str:
        """All her cookies, as the header says them."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def beside(self, port: int) -> "Phone":
        """The same session in a second tab, or at another server of the same simulator."""
        ours = {name.replace(str(self.port), str(port)): text for name, text in self._cookies.items()}
        return Phone(port, cookie="; ".join(f"{name}={text}" for name, text in ours.items()), csrf=self.csrf)

    def _log_in(self, persona: str) -> None:
        self.get("/login")
        entered = self.post("/login/persona", persona=persona)
        assert entered.status == 303, entered.text
        self.get("/code")

    def get(self, path: str) -> Answer:
        return self._kept(self.ask("GET", path, b"", **self._headers()))

    def post(self, path: str, **form: str) -> Answer:
        """Post a form with the token of the page seen last."""
        body = urlencode({"csrf_token": self.csrf, **form}).encode()
        return self._kept(self.ask("POST", path, body, **self._headers(), Content_Type=FORM))

    def fresh_code(self) -> str:
        """The digits of the next code on her screen. Raises: Lost when a page of ours says try again."""
        answer = self.post("/code/fresh")
        if answer.status == 503:
            assert "database_unavailable" in answer.text, answer.text
            raise Lost("no code: 503")
        assert answer.status == 200, answer.text
        return "".join(_DIGITS.findall(answer.text))

    def _headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie} if self.cookie else {}

    def _kept(self, answer: Answer) -> Answer:
        for set_cookie in answer.headers.get_all("Set-Cookie", ()):
            name, _, value = set_cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        if found := _CSRF.search(answer.text):
            self.csrf = found[1]
        return answer


class Gate(Wire):
    """The bus gate with its app's own token."""

    def __init__(self, port: int, secret: str, token: str = "") -> None:
        super().__init__(port)
        self.token = token or self._fetch_token(secret)

    def scan(self, body: bytes, key: str) -> Answer:
        return self.post("/api/v1/scans", body, key)

    def post(self, path: str, body: bytes, key: str = "") -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", "Content_Type": "application/json"}
        return self.ask("POST", path, body, **headers, Idempotency_Key=key or token_hex(8))

    def _fetch_token(self, secret: str) -> str:
        body = b"grant_type=client_credentials"
        headers = {"Authorization": basic(secret), "Content_Type": FORM}
        return str(self.ask("POST", "/oauth/token", body, **headers).json["access_token"])


def basic(secret: str) -> str:
    """The bus company's credentials as a header."""
    return "Basic " + b64encode(f"{TRANSIT}:{secret}".encode()).decode()


def authorize_url(port: int, **more: str) -> str:
    """Where the bus company's app sends a citizen to log in."""
    params = {
        "response_type": "code",
        "client_id": TRANSIT,
        "redirect_uri": f"http://transit.localhost:{port}/oidc/callback",
        "scope": "openid profile.name",
        "nonce": "n",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"/oauth/authorize?{urlencode(params | more)}"


def fare(code: str, amount_fen: int) -> bytes:
    """The body of a scan that charges this much."""
    pay = {"kind": "pay", "amount_fen": amount_fen, "subject": "1 路公交"}
    return json.dumps({"code": code, "terminal_id": GATE, "wants": [pay]}).encode()


def tokens_of(phone: Phone, secret: str) -> tuple[str, dict[str, str]]:
    """Log her in at the bus company's app: the authorization code and what it was redeemed for."""
    answer = phone.get(authorize_url(phone.port))
    if "/oauth/consent/" in (sheet := answer.headers["Location"]):
        phone.get(sheet)
        answer = phone.post(sheet, answer="yes")
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    redirect_uri = f"http://transit.localhost:{phone.port}/oidc/callback"
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    body = urlencode(form | {"code_verifier": VERIFIER}).encode()
    with Wire(phone.port) as app:
        redeemed = app.ask("POST", "/oauth/token", body, Authorization=basic(secret), Content_Type=FORM)
    return code, redeemed.json
