"""A remote mini-app that knows the platform by its public contract alone: a vending machine's little site.

Nothing of the simulator is imported here: Authlib's client, a JOSE library and Python's own HTTP server.
"""

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet

ALGORITHMS = ["ES256", "RS256"]


class Kiosk:
    """The site and its terminal."""

    def __init__(self, issuer: str, origin: str, client_id: str, client_secret: str) -> None:
        self.origin = origin
        self.sessions: dict[str, dict[str, Any]] = {}
        """Who is logged in here, by the id in the browser's cookie."""
        self._issuer, self._credentials = issuer, (client_id, client_secret)
        self._flows: dict[str, tuple[str, str]] = {}
        self._provider = httpx2.get(f"{issuer}/.well-known/openid-configuration", trust_env=False).json()

    def login_url(self) -> str:
        """Where to send a browser that has no session."""
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        with self._client(scope="openid profile.name", code_challenge_method="S256") as client:
            url, state = client.create_authorization_url(
                self._provider["authorization_endpoint"], nonce=nonce, code_verifier=verifier
            )
        self._flows[state] = verifier, nonce
        return str(url)

    def finish_login(self, query: dict[str, list[str]]) -> str:
        """Redeem the code and return the new session's id."""
        verifier, nonce = self._flows.pop(query["state"][0])
        with self._client() as client:
            token = client.fetch_token(
                self._provider["token_endpoint"], code=query["code"][0], code_verifier=verifier
            )
            person = client.get(self._provider["userinfo_endpoint"]).json()
        claims = self._claims(token["id_token"])
        assert claims["nonce"] == nonce
        assert claims["sub"] == person["sub"]
        session = secrets.token_urlsafe(16)
        self.sessions[session] = {**person, "sid": claims["sid"]}
        return session

    def log_out(self, logout_token: str) -> None:
        """End the sessions that the platform's token names."""
        sid = self._claims(logout_token)["sid"]
        self.sessions = {key: person for key, person in self.sessions.items() if person["sid"] != sid}

    def post(self, path: str, body: dict[str, Any]) -> httpx2.Response:
        """Call the platform's API as the machine itself."""
        with self._client() as client:
            client.fetch_token(self._provider["token_endpoint"], grant_type="client_credentials")
            headers = {"Idempotency-Key": secrets.token_hex(8)}
            answer: httpx2.Response = client.post(self._issuer + path, json=body, headers=headers)
            return answer

    def _client(self, **settings: str) -> OAuth2Client:
        return OAuth2Client(
            *self._credentials, redirect_uri=f"{self.origin}/callback", trust_env=False, **settings
        )

    def _claims(self, token: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(httpx2.get(self._provider["jwks_uri"], trust_env=False).json())
        claims: dict[str, Any] = jwt.decode(token, keys, ALGORITHMS).claims
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._credentials[0]},
            exp={"essential": True},
        ).validate(claims)
        return claims


@contextmanager
def open_to_the_public(kiosk: Kiosk) -> Iterator[None]:
    """Serve the site at its origin."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/callback":
                session = kiosk.finish_login(parse_qs(parts.query))
                return self._answer(303, "", Location="/", **{"Set-Cookie": f"kiosk={session}; HttpOnly"})
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get("kiosk")
            person = kiosk.sessions.get(cookie.value) if cookie else None
            if person is None:
                return self._answer(303, "", Location=kiosk.login_url())
            return self._answer(200, json.dumps(person, ensure_ascii=False))

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            kiosk.log_out(form["logout_token"][0])
            self._answer(200, "")

        def _answer(self, status: int, body: str, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    port = urlsplit(kiosk.origin).port or 0
    site = ThreadingHTTPServer(("127.0.0.1", port), Site)
    thread = threading.Thread(target=site.serve_forever)
    thread.start()
    try:
        yield
    finally:
        site.shutdown()
        thread.join()
        site.server_close()
