"""Security headers of every answer of the platform's own origin."""

from urllib.parse import urlsplit

from flask import Flask, Response, g, request

CAMERA_PATHS = ("/bench",)
"""Pages that may ask for the camera."""


def allow_form_action(redirect_uri: str) -> None:
    """Let the forms of this page end at the origin of `redirect_uri`.

    Chromium enforces `form-action` along the whole redirect chain after login and consent.
    """
    parts = urlsplit(redirect_uri)
    g.form_action_origin = f"{parts.scheme}://{parts.netloc}"


def protect(app: Flask) -> None:
    """Add the headers to every answer of `app`."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _policy())
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    camera = "(self)" if request.path.startswith(CAMERA_PATHS) else "()"
    headers["Permissions-Policy"] = f"camera={camera}, microphone=(), geolocation=()"
    if not request.path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store")
    return response


def _policy() -> str:
    form_action = f"'self' {g.get('form_action_origin', '')}".strip()
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; font-src 'self'; media-src 'self' blob:; manifest-src 'self'; "
        f"base-uri 'none'; form-action {form_action}; frame-ancestors 'none'"
    )
