from datetime import datetime, timedelta

from minzhengtong.oidc import interactions
from minzhengtong.oidc.interactions import Limits, Sender
from tests.unit.oidc.conftest import Provider, new_request


def test_a_request_waits_for_its_browser_and_is_answered_once(provider: Provider, now: datetime) -> None:
    with provider.db.write() as conn:
        asked = new_request(conn, params={"state": "s"}, prompts={"login"})
        raw = interactions.begin(conn, now, asked, Sender("mine", "127.0.0.1"), Limits(1, 1))
        assert interactions.find(conn, now, raw, "another") is None
        assert interactions.find(conn, now, "unknown", "mine") is None
        assert interactions.find(conn, now + timedelta(seconds=600), raw, "mine") is None
        waiting = interactions.find(conn, now, raw, "mine")
        assert waiting is not None
        assert (waiting.params, waiting.login_after) == ({"state": "s"}, now)
        assert interactions.finish(conn, waiting)
        assert not interactions.finish(conn, waiting)
        assert interactions.find(conn, now, raw, "mine") is None
