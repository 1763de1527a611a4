"""Builds the platform's Flask app. Every page is found by its `blueprint`: adding one is adding a file."""

from collections.abc import Iterator
from datetime import timedelta

from flask import Blueprint, Flask
from flask_wtf import CSRFProtect

from minzhengtong.base.assets import ASSETS
from minzhengtong.base.paths import STATIC, TEMPLATES
from minzhengtong.base.rooms import modules_below
from minzhengtong.base.settings import Settings
from minzhengtong.runtime import Runtime
from minzhengtong.scans.callers import CallerCache
from minzhengtong.web.kit import errors, filters, guards, headers, i18n, login_session, paths, static
from minzhengtong.web.kit import forms as parts
from minzhengtong.web.kit.body import LARGEST_BYTES
from minzhengtong.web.kit.cookies import SessionCookie
from minzhengtong.web.kit.current import CALLERS, EXTENSION
from minzhengtong.web.oidc import cors
from minzhengtong.web.oidc.issuer import check_issuer


def create_platform(runtime: Runtime) -> Flask:
    """Make the Flask app of the platform's own origin."""
    check_issuer(runtime.settings.public_url)
    app = Flask(
        "minzhengtong",
        template_folder=str(TEMPLATES),
        static_folder=str(STATIC),
        static_url_path=ASSETS,  # else Flask derives it from the folder's name, which a wheel changes
    )
    app.config.update(_config(runtime.settings), SECRET_KEY=runtime.keyring.secret("session"))
    app.session_interface = SessionCookie()
    app.extensions[EXTENSION] = runtime
    app.extensions[CALLERS] = CallerCache(runtime.db)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.context_processor(lambda: {"citizen": guards.citizen()})
    parts.setup(app)
    paths.setup(app)
    CSRFProtect(app)
    login_session.setup(app)
    i18n.setup(app)
    filters.setup(app)
    static.setup(app)
    headers.protect(app)
    cors.share(app)
    errors.register(app)
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    return app


def _blueprints() -> Iterator[Blueprint]:
    """The `blueprint` of every module in the folders of web, or its `blueprints` if it has several."""
    for module in modules_below("minzhengtong.web"):
        if hasattr(module, "blueprint"):
            yield from getattr(module, "blueprints", (module.blueprint,))


def _config(settings: Settings) -> dict[str, object]:
    https = settings.public_url.startswith("https:")
    return {
        "SESSION_COOKIE_NAME": "__Host-mzt" if https else f"mzt_{settings.port}",  # cookies ignore ports
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "SESSION_REFRESH_EACH_REQUEST": False,  # it ends with the login, which is never extended
        "MAX_CONTENT_LENGTH": LARGEST_BYTES,
        "MAX_FORM_MEMORY_SIZE": 64 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,  # the token lives as long as its session
    }
