"""The cookie that binds waiting authorization requests to the browser that began them."""

from flask import Response

from minzhengtong.oidc.interactions import INTERACTION_SECONDS
from minzhengtong.web.kit.cookies import cookie, set_cookie

_PURPOSE = "waiting"


def browser_id() -> str | None:
    """The secret that `remember_browser` gave to this browser."""
    return cookie(_PURPOSE)


def remember_browser(response: Response, secret: str) -> None:
    """Keep the secret for as long as a request waits."""
    set_cookie(response, _PURPOSE, secret, INTERACTION_SECONDS)
