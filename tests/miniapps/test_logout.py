"""Back-channel logout at an app's door: the platform's token ends sessions, a forged one does not."""

from minzhengtong.keys.keyring import Keys
from minzhengtong.oidc.clients import client_by_id
from minzhengtong.oidc.models import client_session
from minzhengtong.oidc.tokens import mint_logout_token
from tests.world.browser import Browser
from tests.world.facts import CLINIC, TRANSIT
from tests.world.world import World

DOOR = "/oidc/backchannel-logout"


def token_for(world: World, client_id: str) -> str:
    """A logout token for the one session that this client has, as the platform mints it."""
    with world.runtime.db.read() as conn:
        keys: Keys = world.runtime.keyring.current(conn)
        client = client_by_id(conn, client_id)
        sid = conn.execute(client_session.select().where(client_session.c.client_id == client_id)).one().sid
    assert client is not None
    now, issuer = world.runtime.clock.now(), world.runtime.settings.public_url
    return mint_logout_token(keys, issuer, client, "sub", sid, now)


def is_in(browser: Browser, origin: str) -> bool:
    return browser.look(origin + "/").status_code == 200


def test_a_genuine_token_ends_the_session_once(world: World, lin: Browser) -> None:
    lin.open_app(TRANSIT + "/")
    token, stranger = token_for(world, "example.fuzhou.transit"), world.browser()
    answer = stranger.http.post(DOOR, base_url=TRANSIT, data={"logout_token": token})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert not is_in(lin, TRANSIT)
    again = stranger.http.post(DOOR, base_url=TRANSIT, data={"logout_token": token})
    assert again.status_code == 400


def test_a_token_for_another_app_or_altered_is_refused(world: World, lin: Browser) -> None:
    lin.open_app(TRANSIT + "/")
    lin.open_app(CLINIC + "/")
    token, stranger = token_for(world, "example.fuzhou.transit"), world.browser()
    head, body, signature = token.split(".")
    for origin, text in (
        (CLINIC, token),
        (TRANSIT, f"{head}.{body}.{signature[:-4]}AAAA"),
        (TRANSIT, ""),
        (TRANSIT, "x" * 40_000),
    ):
        answer = stranger.http.post(DOOR, base_url=origin, data={"logout_token": text})
        assert answer.status_code == 400
    assert is_in(lin, TRANSIT)
    assert is_in(lin, CLINIC)


def test_an_event_meant_for_another_app_or_repeated_does_nothing(world: World) -> None:
    stranger = world.browser()
    for body in ("", "x", "a.b.c"):
        answer = stranger.http.post("/.mzt/events", base_url=TRANSIT, data=body)
        assert (answer.status_code, answer.json) == (400, {"code": "event_refused"})
