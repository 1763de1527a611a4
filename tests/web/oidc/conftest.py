"""The provider of a seeded simulator, with the two hosted apps as its parties."""

from collections.abc import Callable

import pytest
from flask import Flask

from minzhengtong.oidc.client_metadata import NewClient
from minzhengtong.oidc.clients import save_client
from minzhengtong.registration.client_secret import client_secret
from minzhengtong.runtime import Runtime
from minzhengtong.web.platform import create_platform
from tests.web.oidc.party import ISSUER, Browser, Party

Record = Callable[..., None]


@pytest.fixture
def platform(runtime: Runtime) -> Flask:
    return create_platform(runtime)


@pytest.fixture
def browser(platform: Flask) -> Browser:
    """A browser without a login."""
    return Browser(platform.test_client())


@pytest.fixture
def other_browser(platform: Flask) -> Browser:
    return Browser(platform.test_client())


@pytest.fixture
def lin(browser: Browser) -> Browser:
    browser.log_in("lin")
    return browser


def make_party(slug: str, platform: Flask, runtime: Runtime) -> Party:
    client_id = f"example.fuzhou.{slug}"
    secret = client_secret(runtime.keyring, client_id)
    return Party(client_id, secret, f"http://{slug}.localhost:8000/oidc/callback", platform.test_client())


@pytest.fixture
def transit(platform: Flask, runtime: Runtime) -> Party:
    return make_party("transit", platform, runtime)


@pytest.fixture
def clinic(platform: Flask, runtime: Runtime) -> Party:
    return make_party("clinic", platform, runtime)


@pytest.fixture
def register(runtime: Runtime, transit: Party) -> Record:
    """Record transit's client anew with changes."""

    def record(**changes: object) -> None:
        facts: dict[str, object] = {
            "client_id": transit.client_id,
            "app_id": transit.client_id,
            "name": "城市公交",
            "scope": "openid profile.name profile.phone code.verify:transit pay.collect",
            "secret": transit.secret,
            "redirect_uris": (transit.redirect_uri,),
            "post_logout_redirect_uris": ("http://transit.localhost:8000/",),
            "backchannel_logout_uri": "http://transit.localhost:8000/oidc/backchannel-logout",
        }
        with runtime.db.write() as conn:
            new = NewClient(**facts | changes)  # type: ignore[arg-type]
            save_client(conn, runtime.clock.now(), new, issuer=ISSUER)

    return record
