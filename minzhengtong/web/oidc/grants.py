"""The two grants: authorization code with PKCE for citizens, client credentials for the apps themselves."""

from typing import Any

from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    grants,
)
from authlib.oauth2.rfc7636 import CodeChallenge

from minzhengtong.access import consent
from minzhengtong.oidc.codes import Asked, AuthorizationCode, claim_code, issue_code
from minzhengtong.web.kit.login_session import Visitor
from minzhengtong.web.oidc.policy import check_params


class CodeGrant(grants.AuthorizationCodeGrant):
    """Authorization code (RFC 6749 §4.1). Authlib's order of checks, our storage."""

    def validate_authorization_request(self) -> str:
        """Return the redirect URI; an error before it is trusted carries none, so nobody is redirected."""
        params = self.request.payload.data
        client = self.server.query_client(params.get("client_id", ""))
        if client is None:
            raise InvalidClientError("The client_id is unknown.")
        self.request.client = client
        redirect_uri: str = params.get("redirect_uri", "")
        if not client.check_redirect_uri(redirect_uri):
            raise InvalidRequestError("The redirect_uri is not one that this client registered.")
        try:
            check_params(params, client)
        except OAuth2Error as error:
            error.redirect_uri, error.state = redirect_uri, params.get("state")
            raise
        return redirect_uri

    def issue_code(self, visitor: Visitor) -> str:
        """A code for what this request asked for. Call after `validate_authorization_request`."""
        params = self.request.payload.data
        scope = self.client.get_allowed_scope(params.get("scope"))
        asked = Asked(params["redirect_uri"], scope, params.get("nonce"), params.get("code_challenge"))
        return issue_code(self.server.conn, self.server.now, self.client.client_id, visitor.session, asked)

    def query_authorization_code(self, code: str, client: Any) -> AuthorizationCode | None:
        """Claim it at once: a code that fails a later check is spent all the same.

        It is worth nothing either once the citizen took back what it stands for.
        """
        conn, now = self.server.conn, self.server.now
        found = claim_code(conn, now, code, client.client_id)
        if found and consent.hold(conn, now, found.person_id, client.app_id, found.scope.split()):
            return found
        return None

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        code = self.request.authorization_code
        body = self.server.citizen_token(self.client, code)
        return 200, body, self.TOKEN_RESPONSE_HEADER


class ClientCredentialsGrant(grants.ClientCredentialsGrant):
    """Client credentials (RFC 6749 §4.4): an app or terminal acts by its operator scopes."""

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        scope = self.client.get_operator_scope(self.request.payload.scope)
        if scope is None or self.client.secret_digest is None:
            raise InvalidScopeError("No scope was asked for that this client may use for itself.")
        return 200, self.server.operator_token(self.client, scope), self.TOKEN_RESPONSE_HEADER


class S256(CodeChallenge):
    """PKCE at the token endpoint (RFC 7636 §4.6); the policy has let only S256 challenges through."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"

    def validate_code_challenge(self, grant: CodeGrant, result: object) -> None:
        """Done by the policy."""

    def get_authorization_code_challenge_method(self, authorization_code: AuthorizationCode) -> str:
        return "S256"
