"""A remote app has an origin of its own, however it is spelled."""

import pytest

from minzhengtong.base.settings import Settings
from minzhengtong.hosting.register import register_hosted_apps
from minzhengtong.registration.origins import check_remote_origin
from minzhengtong.registration.register import register_remote_app
from minzhengtong.registry.apps import OriginTaken, all_apps
from minzhengtong.runtime import Runtime
from tests.unit.registry.manifests import read, remote

DEMO = Settings.from_env({})
SERVED = Settings.from_env(
    {
        "MZT_DEMO": "off",
        "MZT_PUBLIC_URL": "https://mzt.example",
        "MZT_MINIAPP_URL": "https://{slug}.apps.mzt.example",
    }
)
PLATFORMS = [
    (DEMO, "http://localhost:8000"),
    (DEMO, "http://LOCALHOST.:8000"),
    (DEMO, "http://127.0.0.1:8000"),
    (DEMO, "http://127.9.9.9:8000"),
    (DEMO, "http://[::1]:8000"),
    (DEMO, "http://[0:0::1]:8000"),
    (DEMO, "http://[::ffff:127.0.0.1]:8000"),
    (DEMO, "http://transit.localhost:8000"),
    (DEMO, "http://transit.localhost:9000"),
    (DEMO, "http://Some-New-App.localhost.:9000"),
    (SERVED, "https://MZT.example"),
    (SERVED, "https://mzt.example:443"),
    (SERVED, "https://transit.apps.mzt.example"),
    (SERVED, "https://transit.apps.mzt.example:8443"),
    (SERVED, "http://127.0.0.1:8000"),
]
OTHERS = [
    (DEMO, "http://127.0.0.1:9000"),
    (DEMO, "https://kiosk.example"),
    (SERVED, "https://apps.mzt.example.org"),
    (SERVED, "https://kiosk.example:8000"),
    (SERVED, "http://127.0.0.1:9000"),
]
SAME = [
    ("http://127.0.0.1:9700", "http://127.0.0.1:9700"),
    ("http://127.0.0.1:9700", "http://127.0.0.2:9700"),
    ("http://127.0.0.1:9700", "http://[::1]:9700"),
    ("https://kiosk.example", "https://Kiosk.Example:443"),
    ("https://kiosk.example", "https://kiosk.example."),
]


def register(runtime: Runtime, origin: str, number: int = 1) -> None:
    with runtime.db.write() as conn:
        register_remote_app(conn, runtime.clock.now(), runtime.settings, read(remote(origin, number)))


@pytest.mark.parametrize(("settings", "origin"), PLATFORMS)
def test_a_remote_app_cannot_take_an_address_of_the_platform(settings: Settings, origin: str) -> None:
    with pytest.raises(OriginTaken):
        check_remote_origin(settings, origin)


@pytest.mark.parametrize(("settings", "origin"), OTHERS)
def test_other_addresses_are_free(settings: Settings, origin: str) -> None:
    check_remote_origin(settings, origin)


@pytest.mark.parametrize(("first", "second"), SAME)
def test_two_remote_apps_cannot_share_host_and_port(runtime: Runtime, first: str, second: str) -> None:
    register(runtime, first)
    with pytest.raises(OriginTaken, match="kiosk1"):
        register(runtime, second, 2)
    register(runtime, first)


def test_a_hosted_app_whose_address_is_taken_is_quarantined_alone(runtime: Runtime) -> None:
    register(runtime, "http://127.0.0.1:9700")
    moved = runtime.settings.model_copy(update={"miniapp_url": "http://127.0.0.1:9700/{slug}"})
    register_hosted_apps(Runtime(moved, runtime.clock, runtime.db, runtime.keyring))
    with runtime.db.read() as conn:
        states = {app.slug: app.state_reason for app in all_apps(conn)}
    assert states["kiosk1"] == ""
    assert states["transit"].startswith("origin_taken: ")
