"""A relying party and a person's browser, which know the provider by HTTP and nothing else."""

import hashlib
import re
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from minzhengtong.oidc.algorithms import allowing

ISSUER = "http://localhost:8000"
VERIFIER = "a-code-verifier-of-forty-three-characters-or-more"
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Party:
    """A registered client. `None` as a parameter leaves it out."""

    client_id: str
    secret: str
    redirect_uri: str
    http: FlaskClient
    scope: str = "openid profile.name"

    def url(self, **changes: str | None) -> str:
        params: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": "a state/ä=&",
            "nonce": "n-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        kept = {name: value for name, value in (params | changes).items() if value is not None}
        return f"/oauth/authorize?{urlencode(kept)}"

    def basic(self) -> dict[str, str]:
        return {"Authorization": "Basic " + b64encode(f"{self.client_id}:{self.secret}".encode()).decode()}

    def post(self, path: str, **form: str) -> TestResponse:
        return self.http.post(path, data=form, headers=self.basic())

    def redeem(self, code: str, **changes: str) -> TestResponse:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        return self.post("/oauth/token", **form | {"code_verifier": VERIFIER} | changes)

    def userinfo(self, access_token: str) -> TestResponse:
        return self.http.get("/oauth/userinfo", headers={"Authorization": f"Bearer {access_token}"})

    def claims(self, id_token: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(self.http.get("/oauth/jwks").json)  # type: ignore[arg-type]
        return jwt.decode(id_token, keys, registry=allowing()).claims


@dataclass(frozen=True)
class Browser:
    """One person's browser: keeps cookies, follows nothing by itself, posts the forms it is shown."""

    http: FlaskClient

    def get(self, url: str) -> TestResponse:
        return self.http.get(url, base_url=ISSUER)

    def submit(self, page: TestResponse, action: str, **fields: str) -> TestResponse:
        """Post a form of this page with its hidden fields."""
        hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text)
        return self.http.post(action, data=dict(hidden) | fields, base_url=ISSUER)

    def log_in(self, persona: str = "lin", page: TestResponse | None = None) -> TestResponse:
        return self.submit(page or self.get("/login"), "/login/persona", persona=persona)

    def allow(self, party: Party) -> None:
        """Consent once, so that the next request of this party needs no sheet."""
        answer = self.get(party.url())
        if "/oauth/consent/" in answer.location:
            self.submit(self.get(answer.location), answer.location, answer="yes")

    def code(self, party: Party, **changes: str | None) -> str:
        """The code for a request that needs no page."""
        return answer_of(self.get(party.url(**changes)))["code"]

    def tokens(self, party: Party, **changes: str | None) -> dict[str, Any]:
        answer = party.redeem(self.code(party, **changes))
        assert answer.status_code == 200, answer.text
        return answer.json  # type: ignore[return-value]


def answer_of(response: TestResponse) -> dict[str, str]:
    """The parameters that came back in a redirect to the party."""
    assert response.status_code == 303, response.text
    return {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}
