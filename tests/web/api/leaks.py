"""Records what leaves the simulator, and searches it for what names a person: numbers, emails, subjects."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flask import Response, request

from minzhengtong.demo.personas import load_personas
from minzhengtong.oidc.subjects import Subjects, username_of
from minzhengtong.oidc.tokens import find_token
from minzhengtong.places.divisions import lineage
from minzhengtong.run.backup import rows
from minzhengtong.web.kit.guards import citizen
from tests.world.world import World

APPS = ("example.fuzhou.transit", "example.fuzhou.clinic")
NUMBER, PHONE, EMAIL, ADDRESS = "ID number", "phone", "email", "address"
_TOKEN = re.compile(r"eyJ[\w-]+\.([\w-]+)\.[\w-]+")


@dataclass(frozen=True)
class Seen:
    """A name of a person at a place: what it is (NUMBER …, or the app of a subject), whose, and where."""

    kind: str
    person: str
    place: str
    reader: str


@dataclass
class Watch:
    """Every answer of the platform and of its apps, and every event to an app, from now on."""

    house: World
    seen: set[Seen] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._names = dict(_names(self.house))
        for origin, app in self.house.origins().items():
            app.after_request(self._answer_of(origin, is_platform=app is self.house.platform))

    def search(self, text: str, place: str, reader: str = "") -> None:
        """Note every name in a text, also in the claims of a JWT."""
        text += "".join(_claims(part) for part in _TOKEN.findall(text))
        self.seen |= {
            Seen(kind, who, place, reader) for name, (kind, who) in self._names.items() if name in text
        }

    def search_tables(self) -> None:
        """Search every row; its reader is the app that the row says it is for."""
        with self.house.runtime.db.snapshot() as conn:
            for table in rows.tables(conn):
                for line in rows.lines(conn, table):
                    row = json.loads(line)
                    text = json.dumps(row, ensure_ascii=False).replace('\\"', '"')
                    self.search(text, f"table {table.name}", str(row.get("client_id")))

    def search_stores(self) -> None:
        """Search the records that the apps keep themselves."""
        for path in Path(self.house.runtime.settings.var_dir).rglob("*"):
            if path.is_file() and "apps" in path.parts:
                self.search(path.read_bytes().decode("latin-1"), f"store {path.stem}")

    def _answer_of(self, origin: str, *, is_platform: bool):
        def record(answer: Response) -> Response:
            answer.direct_passthrough = False
            place = request.path if is_platform else origin
            text = " ".join((answer.get_data(as_text=True), *answer.headers.values()))
            self.search(text, place, self._reader() if is_platform else "")
            if not is_platform:
                sent = " ".join((request.get_data(as_text=True), *request.form.values()))
                self.search(sent, f"event {origin}")
            return answer

        return record

    def _reader(self) -> str:
        """The client or the person that an answer of the platform is for."""
        raw = request.headers.get("Authorization", "")
        if request.authorization and request.authorization.username:
            return request.authorization.username
        if raw.startswith("Bearer "):
            with self.house.runtime.db.read() as conn:
                token = find_token(conn, self.house.runtime.clock.now(), raw[7:])
            return token.client_id if token else ""
        person = citizen()
        return person.persona or "" if person else ""


def _names(house: World) -> Iterator[tuple[str, tuple[str, str]]]:
    for persona in load_personas().people:
        yield persona.id_number, (NUMBER, persona.key)
        if persona.phone:
            yield persona.phone, (PHONE, persona.key)
        if persona.email:
            yield persona.email, (EMAIL, persona.key)
        for app in APPS:
            sub = Subjects(house.runtime.keyring, app).person(persona.person_id)
            yield sub, (app, persona.key)
            yield username_of(sub), (app, persona.key)
    for persona in load_personas().people[:2]:  # others share their homes
        yield "".join(place.name for place in lineage(persona.home)), (ADDRESS, persona.key)


def _claims(part: str) -> str:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "replace")
