"""The app's client of the platform: discovery, keys, tokens and the REST API."""

import time
from functools import cached_property
from threading import Lock
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.httpx_client import OAuth2Client, OAuthError
from joserfc.jwk import KeySet

from minzhengtong.sdk.link import Link

TIMEOUT_SECONDS = 5.0
KEYS_SECONDS = 300.0
KEYS_AGAIN_SECONDS = 5.0
"""An unknown kid fetches the keys again, but not more often than this, as anyone can send one."""
EARLY_SECONDS = 60


class PlatformUnavailable(Exception):
    """The platform did not answer, or not with the JSON that was expected."""


class PlatformRefused(Exception):
    """The platform refused a call: `code` is stable, the rest is for the developer."""

    def __init__(self, status: int, code: str, expected: str = "", received: str = "") -> None:
        super().__init__(f"{status} {code}: expected {expected or '-'}, received {received or '-'}")
        self.status, self.code = status, code
        self.expected, self.received = expected, received


class Platform:
    """One per app and process; safe in several threads."""

    def __init__(self, link: Link, operator_scope: str) -> None:
        self.link = link
        self._operator_scope = operator_scope
        self._reach: dict[str, Any] = _reach(link)
        self._http = httpx2.Client(base_url=link.platform_url, timeout=TIMEOUT_SECONDS, **self._reach)
        self._lock = Lock()
        self._keys, self._keys_at = KeySet([]), -KEYS_SECONDS
        self._token, self._token_ends = "", 0.0

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """The provider's discovery document (OpenID Connect Discovery §4). Raises: PlatformUnavailable."""
        document = self._json(self._send("GET", "/.well-known/openid-configuration"))
        if document.get("issuer") != self.link.platform_url:
            raise PlatformUnavailable(f"issuer {document.get('issuer')!r} is not {self.link.platform_url!r}")
        return document

    def keys(self, kid: str | None) -> KeySet:
        """The provider's keys, fetched again when they are old or lack `kid`."""
        age = time.monotonic() - self._keys_at
        is_known = any(key.kid == kid for key in self._keys.keys)
        if age >= KEYS_SECONDS or (not is_known and age >= KEYS_AGAIN_SECONDS):
            document = self._json(self._send("GET", self.metadata["jwks_uri"]))
            self._keys = KeySet.import_key_set(cast(Any, document))
            self._keys_at = time.monotonic()
        return self._keys

    def oauth(self, **settings: Any) -> OAuth2Client:
        """Authlib's client for one exchange, with this app's credentials."""
        return OAuth2Client(
            self.link.client_id,
            self.link.client_secret,
            token_endpoint_auth_method="client_secret_basic",  # noqa: S106
            timeout=TIMEOUT_SECONDS,
            **self._reach,
            **settings,
        )

    def get(self, url: str, token: str) -> dict[str, Any]:
        """GET a JSON resource with a citizen's token. Raises: PlatformRefused, PlatformUnavailable."""
        return self._checked(self._send("GET", url, headers={"Authorization": f"Bearer {token}"}))

    def post(self, path: str, body: dict[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        """POST to the API as this app. Raises: PlatformRefused, PlatformUnavailable."""
        response = self._post(path, body, idempotency_key)
        if response.status_code == 401:  # our token was revoked before its time
            self._token_ends = 0.0
            response = self._post(path, body, idempotency_key)
        return self._checked(response)

    def _post(self, path: str, body: dict[str, Any], key: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self._own_token()}", "Idempotency-Key": key}
        return self._send("POST", path, headers=headers, json=body)

    def _own_token(self) -> str:
        with self._lock:
            if self.link.now().timestamp() >= self._token_ends - EARLY_SECONDS:
                answer = self._fetch_own_token()
                self._token = str(answer["access_token"])
                self._token_ends = self.link.now().timestamp() + float(answer["expires_in"])
            return self._token

    def _fetch_own_token(self) -> dict[str, Any]:
        endpoint = self.metadata["token_endpoint"]
        try:
            answer = self.oauth(scope=self._operator_scope).fetch_token(
                endpoint, grant_type="client_credentials", scope=self._operator_scope
            )
        except (OAuthError, httpx2.HTTPError) as error:
            raise PlatformUnavailable(f"no token: {error}") from error
        return cast(dict[str, Any], answer)

    def _send(self, method: str, url: str, **settings: Any) -> httpx2.Response:
        try:
            return self._http.request(method, url, **settings)
        except httpx2.HTTPError as error:
            raise PlatformUnavailable(f"{method} {url}: {error}") from error

    def _checked(self, response: httpx2.Response) -> dict[str, Any]:
        body = self._json(response)
        if response.is_success:
            return body
        code = str(body.get("code") or body.get("error") or "unknown")
        raise PlatformRefused(
            response.status_code, code, *(str(body.get(k, "")) for k in ("expected", "received"))
        )

    def _json(self, response: httpx2.Response) -> dict[str, Any]:
        try:
            body = response.json()
        except ValueError as error:
            raise PlatformUnavailable(f"{response.status_code} without JSON") from error
        if not isinstance(body, dict):
            raise PlatformUnavailable(f"{response.status_code} with JSON that is no object")
        return body


def _reach(link: Link) -> dict[str, Any]:
    """Settings of a client. On the loopback it uses no proxy or certificates of the environment."""
    host = urlsplit(link.platform_url).hostname or ""
    is_here = host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")
    if link.transport or is_here:
        return {"transport": link.transport or httpx2.HTTPTransport(trust_env=False), "trust_env": False}
    return {"trust_env": True}
