"""The scanner desk: scans a code as any terminal would, and explains the result.

It opens its own transactions, because none may be open while a terminal's app is called.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from minzhengtong.access.authorize import ScopeNotGranted
from minzhengtong.base.digest import digest
from minzhengtong.bench.answer import DESK_ANSWER, DeskAnswer, Trial
from minzhengtong.bench.pictures import look_at
from minzhengtong.hosting.apps import HostedApps
from minzhengtong.hosting.ask import ask_handler, has_handler
from minzhengtong.idempotency import answers as idempotency
from minzhengtong.idempotency.models import idempotency_record
from minzhengtong.oidc.subjects import Subjects
from minzhengtong.registry.apps import app_by_id
from minzhengtong.registry.terminals import Terminal, TerminalUnknown, terminal_by_id
from minzhengtong.runtime import Runtime
from minzhengtong.scans.answer import SCAN_ANSWER, ScanAnswer, answer
from minzhengtong.scans.asked import scopes_needed
from minzhengtong.scans.reading import read_code
from minzhengtong.scans.scan import scan_code
from minzhengtong.scans.store import scan_by_id
from minzhengtong.wants.certificate_types import CERTIFICATE_TYPES
from minzhengtong.wants.wants import Want

CREATED = 201
MAX_CODE = 10_000
"""Longer than anything a QR code holds (7,089 digits)."""

_TERMINAL_ID = re.compile(r"[a-z0-9-]{1,63}")
_WANTS = TypeAdapter(list[Want] | None)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a tester shows to a terminal: a text, a picture of it, or the text that a camera read.

    With `wants` the terminal asks for these, and its app's handler is not called.
    """

    terminal_id: str
    code: str = ""
    picture: bytes | None = None
    from_camera: bool = False
    wants: list[Want] | None = None

    @property
    def digest(self) -> str:
        """Differs between two offers under the same key."""
        picture = sha256(self.picture).hexdigest() if self.picture is not None else ""
        return digest("\n".join((self.terminal_id, picture, repr(_WANTS.dump_json(self.wants)), self.code)))


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk of one process for one caller: a tester or a client. Each has its own idempotency keys.

    `language` is that of the terminals' screens: zh or en.
    """

    runtime: Runtime
    hosted: HostedApps
    caller_id: str
    language: str = "zh"

    @property
    def _owner(self) -> str:
        """The owner of this caller's idempotency keys; an app's client id has no colon."""
        return f"bench:{self.caller_id}"

    def scan_once(self, offer: Offer, key: str) -> DeskAnswer:
        """Scan what is offered; the same offer under the same key gets the first answer.

        Raises: TerminalUnknown and ScopeNotGranted, with nothing spent; IdempotencyKeyReused.
        """
        try:
            return self._kept(offer, key) or self._scan(offer, key)
        except IntegrityError:
            if kept := self._kept(offer, key):  # a concurrent call under the same key
                return kept
            raise

    def not_scanned(self, offer: Offer, problem: ScopeNotGranted) -> DeskAnswer:
        """The answer at a terminal that may not ask for this: every step was skipped."""
        with self.runtime.db.read() as conn:
            trial = Trial(terminal_by_id(conn, offer.terminal_id), "skipped")
        return trial.app_failed(problem.code, problem.expected, problem.received)

    def _kept(self, offer: Offer, key: str) -> DeskAnswer | None:
        with self.runtime.db.read() as conn:
            found = idempotency.find(conn, self._owner, key, offer.digest)
        return DESK_ANSWER.validate_json(found.body) if found else None

    def _scan(self, offer: Offer, key: str) -> DeskAnswer:
        if not _TERMINAL_ID.fullmatch(offer.terminal_id):
            raise TerminalUnknown("the id of a terminal in use", repr(offer.terminal_id[:60]))
        with self.runtime.db.read() as conn:
            terminal = terminal_by_id(conn, offer.terminal_id)
            app = app_by_id(conn, terminal.app_id)
        trial, code = Trial(terminal, "ok" if offer.from_camera else "skipped"), offer.code
        if offer.picture is not None:
            trial, seen = Trial(terminal, "ok"), look_at(offer.picture)
            if seen.text is None:
                return self._keep(offer, key, trial.unreadable(seen))
            code = seen.text
        if not app.is_active:
            down = trial.app_failed("app_down", "an active app behind the terminal", app.state_reason)
            return self._keep(offer, key, down)
        if offer.wants is None and has_handler(self.hosted, terminal):
            return self._keep(offer, key, self._asked(trial, code, key))
        return self._scanned(offer, key, trial, code)

    def _asked(self, trial: Trial, code: str, key: str) -> DeskAnswer:
        """Let the terminal's app scan and charge. The key is derived, so that a retry is the same scan."""
        own_key = "bench-" + digest(f"{self._owner}\n{key}")[:40]
        asked = ask_handler(self.runtime, self.hosted, trial.terminal, code, own_key, language=self.language)
        if asked.problem is not None:
            facts = asked.problem
            failed = trial.app_failed(facts["code"], facts["expected"], facts["received"])
            return trial.with_scan(failed, self._scan_of_app(trial.terminal.app_id, own_key))
        try:
            return trial.scanned(SCAN_ANSWER.validate_python(asked.scan), asked.screen)
        except ValidationError as error:
            return trial.app_failed("app_failed", "the scan that the app made", str(error.errors()[0]["msg"]))

    def _scan_of_app(self, app_id: str, key: str) -> ScanAnswer | None:
        """The scan that an app made before it failed: it may have spent the code and charged."""
        record = idempotency_record
        query = select(record.c.body).where(record.c.client_id == app_id, record.c.key == key)
        with self.runtime.db.read() as conn:
            body = conn.execute(query).scalar()
            if body is None:
                return None
            first = SCAN_ANSWER.validate_json(body)
            return answer(scan_by_id(conn, app_id, first.id), Subjects(self.runtime.keyring, app_id))

    def _scanned(self, offer: Offer, key: str, trial: Trial, code: str) -> DeskAnswer:
        """Scan for the terminal's app, within its scopes; the answer is kept in the same transaction."""
        terminal, now = trial.terminal, self.runtime.clock.now()
        wants = terminal.wants if offer.wants is None else offer.wants
        _check_scopes(terminal, wants)
        reading = read_code(self.runtime.keys(), now, code)
        with self.runtime.db.write() as conn:
            made = scan_code(conn, now, terminal, reading, wants, idempotency_key=key)
            said = answer(made, Subjects(self.runtime.keyring, terminal.app_id))
            return self._keep_in(conn, offer, key, trial.scanned(said))

    def _keep(self, offer: Offer, key: str, said: DeskAnswer) -> DeskAnswer:
        with self.runtime.db.write() as conn:
            return self._keep_in(conn, offer, key, said)

    def _keep_in(self, conn: Connection, offer: Offer, key: str, said: DeskAnswer) -> DeskAnswer:
        kept = idempotency.Answer(CREATED, DESK_ANSWER.dump_json(said).decode())
        now = self.runtime.clock.now()
        idempotency.keep(conn, now, self._owner, key, request_digest=offer.digest, answer=kept)
        return said


def askable(terminal: Terminal) -> list[str]:
    """The types of certificate whose holder's name a scan at this terminal may ask for."""
    return [type_id for type_id in CERTIFICATE_TYPES if "name" in terminal.claims_of(type_id)]


def _check_scopes(terminal: Terminal, wants: Sequence[Want]) -> None:
    granted = [entry.name for entry in terminal.operator_scopes]
    for scope in scopes_needed(terminal, wants):
        if scope not in granted:
            expected = f"{terminal.app_id} to have the scope {scope}"
            raise ScopeNotGranted(
                expected, " ".join(granted), "name it in mzt.operator_scopes of the manifest"
            )
