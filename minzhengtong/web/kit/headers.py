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
_ALWAYS = {
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


def allow_form_action(redirect_uri: str) -> None:
    """Let the forms of this page end at the origin of `redirect_uri`.

    Chromium enforces `form-action` along the whole redirect chain after login and consent.
    """
    parts = urlsplit(redirect_uri)
    g.form_action = f" {parts.scheme}://{parts.netloc}"


def protect(app: Flask) -> None:
    """Add the headers to every answer of `app` that does not bring its own."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    camera = "(self)" if request.path.startswith(CAMERA_PATHS) else "()"
    ours = _ALWAYS | {
        "Content-Security-Policy": _POLICY.format(g.get("form_action", "")),
        "Permissions-Policy": f"camera={camera}, microphone=(), geolocation=()",
    }
    for name, value in ours.items():
        response.headers.setdefault(name, value)
    return response
