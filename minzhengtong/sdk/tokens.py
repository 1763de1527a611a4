"""Verifies what the platform signs: ID tokens, logout tokens, events."""

from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from minzhengtong.sdk.platform import Platform

ALGORITHMS = ["ES256", "RS256"]
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
MAX_CHARACTERS = 16_384
LEEWAY_SECONDS = 5


class TokenRefused(Exception):
    """A token with a wrong signature, type, audience or time."""


def verify(platform: Platform, text: str, *, typ: str) -> dict[str, Any]:
    """The claims of a token that the platform signed for this app and that is valid now.

    `typ` keeps one kind of token from being used as another (RFC 8725 §3.11). Raises: TokenRefused.
    """
    if len(text) > MAX_CHARACTERS:
        raise TokenRefused(f"more than {MAX_CHARACTERS} characters")
    link = platform.link
    try:
        header = extract_compact(text.encode()).headers()
        if header.get("typ") != typ or not header.get("kid"):
            raise TokenRefused(f"typ {header.get('typ')!r}, expected {typ!r} and a kid")
        claims: dict[str, Any] = jwt.decode(text, platform.keys(header["kid"]), ALGORITHMS).claims
        jwt.JWTClaimsRegistry(
            now=lambda: int(link.now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": link.platform_url},
            aud={"essential": True, "value": link.client_id},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(claims)
    except (JoseError, ValueError) as error:
        raise TokenRefused(str(error)) from error
    return claims


def verify_id_token(platform: Platform, text: str, *, nonce: str) -> dict[str, Any]:
    """The claims of the ID token for our request (OpenID Connect Core §3.1.3.7).

    Raises: TokenRefused.
    """
    claims = verify(platform, text, typ="JWT")
    if claims.get("nonce") != nonce:
        raise TokenRefused("the nonce of another request")
    _need_text(claims, "sub", "sid")
    return claims


def verify_logout_token(platform: Platform, text: str) -> dict[str, Any]:
    """The claims of a logout token (Back-Channel Logout 1.0 §2.6); the caller checks for replay.

    Raises: TokenRefused.
    """
    claims = verify(platform, text, typ="logout+jwt")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict) or "nonce" in claims:
        raise TokenRefused("no logout event")
    _need_text(claims, "sid", "jti")
    return claims


def verify_event(platform: Platform, text: str) -> dict[str, Any]:
    """The claims of an event: `kind`, `payload`, `jti`; the caller checks for replay.

    Raises: TokenRefused.
    """
    claims = verify(platform, text, typ="mzt-event+jwt")
    if not isinstance(claims.get("payload"), dict):
        raise TokenRefused("no payload")
    _need_text(claims, "kind", "jti")
    return claims


def _need_text(claims: dict[str, Any], *names: str) -> None:
    for name in names:
        if not isinstance(claims.get(name), str) or not claims[name]:
            raise TokenRefused(f"no {name}")
