"""Authorization requests that nobody finishes: limited from one address and in all, and gone in time."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from minzhengtong.base.clock import FrozenClock
from minzhengtong.oidc.interactions import INTERACTION_SECONDS, RETRY_SECONDS
from minzhengtong.oidc.models import interaction
from minzhengtong.runtime import Runtime
from minzhengtong.web.platform import create_platform
from tests.web.oidc.party import ISSUER, Browser, Party, answer_of

pytestmark = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    limits = {"unfinished_logins_per_address": 3, "unfinished_logins": 5}
    return replace(runtime, settings=runtime.settings.model_copy(update=limits))


def begin(browser: Browser, party: Party, address: str = "127.0.0.1") -> TestResponse:
    return browser.http.get(party.url(), base_url=ISSUER, environ_overrides={"REMOTE_ADDR": address})


def waiting(runtime: Runtime) -> int:
    with runtime.db.read() as conn:
        return conn.execute(select(func.count()).select_from(interaction)).scalar_one()


def test_one_address_may_leave_only_so_many_unfinished(
    browser: Browser, transit: Party, runtime: Runtime, clock: FrozenClock
) -> None:
    assert [begin(browser, transit).status_code for _ in range(3)] == [303] * 3
    refused = begin(browser, transit)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(RETRY_SECONDS))
    assert "请稍等一会儿再试" in refused.text
    assert waiting(runtime) == 3
    assert begin(browser, transit, "127.0.0.2").status_code == 303
    clock.advance(INTERACTION_SECONDS)
    assert begin(browser, transit).status_code == 303


def test_all_addresses_together_may_leave_only_so_many(
    browser: Browser, transit: Party, runtime: Runtime
) -> None:
    answers = [begin(browser, transit, f"127.0.0.{number}").status_code for number in range(1, 8)]
    assert answers == [303] * 5 + [429] * 2
    assert waiting(runtime) == 5


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("", "10.0.0.1", False),
    ],
)
def test_a_household_counts_as_one_address(
    browser: Browser, transit: Party, one: str, other: str, same: bool
) -> None:
    for _ in range(3):
        assert begin(browser, transit, one).status_code == 303
    assert begin(browser, transit, other).status_code == (429 if same else 303)


def test_a_finished_login_counts_no_more(lin: Browser, transit: Party, runtime: Runtime) -> None:
    for answer in ("no", "no", "no", "yes"):
        sheet = lin.get(transit.url()).location
        answer_of(lin.submit(lin.get(sheet), sheet, answer=answer))
    for _ in range(4):
        page = lin.get(lin.get(transit.url(prompt="login")).location)
        assert "code" in answer_of(lin.log_in("lin", page))
    assert waiting(runtime) == 0


def test_hundreds_at_once_from_one_address_are_usual(transit: Party, runtime: Runtime) -> None:
    usual = type(runtime.settings).model_fields
    defaults = {name: usual[name].default for name in ("unfinished_logins_per_address", "unfinished_logins")}
    settings = runtime.settings.model_copy(update=defaults)
    browser = Browser(create_platform(replace(runtime, settings=settings)).test_client())
    assert {begin(browser, transit).status_code for _ in range(300)} == {303}
