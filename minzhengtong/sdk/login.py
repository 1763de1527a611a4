"""Login through the platform: the authorization code flow with PKCE, and back-channel logout.

The app sees no password, and redirects only to the platform and to its own pages.
"""

import logging
import secrets
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.httpx_client import OAuthError
from flask import Flask, Response, make_response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from minzhengtong.sdk.platform import Platform, PlatformRefused, PlatformUnavailable
from minzhengtong.sdk.sessions import FLOW_SECONDS, SESSION_SECONDS, Citizen, Flow, Sessions
from minzhengtong.sdk.tokens import TokenRefused, verify_id_token, verify_logout_token

CALLBACK = "/oidc/callback"
BACKCHANNEL_LOGOUT = "/oidc/backchannel-logout"
ACR = "urn:mzt:acr:"

log = logging.getLogger(__name__)


class LoginFailed(Exception):
    """The login failed; `code` selects the text of the page."""

    def __init__(self, code: str, detail: object = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class Login:
    """The login endpoints of one app."""

    def __init__(self, app: Flask, scope: str) -> None:
        self._scope = scope
        app.add_url_rule(CALLBACK, "mzt.callback", self._callback, methods=["GET"])
        app.add_url_rule(BACKCHANNEL_LOGOUT, "mzt.backchannel_logout", self._logout, methods=["POST"])

    def connect(self, platform: Platform, sessions: Sessions) -> None:
        """Set platform and store. Cookies ignore ports, so their names contain the port."""
        self._platform, self._sessions = platform, sessions
        origin = urlsplit(platform.link.origin)
        self._secure = origin.scheme == "https"
        prefix = "__Host-" if self._secure else f"{origin.port}_"
        self._session_cookie, self._browser_cookie = f"{prefix}session", f"{prefix}login"

    def citizen(self) -> Citizen | None:
        """The citizen of this request's session cookie."""
        raw = request.cookies.get(self._session_cookie)
        return self._sessions.citizen(raw) if raw else None

    def begin(self) -> BaseResponse:
        """Redirect to the platform's login, which leads back to this page. Raises: PlatformUnavailable."""
        browser = request.cookies.get(self._browser_cookie) or secrets.token_urlsafe(24)
        target = request.full_path.rstrip("?") if request.method == "GET" else "/"
        flow = Flow(secrets.token_urlsafe(48), secrets.token_urlsafe(24), target)
        state = self._sessions.begin_flow(browser, flow)
        client = self._platform.oauth(
            scope=self._scope, redirect_uri=self._callback_url, code_challenge_method="S256"
        )
        url, _ = client.create_authorization_url(
            self._platform.metadata["authorization_endpoint"],
            state=state,
            nonce=flow.nonce,
            code_verifier=flow.verifier,
        )
        response = redirect(url, 303)
        self._set(response, self._browser_cookie, browser, FLOW_SECONDS)
        return response

    def _callback(self) -> BaseResponse:
        browser, state = request.cookies.get(self._browser_cookie, ""), request.args.get("state", "")
        flow = self._sessions.take_flow(browser, state)
        if flow is None:
            if self.citizen() is not None:  # the back button after a login that worked
                return redirect("/", 303)
            raise LoginFailed("login_expired")
        if request.args.get("iss") != self._platform.link.platform_url:  # RFC 9207 §2.4
            raise LoginFailed("login_refused", "iss")
        if "error" in request.args:
            raise LoginFailed(request.args["error"][:50])
        sid, citizen = self._redeem(request.args.get("code", ""), flow)
        raw = self._sessions.start(sid, citizen)
        if raw is None:
            raise LoginFailed("login_expired", "logged out meanwhile")
        response = redirect(self._platform.link.origin + flow.target, 303)
        self._set(response, self._session_cookie, raw, SESSION_SECONDS)
        return response

    def _redeem(self, code: str, flow: Flow) -> tuple[str, Citizen]:
        """Exchange the code for the session's sid and the citizen."""
        metadata = self._platform.metadata
        try:
            token = self._platform.oauth(redirect_uri=self._callback_url).fetch_token(
                metadata["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=flow.verifier,
            )
            claims = verify_id_token(self._platform, str(token.get("id_token", "")), nonce=flow.nonce)
            person = self._platform.get(metadata["userinfo_endpoint"], str(token["access_token"]))
        except (OAuthError, TokenRefused, PlatformRefused) as error:
            raise LoginFailed("login_refused", error) from error
        except httpx2.HTTPError as error:
            raise PlatformUnavailable(str(error)) from error
        if person.get("sub") != claims["sub"]:  # OpenID Connect Core §5.3.2
            raise LoginFailed("login_refused", "userinfo is of another person")
        citizen = Citizen(
            sub=claims["sub"],
            acr=int(str(claims.get("acr", "")).removeprefix(ACR) or 0),
            name=person.get("name"),
            name_en=person.get("name#en"),
            phone=person.get("phone_number"),
            id_number_masked=person.get("mzt_id_number_masked"),
        )
        return claims["sid"], citizen

    def _logout(self) -> Response:
        """End the sessions that a logout token names (Back-Channel Logout 1.0 §2.5-2.8)."""
        try:
            claims = verify_logout_token(self._platform, request.form.get("logout_token", ""))
        except TokenRefused as error:
            log.warning("logout token refused: %s", error)
            return _uncached(400)
        if not self._sessions.see(f"logout {claims['jti']}"):
            return _uncached(400)
        self._sessions.end(claims["sid"])
        return _uncached(200)

    @property
    def _callback_url(self) -> str:
        return self._platform.link.origin + CALLBACK

    def _set(self, response: BaseResponse, name: str, value: str, seconds: int) -> None:
        response.set_cookie(name, value, seconds, secure=self._secure, httponly=True, samesite="Lax")


def _uncached(status: int) -> Response:
    response = make_response("", status)
    response.headers["Cache-Control"] = "no-store"
    return response
