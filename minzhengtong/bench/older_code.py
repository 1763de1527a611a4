"""A code from before a freeze: a frozen holder's phone shows none, but somebody may have photographed one."""

from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.holder import holder_of
from minzhengtong.codes.issue import issue_code
from minzhengtong.demo.personas import Persona, load_personas
from minzhengtong.places.divisions import region_of
from minzhengtong.runtime import Runtime


def frozen_persona() -> Persona:
    """The demo person whose account the platform froze."""
    return next(person for person in load_personas().people if person.frozen)


def older_code(runtime: Runtime) -> str:
    """The text of a code of that person; nothing if the account is not frozen now, so it never passes."""
    person, keys = frozen_persona(), runtime.keys()
    scope = CodeScope(sum(CodeScope))
    with runtime.db.write() as conn:
        if not holder_of(conn, person.person_id).is_frozen:
            return ""
        now = runtime.clock.now()
        return issue_code(conn, now, keys, person.person_id, region_of(person.home), scope).text
