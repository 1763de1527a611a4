"""Calls the API with what schemathesis makes of its document, fitting and spoiled; it judges the answers too.

What no document describes is not here: misspelled JSON, broken pictures, bent headers, pages (see `hostile`).
Its tests are built as its pytest plug-in builds them, without the plug-in: `from_fixture` sets an attribute
that nodes of pytest 9.2 lack. Its engine parses code in threads; CPython 3.11.7 answers with SystemError.
"""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any, Literal

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.core.result import Err
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test

from minzhengtong.bench.client import CLIENT_ID, SCOPE
from minzhengtong.oidc.tokens import issue_token
from tests.faults.hostile import SLOW_SECONDS
from tests.world.facts import DESK, PLATFORM
from tests.world.world import World

Way = Literal["bearer", "session"]
WAYS: tuple[Way, ...] = ("bearer", "session")
FORM_TOKEN = "X-CSRFToken"
PHASES = [HypothesisTestMode.COVERAGE, HypothesisTestMode.FUZZING]


class Documented:
    """Programs with tokens, or people with sessions, at every operation that lets them in that way.

    All checks of schemathesis hold: each answer's status, type and schema; no 5xx; none slow; what fits is
    taken, or refused for what it means (401, 403, 404, 409); what does not fit is refused; methods that are
    not listed are 405; no token and a wrong one are 401.
    """

    def __init__(self, house: World, way: Way, *, seed: int = 1) -> None:
        self.answers: Counter[tuple[str, str, int]] = Counter()
        """How often an operation answered a status, by what it was sent: `positive` or `negative`."""
        self._house, self._way, self._seed = house, way, seed
        self._desk = self._house.terminal("clinic")
        self._numbers = count(1)
        config = schemathesis.Config.from_dict({"seed": seed, "checks": {"max_response_time": SLOW_SECONDS}})
        self._document = schemathesis.openapi.from_wsgi(
            "/api/openapi.json", house.app, config=config, base_url=PLATFORM
        )
        self._let_in(self._credentials())

    def operations(self) -> Iterator[schemathesis.APIOperation]:
        """Those that are entered this way; those that anybody enters count as entered by token."""
        for found in self._document.get_all_operations():
            if isinstance(found, Err):
                raise found.err()
            operation = found.ok()
            ways = {name for one in operation.definition.raw["security"] for name in one}
            if self._way in (ways or {"bearer"}):
                yield operation

    def call(self, operation: schemathesis.APIOperation, examples: int) -> None:
        """Every edge of the operation's schemas, then `examples` at random. Raises: FailureGroup."""
        limits = settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],  # no shrinking: the first call changed the database
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        )
        config = HypothesisTestConfig(self._document.config, PHASES, settings=limits, seed=self._seed)
        create_test(operation=operation, test_func=self._call, config=config)()

    def _call(self, case: schemathesis.Case) -> None:
        fits = case.meta is not None and case.meta.generation.mode.is_positive
        if fits:
            self._fill_in(case)
        answer = case.call_and_validate(base_url=PLATFORM)
        self.answers[case.operation.label, "positive" if fits else "negative", answer.status_code] += 1

    def _fill_in(self, case: schemathesis.Case) -> None:
        """Say what no schema can: what exists here, what is used up, what fits together, one spelling."""
        if case.path_parameters and "scan_id" in case.path_parameters:
            case.path_parameters["scan_id"] = self._open_scan()
        if key := case.headers.get("Idempotency-Key"):  # one used before would get its first answer, or 422
            case.headers["Idempotency-Key"] = f"{next(self._numbers)}-{key}"[:255].rstrip()
        if not isinstance(case.body, dict) or case.media_type != "application/json":
            return
        body: dict[str, Any] = json.loads(json.dumps(case.body), parse_float=_integer)
        if "terminal_id" in body:
            body["terminal_id"] = DESK
        if isinstance(body.get("code"), str):
            body["code"] = self._house.show().text
        if body.get("wants"):  # a schema can say that no two are equal, not that no two are of one type
            body["wants"] = list({(want["kind"], want.get("type")): want for want in body["wants"]}.values())
        case.body = body

    def _open_scan(self) -> str:
        made = self._desk.scan(self._house.show().digits, at=DESK).json
        assert made
        return str(made["id"])

    def _credentials(self) -> dict[str, dict[str, str]]:
        """What opens the operations under a prefix, as headers and, in `Cookie`, the session."""
        if self._way == "session":
            return {"/api/v1/bench": self._log_in("qiu"), "/api/v1/ledger": self._log_in("lu")}
        with self._house.runtime.db.write() as conn:
            now = self._house.runtime.clock.now()
            bench = _bearer(issue_token(conn, now, CLIENT_ID, f"{SCOPE} ledger.read"))
        return {"/api/v1/bench": bench, "/api/v1/ledger": bench, "/api": _bearer(self._desk.token)}

    def _log_in(self, person: str) -> dict[str, str]:
        browser = self._house.person(person)
        cookie = browser.http.get_cookie(self._house.platform.config["SESSION_COOKIE_NAME"])
        assert cookie
        return {"Cookie": cookie.value, FORM_TOKEN: browser.csrf}

    def _let_in(self, credentials: dict[str, dict[str, str]]) -> None:
        cookie_name = self._house.platform.config["SESSION_COOKIE_NAME"]

        @self._document.auth(refresh_interval=None)
        class Credentials:
            def get(self, case: schemathesis.Case, _: schemathesis.AuthContext) -> dict[str, str]:
                return next(held for prefix, held in credentials.items() if case.path.startswith(prefix))

            def set(self, case: schemathesis.Case, data: dict[str, str], _: schemathesis.AuthContext) -> None:
                headers = dict(data)
                if session := headers.pop("Cookie", ""):
                    case.cookies[cookie_name] = session
                case.headers.update(headers)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _integer(text: str) -> int:
    return int(float(text))  # 1.0 is an integer to JSON Schema; here every number has one spelling
