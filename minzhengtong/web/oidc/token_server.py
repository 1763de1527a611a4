"""Authlib's token endpoint over our clients, codes and tokens."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authlib.oauth2 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from sqlalchemy import Connection

from minzhengtong.oidc.clients import Client
from minzhengtong.web.oidc.client_auth import authenticate
from minzhengtong.web.oidc.grants import ClientCredentialsGrant, CodeGrant
from minzhengtong.web.oidc.issuer import issuer
from minzhengtong.web.oidc.requests import ProgramCall


class TokenRequest(OAuth2Request):
    """A call as Authlib's grants take it. They write into it, so each run of a transaction makes its own."""

    def __init__(self, call: ProgramCall) -> None:
        super().__init__("POST", f"{issuer()}/oauth/token")
        self.call, self.payload = call, BasicOAuth2Payload(call.form)

    @property
    def form(self) -> Mapping[str, str]:
        return self.call.form


class TokenServer(AuthorizationServer):
    """The token endpoint of one transaction. It answers with data: body, status and headers."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        super().__init__()
        self.conn, self.now = conn, now
        self.register_grant(CodeGrant, [CodeChallenge(required=True)])
        self.register_grant(ClientCredentialsGrant)

    def authenticate_client(self, request: TokenRequest, methods: object, endpoint: str = "token") -> Client:
        client = authenticate(self.conn, request.call)
        request.auth_method = client.token_endpoint_auth_method
        return client

    def create_oauth2_request(self, request: ProgramCall) -> TokenRequest:
        return TokenRequest(request)

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[Any, int, Any]:
        return body, status, headers

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Authlib asks for it; nothing listens."""
