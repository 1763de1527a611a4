"""The two grants: authorization code with PKCE for citizens, client credentials for the apps themselves."""

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError, grants

from minzhengtong.access import consent
from minzhengtong.audit.log import record_entry
from minzhengtong.oidc.clients import Client
from minzhengtong.oidc.codes import AuthorizationCode, claim_code
from minzhengtong.oidc.given import given_claims
from minzhengtong.oidc.subjects import subject_of
from minzhengtong.oidc.tokens import ACCESS_TOKEN_SECONDS, FromLogin, Login, issue_token, mint_id_token
from minzhengtong.web.kit.current import keys, runtime
from minzhengtong.web.oidc.issuer import issuer

TokenAnswer = tuple[int, dict[str, Any], Any]


class CodeGrant(grants.AuthorizationCodeGrant):
    """Redeems an authorization code (RFC 6749 §4.1.3): Authlib's order of checks, our rows."""

    def query_authorization_code(self, code: str, client: Client) -> AuthorizationCode | None:
        """Claim the code at once, so that one which fails a later check is spent all the same.

        None also if the citizen revoked the consent it stands for.
        """
        conn, now = self.server.conn, self.server.now
        found = claim_code(conn, now, code, client.client_id)
        if found and consent.hold(conn, now, found.person_id, client.app_id or "", found.reads):
            return found
        return None

    def create_token_response(self) -> TokenAnswer:
        """The access token, with an ID token for `openid`; the citizen's log lists the claims given."""
        code, client = self.request.authorization_code, self.client
        conn, now, scopes = self.server.conn, self.server.now, code.scope.split()
        sub = subject_of(runtime().keyring, client.sector, code.person_id)
        given = given_claims(conn, code.person_id, sub, scopes, code.claims)
        raw = issue_token(
            conn,
            now,
            client.client_id,
            code.scope,
            person_id=code.person_id,
            login=FromLogin(code.session_digest, code.family_id, code.claims.userinfo),
        )
        body = _bearer(raw, code.scope)
        if "openid" in scopes:
            body["id_token"] = self._id_token(code, sub, raw, given.id_token)
        record_entry(
            conn,
            now,
            "app.logged_in",
            actor=f"app:{client.app_id}",
            person_id=code.person_id,
            app_id=client.app_id,
            claims=given.names,
        )
        return 200, body, self.TOKEN_RESPONSE_HEADER

    def _id_token(
        self, code: AuthorizationCode, sub: str, access_token: str, of_person: Mapping[str, Any]
    ) -> str:
        login = Login(sub, code.sid, code.auth_time, code.acr, code.amr, code.nonce)
        return mint_id_token(
            keys(self.server.conn),
            issuer(),
            self.client,
            login,
            access_token=access_token,
            now=self.server.now,
            of_person=of_person,
        )


class ClientCredentialsGrant(grants.ClientCredentialsGrant):
    """Client credentials (RFC 6749 §4.4): an app or terminal acts by its operator scopes."""

    def create_token_response(self) -> TokenAnswer:
        scope = " ".join(self.client.operator_scopes(self.request.payload.scope))
        if not scope or self.client.is_public:
            raise InvalidScopeError("No scope was asked for that this client may use for itself.")
        raw = issue_token(self.server.conn, self.server.now, self.client.client_id, scope)
        return 200, _bearer(raw, scope), self.TOKEN_RESPONSE_HEADER


def _bearer(raw: str, scope: str) -> dict[str, Any]:
    return {"token_type": "Bearer", "access_token": raw, "expires_in": ACCESS_TOKEN_SECONDS, "scope": scope}
