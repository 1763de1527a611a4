"""What each request of a login asks of the database, by name, and how many commits a login is."""

from collections.abc import Callable

from werkzeug.test import TestResponse

from minzhengtong.runtime import Runtime
from tests.engines.statements import COMMIT, watched
from tests.web.oidc.party import Browser, Party, answer_of

CLIENT, SESSION = "SELECT oauth_client", "SELECT login_session"
CODE = ["INSERT authorization_code", "INSERT client_session"]
TOKEN = [
    *(CLIENT, "UPDATE authorization_code", SESSION, "SELECT consent"),
    *("INSERT access_token", "INSERT audit_entry", COMMIT),
]
BEGUN = {
    "authorize": [CLIENT, "INSERT interaction", COMMIT],
    "the login page": ["SELECT interaction", "SELECT person"],
}
ENTERED = [
    *("SELECT person", "INSERT login_session", "SELECT interaction", CLIENT, "SELECT consent"),
]
LOGGED = ["INSERT audit_entry", COMMIT]
FIRST_LOGIN = BEGUN | {
    "the click on a persona": [*ENTERED, *LOGGED],
    "the sheet": [SESSION, "SELECT interaction", CLIENT, "SELECT miniapp", "SELECT consent"],
    "the yes": [
        *(SESSION, "SELECT interaction", CLIENT, "SELECT consent"),
        *("INSERT consent", "UPDATE interaction", *CODE, *LOGGED),
    ],
    "token": TOKEN,
    "userinfo": ["SELECT access_token", "SELECT person"],
}
LATER_LOGIN = BEGUN | {
    "the click on a persona": [*ENTERED, "UPDATE interaction", *CODE, *LOGGED],
    "token": TOKEN,
    "userinfo": ["SELECT access_token", "SELECT person"],
}
SECOND_APP = {
    "authorize": [SESSION, CLIENT, "SELECT consent", *CODE, COMMIT],
    "token": TOKEN,
    "userinfo": ["SELECT access_token", "SELECT person"],
}


def story(runtime: Runtime, browser: Browser, party: Party) -> dict[str, list[str]]:
    """Log a browser in at a party, by whatever pages it is shown: what each request did."""
    deeds: dict[str, list[str]] = {}

    def ask(name: str, call: Callable[[], TestResponse]) -> TestResponse:
        with watched(runtime.db) as deeds[name]:
            return call()

    answer = ask("authorize", lambda: browser.get(party.url()))
    if "/login" in answer.location:
        page = ask("the login page", lambda: browser.get(answer.location))
        answer = ask("the click on a persona", lambda: browser.log_in("lin", page))
    if "/oauth/consent/" in answer.location:
        sheet = ask("the sheet", lambda: browser.get(answer.location))
        answer = ask("the yes", lambda: browser.submit(sheet, answer.location, answer="yes"))
    tokens = ask("token", lambda: party.redeem(answer_of(answer)["code"])).json
    assert tokens
    ask("userinfo", lambda: party.userinfo(tokens["access_token"]))
    return deeds


def test_each_request_of_a_login_costs_its_named_statements(
    runtime: Runtime, browser: Browser, other_browser: Browser, transit: Party, clinic: Party
) -> None:
    assert story(runtime, browser, transit) == FIRST_LOGIN
    assert story(runtime, other_browser, transit) == LATER_LOGIN
    browser.allow(clinic)
    assert story(runtime, browser, clinic) == SECOND_APP


def test_a_login_is_three_commits_and_one_more_for_a_yes(
    runtime: Runtime, browser: Browser, other_browser: Browser, transit: Party, clinic: Party
) -> None:
    first, later = story(runtime, browser, transit), story(runtime, other_browser, transit)
    assert commits(first) == ["authorize", "the click on a persona", "the yes", "token"]
    assert commits(later) == ["authorize", "the click on a persona", "token"]
    browser.allow(clinic)
    assert commits(story(runtime, browser, clinic)) == ["authorize", "token"]


def commits(deeds: dict[str, list[str]]) -> list[str]:
    """The requests that committed, each as often as it did."""
    return [name for name, done in deeds.items() for _ in range(done.count(COMMIT))]
