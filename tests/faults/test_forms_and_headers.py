"""Any form and any header at all, by hypothesis, which shrinks what got a bad answer to the least of it."""

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minzhengtong.base.clock import FrozenClock
from minzhengtong.registration.client_secret import client_secret
from tests.conftest import NOON
from tests.engines import seeding
from tests.faults.hostile import judge
from tests.faults.samples import MARK, TEXTS
from tests.faults.shots import ENDS_A_SESSION, FIELDS, FORM, HEADERS, KNOWN, Shot
from tests.faults.wire import TRANSIT, basic
from tests.world.routes import path_of, routes
from tests.world.world import World

texts = st.sampled_from((MARK, "a\0b", "")) | st.sampled_from(TEXTS) | st.text(max_size=200)
headers = st.dictionaries(
    st.sampled_from(HEADERS),
    # No server lets NUL, CR or LF through, and WSGI gives every other byte as a character of Latin-1.
    st.text(st.characters(max_codepoint=255, exclude_characters="\0\r\n"), max_size=200),
    max_size=3,
)


@dataclass(frozen=True)
class Doors:
    """Every address of a simulator, and people who are logged in there."""

    app: Any
    addresses: list[tuple[str, str, str, str]]  # origin, method, path, the room of the view
    people: list[tuple[str, str]]  # cookie, token of a form
    client: str  # the credentials of an app


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def doors(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    seeded, folder = request.getfixturevalue(f"seeded_{request.param}"), tmp_path_factory.mktemp("doors")
    with seeding.fresh_runtime(seeded, folder, FrozenClock(NOON)) as runtime:
        house = World.of(runtime)
        addresses = [
            (origin, method, path_of(rule), rule.endpoint.partition(".")[0])
            for origin, app in house.origins().items()
            for rule, method, _ in routes(app)
            if rule.endpoint not in ENDS_A_SESSION  # the next examples would find nobody logged in
        ]
        people = [("", "")]
        for key in ("lin", "qiu"):
            browser = house.person(key)
            cookie = browser.http.get_cookie("mzt_8000")
            assert cookie
            people.append((f"mzt_8000={cookie.value}", browser.csrf))
        yield Doors(house.app, addresses, people, basic(client_secret(runtime.keyring, TRANSIT)))


@given(st.data(), headers)
@settings(max_examples=100, deadline=None)
def test_any_header_gets_a_calm_answer(doors: Doors, data: st.DataObject, headers: dict[str, str]) -> None:
    origin, method, path, _ = data.draw(st.sampled_from(doors.addresses))
    cookie, token = data.draw(st.sampled_from(doors.people))
    shot = _shot(origin, method, path, {"csrf_token": token})
    shot.headers |= {"Cookie": cookie} | headers
    assert judge(doors.app, shot).fault == ""


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_any_form_gets_a_calm_answer(doors: Doors, data: st.DataObject) -> None:
    with_fields = [address for address in doors.addresses if address[3] in FIELDS]
    origin, method, path, room = data.draw(st.sampled_from(with_fields))
    cookie, token = data.draw(st.sampled_from(doors.people))
    shot = _shot(origin, method, path, {"csrf_token": token} | data.draw(forms(room)))
    shot.headers["Cookie"] = cookie
    if room == "token":
        shot.headers["Authorization"] = doors.client
    assert judge(doors.app, shot).fault == ""


def forms(room: str) -> st.SearchStrategy[dict[str, str]]:
    """The fields that a room's views look at, all but a few as they should be."""
    good = {name: st.sampled_from(list(map(str, KNOWN[name]))) for name in FIELDS[room] if name in KNOWN}
    bad = st.dictionaries(st.sampled_from(FIELDS[room]), texts, max_size=3)
    return st.builds(operator.or_, st.fixed_dictionaries(good), bad)


def _shot(origin: str, method: str, path: str, form: dict[str, str]) -> Shot:
    shot, fields = Shot(method, origin, path.encode(), headers={"Origin": origin}), _encoded(form)
    if method == "GET":
        shot.query = fields
    else:
        shot.body, shot.headers["Content-Type"] = fields, FORM
    return shot


def _encoded(form: dict[str, str]) -> bytes:
    return urlencode(form, errors="surrogatepass").encode()
