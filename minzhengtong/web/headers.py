"""Security headers of every answer of the platform's own origin."""

from urllib.parse import urlsplit

from flask import Flask, Response, g, request

CAMERA_PATHS = ("/bench",)
"""Pages that may ask for the camera."""


_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; media-src 'self' blob:; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'{}; frame-ancestors 'none'"
)
_ALWAYS = (
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cache-Control", "no-store"),
)


def allow_form_action(redirect_uri: str) -> None:
    """Let the forms of this page end at the origin of `redirect_uri`.

    Chromium enforces `form-action` along the whole redirect chain after login and consent.
    """
    parts = urlsplit(redirect_uri)
    g.form_action_origin = f" {parts.scheme}://{parts.netloc}"


def protect(app: Flask) -> None:
    """Add the headers to every answer of `app`."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    headers, path = response.headers, request.path
    present = {name.lower() for name in headers.keys()}  # noqa: SIM118  # of a list of pairs, not of a dict
    camera = "(self)" if path.startswith(CAMERA_PATHS) else "()"
    for name, value in (
        ("Content-Security-Policy", _POLICY.format(g.get("form_action_origin", ""))),
        ("Permissions-Policy", f"camera={camera}, microphone=(), geolocation=()"),
        *_ALWAYS,
    ):
        if name.lower() not in present:
            headers.add(name, value)
    return response
