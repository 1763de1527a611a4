"""An app's own file: records, sessions, flows, one-time names."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from minzhengtong.base.clock import FrozenClock
from minzhengtong.sdk.sessions import Citizen, Flow, Sessions
from minzhengtong.sdk.store import Store

LIN = Citizen(sub="s-1", acr=2, name="林晓闽")
FLOW = Flow("verifier", "nonce", "/page?a=1")


@pytest.fixture
def store(tmp_path: Path, clock: FrozenClock) -> Store:
    return Store(tmp_path / "apps" / "app.db", clock.now)


@pytest.fixture
def sessions(store: Store) -> Sessions:
    return Sessions(store)


def test_records_come_back_newest_first_and_by_owner(store: Store, clock: FrozenClock) -> None:
    for number in range(3):
        store.put("ride", f"r{number}", owner="lin", amount_fen=number, note="福州")
        clock.advance(1)
    store.put("ride", "other", owner="chen", amount_fen=9)
    store.put("visit", "r0", owner="lin", amount_fen=8)
    rides = store.of("ride", "lin")
    assert [ride.body["amount_fen"] for ride in rides] == [2, 1, 0]
    assert (rides[0].body["note"], rides[0].owner) == ("福州", "lin")
    assert [ride.id for ride in store.of("ride", "lin", limit=1)] == ["r2"]


def test_a_record_put_again_changes_and_keeps_its_time(store: Store, clock: FrozenClock) -> None:
    store.put("visit", "v1", owner="lin", paid=False)
    first = store.of("visit", "lin")[0]
    clock.advance(60)
    store.put("visit", "v1", owner="lin", paid=True)
    (second,) = store.of("visit", "lin")
    assert (second.body, second.at) == ({"paid": True}, first.at)


def test_a_session_lives_an_hour_and_its_id_is_not_in_the_file(
    store: Store, sessions: Sessions, clock: FrozenClock
) -> None:
    raw = sessions.start("sid-1", LIN)
    assert raw is not None
    assert sessions.citizen(raw) == LIN
    assert sessions.citizen(raw + "x") is None
    assert raw not in str(store.execute("SELECT * FROM session"))
    clock.advance(3600)
    assert sessions.citizen(raw) is None


def test_a_logout_ends_every_session_of_the_sid_and_the_one_about_to_start(sessions: Sessions) -> None:
    one, two, other = (sessions.start(sid, LIN) for sid in ("a", "a", "b"))
    sessions.end("a")
    assert [sessions.citizen(raw or "") for raw in (one, two, other)] == [None, None, LIN]
    assert sessions.start("a", LIN) is None


def test_a_flow_is_taken_once_by_its_own_browser_in_time(sessions: Sessions, clock: FrozenClock) -> None:
    state = sessions.begin_flow("browser", FLOW)
    assert sessions.take_flow("other", state) is None
    assert sessions.take_flow("browser", state + "x") is None
    assert sessions.take_flow("browser", state) == FLOW
    assert sessions.take_flow("browser", state) is None
    late = sessions.begin_flow("browser", FLOW)
    clock.advance(900)
    assert sessions.take_flow("browser", late) is None


def test_of_many_at_once_one_takes_the_flow_and_one_sees_the_name_first(sessions: Sessions) -> None:
    state = sessions.begin_flow("browser", FLOW)
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: sessions.take_flow("browser", state), range(16)))
        seen = list(threads.map(lambda _: sessions.see("jti"), range(16)))
    assert (len([flow for flow in taken if flow]), sum(seen)) == (1, 1)


def test_expired_rows_are_deleted_from_the_file(store: Store, sessions: Sessions, clock: FrozenClock) -> None:
    for _ in range(3):
        sessions.begin_flow("browser", FLOW)
        sessions.start("sid", LIN)
    clock.advance(4000)
    sessions.begin_flow("browser", FLOW)
    sessions.start("sid", LIN)
    for table in ("flow", "session"):
        assert store.execute(f"SELECT count(*) FROM {table}") == [(1,)]
