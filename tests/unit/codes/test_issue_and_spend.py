"""Codes in the database: issued, spent once, retired by newer ones, frozen; on both engines."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, select

from minzhengtong.audit.log import entries_of_person
from minzhengtong.codes.cose import CodeClaims, CodeRefused, CodeScope
from minzhengtong.codes.holder import FrozenByPlatform, freeze, holder_of, unfreeze
from minzhengtong.codes.issue import issue_code
from minzhengtong.codes.models import code_holder
from minzhengtong.codes.reasons import Reason, Refused
from minzhengtong.codes.signers import code_keys, key_set, make_code_keys
from minzhengtong.codes.spend import SpendRefused, Spent, spend
from minzhengtong.db.database import Database
from minzhengtong.demo.codes import seed as seed_holders
from minzhengtong.places.divisions import REGIONS

pytestmark = pytest.mark.engines("sqlite", "postgresql")

ALL = CodeScope.PAY | CodeScope.CERTIFICATES


@pytest.fixture
def keyring(runtime):
    return runtime.keyring


@pytest.fixture
def house(runtime):
    return runtime.db


@pytest.fixture
def show(house, now, keyring):
    """Issue a code to a person: its claims as a terminal reads them, and its digits."""

    def issue(person_id: str = "per_lin", region: str = "350100") -> tuple[CodeClaims, str]:
        with house.write() as conn:
            keys = keyring.current(conn)
            shown = issue_code(conn, now, keys, person_id, region, ALL)
        claims = code_keys(keys).verifier.verify(shown.text, int(now.timestamp()))
        assert (claims.aud, claims.scope) == (region, ALL)
        return claims, shown.digits

    return issue


def refusal(db, now, code) -> tuple[Reason, str | None]:
    with db.write() as conn, pytest.raises(Refused) as raised:
        spend(conn, now, code, "scan_1")
    return raised.value.reason, getattr(raised.value, "person_id", None)


@pytest.mark.engines("sqlite")
def test_every_region_signs_and_every_reader_accepts(show) -> None:
    for region in REGIONS:
        assert show("per_lin", region.code)


def test_a_code_is_spent_once(house, show, now) -> None:
    code, digits = show()
    with house.write() as conn:
        assert spend(conn, now, code, "scan_1") == Spent("per_lin", code.cti, ALL, 0)
    assert refusal(house, now, code) == (Reason.ALREADY_USED, "per_lin")
    assert refusal(house, now, digits) == (Reason.ALREADY_USED, "per_lin")


def test_digits_spend_their_code(house, show, now) -> None:
    code, digits = show()
    with house.write() as conn:
        assert spend(conn, now, digits, "scan_1") == Spent("per_lin", code.cti, ALL, 0)
    assert refusal(house, now, code) == (Reason.ALREADY_USED, "per_lin")


def test_a_spent_code_retires_older_codes_only(house, show, now) -> None:
    older, spent, newer = show()[0], show()[0], show()[0]
    another = show("per_chen")[0]
    with house.write() as conn:
        spend(conn, now, spent, "scan_1")
    assert refusal(house, now, older) == (Reason.ALREADY_USED, "per_lin")
    with house.write() as conn:
        assert spend(conn, now, newer, "scan_1").person_id == "per_lin"
        assert spend(conn, now, another, "scan_1").person_id == "per_chen"


def test_digits_expire_with_their_code(house, show, now, clock) -> None:
    _, digits = show()
    clock.advance(59.9)
    with house.write() as conn:
        spend(conn, clock.now(), digits, "scan_1")
    _, digits = show()
    clock.advance(0.1)
    with house.write() as conn, pytest.raises(CodeRefused) as raised:
        spend(conn, clock.now(), digits, "scan_1")
    assert raised.value.reason is Reason.EXPIRED


def test_digits_and_codes_that_were_never_issued_are_refused(house, now) -> None:
    assert refusal(house, now, "780000000000000009")[0] is Reason.NOT_A_CODE
    never = CodeClaims("350100", int(now.timestamp()) + 60, int(now.timestamp()), b"unissued", 1)
    assert refusal(house, now, never) == (Reason.NOT_A_CODE, None)


def test_a_frozen_code_is_refused_until_it_is_unfrozen(house, show, now) -> None:
    code, _ = show()
    with house.write() as conn:
        assert freeze(conn, now, "per_lin", "holder")
        assert not freeze(conn, now, "per_lin", "holder")
        assert holder_of(conn, "per_lin").frozen_by == "holder"
    assert refusal(house, now, code) == (Reason.ACCOUNT_FROZEN, "per_lin")
    with house.write() as conn:
        assert unfreeze(conn, now, "per_lin", "holder")
        assert not unfreeze(conn, now, "per_lin", "holder")
        assert spend(conn, now, code, "scan_1").person_id == "per_lin"
    with house.read() as conn:
        actions = [entry.action for entry in entries_of_person(conn, "per_lin")]
    assert actions == ["code.unfrozen", "code.frozen"]


def test_the_last_use_of_a_holder_includes_refused_scans(house, show, now) -> None:
    used, other = show()[0], show("per_chen")[0]
    never = CodeClaims("350100", int(now.timestamp()) + 60, int(now.timestamp()), b"unissued", 1)
    with house.write() as conn:
        spend(conn, now, used, "scan_2")
        assert uses(conn) == {"per_lin": "scan_2"}
        for refused, name in ((used, "scan_1"), (never, "scan_4")):
            with pytest.raises(SpendRefused):
                spend(conn, now, refused, name)
        freeze(conn, now, "per_chen", "holder")
        with pytest.raises(SpendRefused):
            spend(conn, now, other, "scan_3")
        assert uses(conn) == {"per_lin": "scan_1", "per_chen": "scan_3"}


def uses(conn: Connection) -> dict[str, str]:
    columns = (code_holder.c.person_id, code_holder.c.last_use)
    found = conn.execute(select(*columns).where(code_holder.c.last_use.is_not(None)))
    return {row.person_id: row.last_use for row in found}


def test_the_holder_cannot_lift_the_platforms_freeze(house, now) -> None:
    with house.write() as conn:
        assert holder_of(conn, "per_he").is_frozen
        with pytest.raises(FrozenByPlatform):
            unfreeze(conn, now, "per_he", "holder")
        assert holder_of(conn, "per_he").is_frozen
        assert unfreeze(conn, now, "per_he", "platform")
        seed_holders(conn, now)
        assert not holder_of(conn, "per_he").is_frozen


def test_of_many_terminals_only_one_spends_a_code(house, show, now) -> None:
    code, digits = show()

    def race(which: CodeClaims | str) -> bool:
        own = Database(house.engine.url.render_as_string(hide_password=False))
        try:
            with own.write() as conn:
                return isinstance(spend(conn, now, which, "scan_1"), Spent)
        except SpendRefused:
            return False
        finally:
            own.dispose()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(race, [code, digits] * 4)) == 1


@pytest.mark.engines("sqlite")
def test_keys_are_made_once_and_only_their_public_part_is_published(house, now, keyring) -> None:
    with house.write() as conn:
        make_code_keys(conn, keyring, now)
        keys = keyring.current(conn)
    published = key_set(keys)["keys"]
    assert sorted(key["region"] for key in published) == sorted(region.code for region in REGIONS)
    assert all("d" not in key and key["kty"] == "OKP" for key in published)
    assert code_keys(keys) is code_keys(keys)
