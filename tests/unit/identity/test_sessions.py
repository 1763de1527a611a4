"""A login session lives in the database, under a digest, until it ends."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from minzhengtong.audit.log import entries_of_person
from minzhengtong.base.clock import FrozenClock
from minzhengtong.base.digest import digest
from minzhengtong.identity.models import login_session
from minzhengtong.identity.people import Person, person_by_id
from minzhengtong.identity.sessions import (
    LoginSession,
    end_session,
    live_session,
    renew_session,
    start_session,
)
from minzhengtong.runtime import Runtime
from tests.engines.waiting import until_it_waits


def start(runtime: Runtime, key: str = "lin") -> tuple[str, LoginSession]:
    with runtime.db.write() as conn:
        return start_session(conn, runtime.clock.now(), person_by_id(conn, f"per_{key}"), ("pwd",))


def find(runtime: Runtime, session_id: str) -> tuple[LoginSession, Person] | None:
    with runtime.db.read() as conn:
        return live_session(conn, runtime.clock.now(), session_id)


def end(runtime: Runtime, session: LoginSession) -> bool:
    with runtime.db.write() as conn:
        return end_session(conn, runtime.clock.now(), session.id_digest, "logged_out")


def renew(runtime: Runtime, session: LoginSession) -> LoginSession | None:
    with runtime.db.write() as conn:
        return renew_session(conn, runtime.clock.now(), session, ("demo",))


def actions(runtime: Runtime) -> list[str]:
    with runtime.db.read() as conn:
        return [entry.action for entry in entries_of_person(conn, "per_lin")]


def test_a_session_is_found_with_its_person_and_roles(runtime: Runtime) -> None:
    session_id, session = start(runtime, "qiu")
    found = find(runtime, session_id)
    assert found
    assert found[0] == session
    assert (found[1].name, found[1].roles) == ("邱实", frozenset({"tester"}))


def test_one_query_finds_a_session(runtime: Runtime) -> None:
    session_id, _ = start(runtime, "qiu")
    statements = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        statements.append(statement)

    engine: Engine = runtime.db.engine
    event.listen(engine, "before_cursor_execute", note)
    find(runtime, session_id)
    event.remove(engine, "before_cursor_execute", note)
    assert [statement.split()[0] for statement in statements if "BEGIN" not in statement] == ["SELECT"]


def test_the_database_holds_no_usable_session_id(runtime: Runtime) -> None:
    session_id, session = start(runtime)
    with runtime.db.read() as conn:
        row: Any = conn.execute(select(login_session)).one()
    assert session_id not in str(row)
    assert row.id_digest == session.id_digest == digest(session_id)
    assert find(runtime, session.id_digest) is None


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "x" * 10_000])
def test_any_cookie_may_be_asked_for(runtime: Runtime, text: str) -> None:
    assert find(runtime, text) is None


def test_no_two_sessions_share_anything(runtime: Runtime) -> None:
    (one_id, one), (other_id, other) = start(runtime), start(runtime)
    assert one_id != other_id
    assert one.sid_secret != other.sid_secret
    assert end(runtime, one)
    assert find(runtime, one_id) is None
    assert find(runtime, other_id)


def test_a_session_ends_twelve_hours_after_login_whatever_happens(
    runtime: Runtime, clock: FrozenClock
) -> None:
    session_id, _ = start(runtime)
    clock.advance(12 * 3600 - 1)
    assert find(runtime, session_id)
    clock.advance(1)
    assert find(runtime, session_id) is None


@pytest.mark.parametrize(("key", "acr"), [("huang", 1), ("zheng", 2), ("lin", 2)])
def test_a_password_proves_at_most_the_second_level(runtime: Runtime, key: str, acr: int) -> None:
    assert start(runtime, key)[1].acr == f"urn:mzt:acr:{acr}"


def test_a_session_ends_once_and_its_start_and_end_are_logged(runtime: Runtime) -> None:
    _, session = start(runtime)
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(lambda _: end(runtime, session), range(4)))
    assert sorted(ended) == [False, False, False, True]
    assert actions(runtime) == ["session.ended", "session.started"]


def test_a_session_is_renewed_for_another_twelve_hours(runtime: Runtime, clock: FrozenClock) -> None:
    session_id, session = start(runtime)
    clock.advance(11 * 3600)
    renewed = renew(runtime, session)
    clock.advance(11 * 3600)
    found = find(runtime, session_id)
    assert found
    assert found[0] == renewed
    assert renewed.amr == ("demo",)


def test_an_ended_session_is_not_renewed(runtime: Runtime) -> None:
    session_id, session = start(runtime)
    end(runtime, session)
    assert renew(runtime, session) is None
    assert find(runtime, session_id) is None
    assert actions(runtime) == ["session.ended", "session.started"]


def test_a_renewal_that_waited_for_a_logout_fails(runtime: Runtime) -> None:
    _, session = start(runtime)
    with ThreadPoolExecutor(1) as pool:
        with runtime.db.write() as conn:
            end_session(conn, runtime.clock.now(), session.id_digest, "logged_out")
            renewed = pool.submit(renew, runtime, session)
            until_it_waits(runtime.db, renewed)
        assert renewed.result() is None
