"""The provider of one transaction: Authlib's server over our clients, codes and tokens."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Response, jsonify, request
from sqlalchemy import Connection

from minzhengtong.audit.log import record_entry
from minzhengtong.oidc import subjects
from minzhengtong.oidc.claims import claim_names
from minzhengtong.oidc.clients import Client, client_by_id
from minzhengtong.oidc.codes import AuthorizationCode
from minzhengtong.oidc.tokens import ACCESS_TOKEN_SECONDS, Login, issue_token, mint_id_token
from minzhengtong.web.kit.current import keys, runtime
from minzhengtong.web.oidc.client_auth import authenticate
from minzhengtong.web.oidc.grants import S256, ClientCredentialsGrant, CodeGrant
from minzhengtong.web.oidc.requests import ProviderRequest, single_params


def issuer() -> str:
    """The issuer: the platform's public URL."""
    return runtime().settings.public_url


def subject_of(sector: str, person_id: str) -> str:
    """The pairwise subject of a person for one sector."""
    return subjects.subject_of(runtime().keyring, sector, person_id)


class Provider(AuthorizationServer):
    """Lives as long as one transaction, so that grants write into it and nowhere else."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        super().__init__()
        self.conn, self.now = conn, now
        self.register_grant(CodeGrant, [S256(required=True)])
        self.register_grant(ClientCredentialsGrant)

    def code_grant(self, params: Mapping[str, str]) -> CodeGrant:
        """A valid authorization request. Raises: OAuth2Error."""
        grant = CodeGrant(ProviderRequest("GET", f"{issuer()}/oauth/authorize", params), self)
        grant.validate_authorization_request()
        return grant

    def citizen_token(self, client: Client, code: AuthorizationCode) -> dict[str, Any]:
        """The token endpoint's answer to a redeemed code, noted in the citizen's log."""
        raw = issue_token(
            self.conn,
            self.now,
            client.client_id,
            code.scope,
            person_id=code.person_id,
            session_digest=code.session_digest,
            family_id=code.family_id,
        )
        body = _bearer(raw, code.scope)
        scopes = code.scope.split()
        if "openid" in scopes:
            sub = subject_of(client.sector, code.person_id)
            login = Login(sub, code.sid, code.auth_time, code.acr, code.amr, code.nonce)
            signing = keys(self.conn)
            body["id_token"] = mint_id_token(signing, issuer(), client, login, access_token=raw, now=self.now)
        record_entry(
            self.conn,
            self.now,
            "app.logged_in",
            actor=f"app:{client.app_id}",
            person_id=code.person_id,
            app_id=client.app_id,
            claims=claim_names(scopes),
        )
        return body

    def operator_token(self, client: Client, scope: str) -> dict[str, Any]:
        """The token endpoint's answer to a client that acts for itself."""
        return _bearer(issue_token(self.conn, self.now, client.client_id, scope), scope)

    def query_client(self, client_id: str) -> Client | None:
        return client_by_id(self.conn, client_id)

    def authenticate_client(
        self, request: ProviderRequest, methods: object, endpoint: str = "token"
    ) -> Client:
        client = authenticate(self.query_client, request.headers.get("Authorization"), request.form)
        request.auth_method = client.token_endpoint_auth_method
        return client

    def get_token_grant(self, request: ProviderRequest) -> Any:
        if "grant_type" not in request.form:
            raise InvalidRequestError("grant_type is missing from the form.")
        return super().get_token_grant(request)

    def create_oauth2_request(self, _: object) -> ProviderRequest:
        """The current form post. Raises: InvalidRequestError; a query string is refused (RFC 6749 §2.3.1)."""
        if request.query_string:
            raise InvalidRequestError("Parameters belong in the form, not in the URL.")
        url = f"{issuer()}{request.path}"
        return ProviderRequest(request.method, url, single_params(request.form), request.headers)

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        response = jsonify(body)
        response.status_code = status
        response.headers.update(headers)
        return response

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""


def _bearer(raw: str, scope: str) -> dict[str, Any]:
    return {"token_type": "Bearer", "access_token": raw, "expires_in": ACCESS_TOKEN_SECONDS, "scope": scope}
