"""Synthetic citizens with full wallets, and the codes that their phones show: what a benchmark scans."""

from datetime import date

from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.holder import open_holder
from minzhengtong.codes.issue import issue_code
from minzhengtong.identity.people import Person, add_person
from minzhengtong.oidc.tokens import issue_token
from minzhengtong.payments.ledger import open_wallet
from minzhengtong.runtime import Runtime
from minzhengtong.standards.id_number import make_id_number

REGION = "350100"
TERMINAL = "fuzhou-bus-1-gate"
APP = "example.fuzhou.transit"
APP_SCOPES = "code.verify:transit cert.verify:senior-card pay.collect"
WALLET_FEN = 10_000_000
_BORN_YEARS = range(1950, 2000)
_SEQUENCES = range(500, 999)  # clear of the demo's people


def add_people(runtime: Runtime, count: int) -> list[str]:
    """Add citizens who have a wallet and show codes; return their ids. Ten thousand at most."""
    now = runtime.clock.now()
    people = [_person(number) for number in range(count)]
    with runtime.db.write() as conn:
        for person in people:
            add_person(conn, now, person, password_hash=None)
            open_wallet(conn, now, person.id, WALLET_FEN)
            open_holder(conn, person.id)
    return [person.id for person in people]


def show_codes(runtime: Runtime, people: list[str]) -> list[str]:
    """The text of one new code of each person; an older code is refused once a newer one was used."""
    now = runtime.clock.now()
    with runtime.db.write() as conn:
        keys = runtime.keyring.current(conn)
        codes = [issue_code(conn, now, keys, person, REGION, CodeScope.PAY).text for person in people]
    runtime.db.dispose()  # clients are forked after this
    return codes


def app_token(runtime: Runtime) -> str:
    """A token of the bus company's own, good for fifteen minutes."""
    with runtime.db.write() as conn:
        return issue_token(conn, runtime.clock.now(), APP, APP_SCOPES)


def _person(number: int) -> Person:
    years = len(_BORN_YEARS)
    born = date(_BORN_YEARS[number % years], 1, 1)
    sequence = f"{_SEQUENCES[number // years]:03}"
    return Person(
        id=f"per_bench{number:05}",
        persona=None,
        name=f"测试 {number}",
        name_en=f"Bench {number}",
        id_number=make_id_number(born, sequence),
        phone=None,
        born=born,
        sex=("F", "M")[int(sequence[2]) % 2],
        home=REGION,
        level=2,
        roles=frozenset(),
    )
