"""How many commits a login takes: each one waits for the disk."""

from collections.abc import Callable

from werkzeug.test import TestResponse

from minzhengtong.runtime import Runtime
from tests.engines.statements import COMMIT, watched
from tests.web.oidc.party import Browser, Party, answer_of


def story(runtime: Runtime, browser: Browser, party: Party) -> dict[str, list[str]]:
    """Log a browser in at a party by the pages it is shown; the statements of each request."""
    statements: dict[str, list[str]] = {}

    def ask(name: str, call: Callable[[], TestResponse]) -> TestResponse:
        with watched(runtime.db) as statements[name]:
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
    return statements


def test_a_login_is_three_commits_and_one_more_for_a_yes(
    runtime: Runtime, browser: Browser, other_browser: Browser, transit: Party, clinic: Party
) -> None:
    first, later = story(runtime, browser, transit), story(runtime, other_browser, transit)
    assert commits(first) == ["authorize", "the click on a persona", "the yes", "token"]
    assert commits(later) == ["authorize", "the click on a persona", "token"]
    browser.allow(clinic)
    assert commits(story(runtime, browser, clinic)) == ["authorize", "token"]


def commits(statements: dict[str, list[str]]) -> list[str]:
    """The requests that committed, each as often as it did."""
    return [name for name, done in statements.items() for _ in range(done.count(COMMIT))]
