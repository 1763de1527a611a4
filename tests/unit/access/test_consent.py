from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from minzhengtong.access import consent
from minzhengtong.access.authorize import ScopeNotGranted, authorize
from minzhengtong.audit.log import entries_of_person
from minzhengtong.oidc.tokens import Token, find_token, issue_token
from minzhengtong.runtime import Runtime
from tests.engines.waiting import until_it_waits

pytestmark = pytest.mark.engines("sqlite", "postgresql")

APP, LIN = "example.fuzhou.transit", "per_lin"
NAME, PHONE = "profile.name", "profile.phone"


def test_consent_is_for_what_was_asked_for_a_year(runtime: Runtime, now: datetime) -> None:
    with runtime.db.write() as conn:
        assert consent.missing_scopes(conn, now, LIN, APP, ["openid", "pay.collect"]) == []
        assert consent.missing_scopes(conn, now, LIN, APP, ["openid", NAME]) == [NAME]
        consent.grant(conn, now, LIN, APP, [NAME])
        assert consent.missing_scopes(conn, now, LIN, APP, ["openid", NAME]) == []
        assert consent.missing_scopes(conn, now, LIN, APP, [NAME, PHONE]) == [PHONE]
        assert consent.missing_scopes(conn, now, "per_chen", APP, [NAME]) == [NAME]
        a_year_on = now + timedelta(days=365)
        assert consent.missing_scopes(conn, a_year_on, LIN, APP, [NAME]) == [NAME]


def test_the_sheet_names_what_a_yes_prolongs(runtime: Runtime, now: datetime) -> None:
    with runtime.db.write() as conn:
        consent.grant(conn, now, LIN, APP, [NAME])
        assert consent.scopes_of_sheet(conn, now, LIN, APP, ["openid", PHONE]) == [PHONE, NAME]
        consent.grant(conn, now, LIN, APP, [PHONE])
        assert consent.consented_scopes(conn, now, LIN, APP) == (PHONE,)


def test_a_person_sees_her_live_consents(runtime: Runtime, now: datetime) -> None:
    with runtime.db.write() as conn:
        consent.grant(conn, now, LIN, APP, [NAME])
        (one,) = consent.consents_of(conn, now, LIN)
        assert (one.app_id, one.scopes) == (APP, (NAME,))
        assert consent.consents_of(conn, one.expires_at, LIN) == []
        assert consent.consents_of(conn, now, "per_chen") == []
        consent.revoke(conn, now, LIN, APP)
        assert consent.consents_of(conn, now, LIN) == []


def test_taking_it_back_ends_the_tokens(runtime: Runtime, now: datetime) -> None:
    with runtime.db.write() as conn:
        assert not consent.revoke(conn, now, LIN, APP)
        consent.grant(conn, now, LIN, APP, [NAME])
        hers = issue_token(conn, now, APP, NAME, person_id=LIN)
        its_own = issue_token(conn, now, APP, "pay.collect")
        assert consent.revoke(conn, now, LIN, APP)
        assert not consent.revoke(conn, now, LIN, APP)
        assert find_token(conn, now, hers) is None
        assert find_token(conn, now, its_own) is not None
        assert consent.missing_scopes(conn, now, LIN, APP, [NAME]) == [NAME]
    with runtime.db.write() as conn:
        actions = [entry.action for entry in entries_of_person(conn, LIN)][:2]
        consent.grant(conn, now, LIN, APP, [NAME])
        assert consent.missing_scopes(conn, now, LIN, APP, [NAME]) == []
    assert actions == ["consent.revoked", "consent.granted"]


def test_a_token_issued_while_the_consent_was_held_is_revoked_with_it(
    runtime: Runtime, now: datetime
) -> None:
    allow(runtime)
    with ThreadPoolExecutor(1) as pool:
        with runtime.db.write() as conn:
            assert consent.hold(conn, now, LIN, APP, [NAME])
            taken_back = pool.submit(take_back, runtime)
            until_it_waits(runtime.db, taken_back)
            raw = issue_token(conn, now, APP, NAME, person_id=LIN)
        assert taken_back.result()
    with runtime.db.read() as conn:
        assert find_token(conn, now, raw) is None


def test_a_consent_that_is_being_taken_back_cannot_be_held(runtime: Runtime, now: datetime) -> None:
    def hold() -> bool:
        with runtime.db.write() as conn:
            return consent.hold(conn, now, LIN, APP, [NAME])

    allow(runtime)
    with ThreadPoolExecutor(1) as pool:
        with runtime.db.write() as conn:
            assert consent.revoke(conn, now, LIN, APP)
            held = pool.submit(hold)
            until_it_waits(runtime.db, held)
        assert not held.result()


def allow(runtime: Runtime) -> None:
    with runtime.db.write() as conn:
        consent.grant(conn, runtime.clock.now(), LIN, APP, [NAME])


def take_back(runtime: Runtime) -> bool:
    with runtime.db.write() as conn:
        return consent.revoke(conn, runtime.clock.now(), LIN, APP)


def token(now: datetime, scopes: set[str], person_id: str | None) -> Token:
    return Token(APP, APP, APP, person_id, None, None, frozenset(scopes), now, now)


def test_a_call_needs_the_scope_and_for_a_citizens_data_her_consent(runtime: Runtime, now: datetime) -> None:
    with runtime.db.write() as conn:
        authorize(conn, now, token(now, {"pay.collect"}, None), "pay.collect")
        with pytest.raises(ScopeNotGranted):
            authorize(conn, now, token(now, {"pay.collect"}, None), "pay.refund")
        with pytest.raises(ScopeNotGranted):
            authorize(conn, now, token(now, {NAME}, LIN), NAME)
        consent.grant(conn, now, LIN, APP, [NAME])
        authorize(conn, now, token(now, {NAME}, LIN), NAME)
