"""Shoots at every route, as everybody, what no OpenAPI document describes, and judges the answers.

Pages, forms and OIDC endpoints; of the API only what is spelled wrongly: the rest is done by `documented`.
"""

import json
import random
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote_from_bytes

from werkzeug.routing import Rule
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from minzhengtong.bench.client import CLIENT_ID, SCOPE
from minzhengtong.codes.draw import draw_png
from minzhengtong.oidc.tokens import issue_token
from minzhengtong.registration.client_secret import client_secret
from tests.faults.samples import Samples
from tests.faults.shots import BEGINS_A_SESSION, ENDS_A_SESSION, FIELDS, FORM, HEADERS, JSON, KNOWN, Shot
from tests.faults.wire import basic
from tests.world.facts import DESK, FARE, INSURED, PLATFORM
from tests.world.routes import routes
from tests.world.world import World

SLOW_SECONDS = 3.0
PEOPLE = ("", "lin", "qiu", "lu")


class Hostile:
    """Callers of every kind against one simulator; the same seed shoots the same."""

    def __init__(self, house: World, seed: int) -> None:
        self.house, self.chance = house, random.Random(seed)
        self.known = dict(KNOWN)
        self.samples = Samples(self.chance)
        self.let_in: Counter[str] = Counter()
        """Pages, forms and calls that need a session or a token, and were answered as asked."""
        self.faults: list[str] = []
        self.slowest = 0.0
        self._routes = [(origin, *route) for origin, app in house.origins().items() for route in routes(app)]
        self._cookies: dict[str, tuple[str, str]] = {}
        self._desk = house.terminal("clinic")
        with house.runtime.db.write() as conn:
            self._bench = issue_token(conn, house.runtime.clock.now(), CLIENT_ID, f"{SCOPE} ledger.read")

    def shoot(self, count: int) -> None:
        """Shoot and judge; `faults` then has each bad answer with its request."""
        for number in range(count):
            if number % 500 == 0:
                self._log_in(*PEOPLE)
                self._show_codes()
            origin, rule, method, view = self.chance.choice(self._routes)
            at_api = origin == PLATFORM and rule.rule.startswith("/api/")
            shot = self._bent((self._at_api if at_api else self._at_page)(origin, rule, method))
            self._judge(shot, getattr(view, "guard", "public"))
            if rule.endpoint in ENDS_A_SESSION | BEGINS_A_SESSION:
                self._log_in(shot.who)

    def _log_in(self, *people: str) -> None:
        for key in filter(None, people):
            browser = self.house.person(key)
            cookie = browser.http.get_cookie("mzt_8000")
            assert cookie
            self._cookies[key] = (f"mzt_8000={cookie.value}", browser.csrf)

    def _show_codes(self) -> None:
        scan = self._desk.scan(self.house.show().digits, at=DESK).json
        assert scan
        code = self.house.show()
        self.known |= {"scan_id": (scan["id"],), "code": (code.text, code.digits)}

    def _at_api(self, origin: str, rule: Rule, method: str) -> Shot:
        shot = Shot(method, origin, self._path(rule))
        token = self._bench if "/bench/" in rule.rule or "/ledger/" in rule.rule else self._desk.token
        shot.headers = {
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": f"k{self.chance.getrandbits(60)}",
        }
        if method == "GET":
            names = FIELDS.get(rule.endpoint.partition(".")[0], ())
            shot.query = self._encoded({name: self.samples.text() for name in names})
        elif rule.endpoint == "api_bench.read_picture":
            shot.body, shot.headers["Content-Type"] = self._picture()
        else:
            body = {"code": self.known["code"][0], "terminal_id": DESK, "wants": [INSURED, FARE]}
            shot.body, shot.headers["Content-Type"] = self.samples.misspelled(json.dumps(body).encode()), JSON
        return shot

    def _picture(self) -> tuple[bytes, str]:
        picture = self._broken(draw_png(self.known["code"][0]))
        if self.chance.random() < 0.5:
            return picture, "image/png"
        head = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n'
        return head + picture + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"

    def _at_page(self, origin: str, rule: Rule, method: str) -> Shot:
        name = rule.endpoint.partition(".")[0]
        who = self.chance.choice(PEOPLE)
        cookie, token = self._cookies.get(who, ("", ""))
        fields = {
            one: str(self.chance.choice(self.known.get(one, ("x",))))
            for one in FIELDS.get(name, ())
            if self.chance.random() < 0.8
        }
        shot = Shot(method, origin, self._path(rule), who=who, headers={"Cookie": cookie, "Origin": origin})
        if name == "token":
            secret = client_secret(self.house.runtime.keyring, "example.fuzhou.transit")
            shot.headers["Authorization"] = basic(secret)
        elif method != "GET":
            fields["csrf_token"] = token
        if self.chance.random() < 0.5:
            fields = self._spoiled_fields(fields)
        if method == "GET":
            shot.query = self._encoded(fields)
        else:
            shot.body, shot.headers["Content-Type"] = self._encoded(fields), FORM
        return shot

    def _path(self, rule: Rule) -> bytes:
        path = rule.rule
        for name in rule.arguments:
            value = self.chance.choice((*self.known.get(name, ("nothing",)), self.samples.text()))
            path = path.replace(f"<path:{name}>", f"<{name}>").replace(f"<{name}>", str(value))
        return path.encode("utf-8", "surrogatepass")

    def _spoiled_fields(self, fields: dict[str, str]) -> dict[str, str]:
        change = self.chance.random()
        name = self.chance.choice(sorted(fields) or ["x"])
        if change < 0.6:
            return fields | {name: self.samples.text()}
        if change < 0.8:
            return {one: text for one, text in fields.items() if one != name}
        return fields | {f"{name}[a][b]": "1", self.samples.text(): "x"}

    def _encoded(self, fields: dict[str, str]) -> bytes:
        pairs = [
            (name.encode("utf-8", "surrogatepass"), text.encode("utf-8", "surrogatepass"))
            for name, text in fields.items()
        ]
        data = "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(text)}" for name, text in pairs).encode()
        change = self.chance.random()
        if change < 0.05:
            return data + b"&" + data
        if change < 0.1:
            return data + b"&%ff=%fe&%00=%00&=&&&%zz"
        if change < 0.12:
            return data + b"&a=" + b"b" * 70_000
        if change < 0.14:
            return data + b"&".join(b"a%d=1" % number for number in range(1200))
        return data

    def _bent(self, shot: Shot) -> Shot:
        """Spoil something about the request itself, now and then."""
        change = self.chance.random()
        if change < 0.15:
            name = self.chance.choice(HEADERS)
            text = self.samples.text().encode("utf-8", "surrogatepass").decode("latin-1")
            shot.headers[name] = text.replace("\r", "").replace("\n", "").replace("\x00", "")
        elif change < 0.2:
            shot.headers["Content-Type"] = self.chance.choice(
                (
                    "text/plain",
                    "application/xml",
                    JSON,
                    FORM,
                    "multipart/form-data",
                    "multipart/form-data; boundary=" + "x" * 300,
                    "",
                )
            )
        elif change < 0.25:
            shot.body = bytes(self.chance.randrange(256) for _ in range(80))
        elif change < 0.28:
            shot.method = self.chance.choice(
                ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "X")
            )
        elif change < 0.31:
            shot.path += self.chance.choice(
                (b"/", b"//", b"\xff", b"%00", b"\x00", b"/../..", b";a=b", b"\\")
            )
        elif change < 0.33:
            shot.headers["Accept"] = self.chance.choice(
                ("text/html", JSON, "application/problem+json", "*/*", "image/png")
            )
        return shot

    def _broken(self, picture: bytes) -> bytes:
        place = self.chance.randrange(len(picture))
        return self.chance.choice(
            (
                picture[:place],
                picture[:place] + bytes([self.chance.randrange(256)]) + picture[place + 1 :],
                b"\xff\xd8\xff" + picture,
                b"GIF89a" + picture,
                b"",
                b64encode(picture),
            )
        )

    def _judge(self, shot: Shot, guard: str) -> None:
        judged = judge(self.house.app, shot)
        self.slowest = max(self.slowest, judged.seconds)
        self.faults += [judged.fault] if judged.fault else []
        if guard != "public" and judged.status in (200, 201, 303):
            self.let_in["call" if guard == "bearer" else "page" if shot.method == "GET" else "form"] += 1


class Judged(NamedTuple):
    """The status of an answer, its seconds, and what is bad about it: nothing if the text is empty."""

    status: int
    seconds: float
    fault: str


def judge(app: Any, shot: Shot) -> Judged:
    """Send a shot and check its answer."""
    began = time.monotonic()
    answer = Response(*run_wsgi_app(app, shot.environ(), buffered=True))
    seconds = time.monotonic() - began
    faults = [name for name, bad in CHECKS.items() if bad(shot, answer)]
    faults += [f"{seconds:.1f} s"] if seconds >= SLOW_SECONDS else []
    told = f"{faults[0]}: {answer.status} {answer.get_data()[:600]!r} to {shot}" if faults else ""
    return Judged(answer.status_code, seconds, told)


def _is_api(shot: Shot) -> bool:
    return shot.path.startswith(b"/api/") and shot.origin == PLATFORM


CHECKS: dict[str, Callable[[Shot, Response], bool]] = {
    "our own mistake": lambda shot, answer: answer.status_code >= 500,
    "a problem that is none": lambda shot, answer: (
        _is_api(shot)
        and answer.status_code >= 400
        and shot.method != "HEAD"
        and (
            answer.mimetype != "application/problem+json"
            or json.loads(answer.get_data())["status"] != answer.status_code
        )
    ),
    "markup came back": lambda shot, answer: (
        answer.mimetype == "text/html" and b"<script>x9q" in answer.get_data()
    ),
    "a template was evaluated": lambda shot, answer: b"60493815061729" in answer.get_data(),
    "a header came back": lambda shot, answer: "a=b" in answer.headers.getlist("Set-Cookie"),
    "a trace": lambda shot, answer: b"Traceback (most" in answer.get_data(),
}
