"""A whole login by persona over HTTP, two web processes, against a bare Flask flow of the same requests."""

import tempfile
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from benchmarks.baselines.login import CLIENT_SECRET, CLIENTS, PEOPLE, REDIRECT_URI
from benchmarks.compare import Row
from benchmarks.duel import Side, duel
from benchmarks.servers import Server, baseline, environment, our_server, prepared
from benchmarks.visitor import Party, Visit, visit
from minzhengtong.access import consent
from minzhengtong.demo.personas import load_personas
from minzhengtong.registration.client_secret import client_secret
from minzhengtong.registration.register import CALLBACK
from minzhengtong.runtime import Runtime

LOGINS = 240
BARE_LOGINS = 400
SLUGS = ("transit", "clinic")
SCOPE = "openid profile.name"
BARE = "bare Flask: the same requests"


def rows() -> list[Row]:
    """A login against the bare one, then a second app against the first."""
    with tempfile.TemporaryDirectory() as folder:
        facts = environment(Path(folder) / "var")
        runtime = prepared(facts)
        parties = consented(runtime)
        bare_party = Party(CLIENTS[0], CLIENT_SECRET, REDIRECT_URI, "openid")
        database = str(Path(folder) / "bare.db")
        with our_server(facts) as ours, baseline("login", database, runtime.settings) as bare:
            one = _side(ours, parties[:1], LOGINS)
            score = duel(one, _side(bare, (bare_party,), BARE_LOGINS, PEOPLE))
            both = duel(_side(ours, parties, LOGINS), one)
    second_ratio = both.rate_ratio / (1 - both.rate_ratio)  # of times taken in turns: of medians it flickers
    second = second_ratio * both.their_rate
    return [
        Row("login by persona", "/s", score.rate, BARE, score.their_rate, score.rate_ratio, ">= 0.45 x"),
        Row("login by persona: CPU", "ms", score.cpu_ms, BARE, score.their_cpu_ms, score.cpu_ratio, ""),
        Row("second app", "/s", second, "our first app", both.their_rate, second_ratio, ">= 1.5 x"),
    ]


def consented(runtime: Runtime) -> tuple[Party, ...]:
    """The hosted apps as parties, once every persona has consented to both."""
    parties = tuple(_party(runtime, slug) for slug in SLUGS)
    now = runtime.clock.now()
    with runtime.db.write() as conn:
        for persona in personas():
            for party in parties:
                consent.grant(conn, now, f"per_{persona}", party.client_id, ["profile.name"])
    runtime.db.dispose()
    return parties


def personas() -> tuple[str, ...]:
    """The keys of the personas who can log in."""
    return tuple(persona.key for persona in load_personas().people if persona.phone)


def visits(parties: tuple[Party, ...], count: int, people: tuple[str, ...] = ()) -> list[Visit]:
    """As many visits, the people taking turns."""
    return [Visit(person, parties) for person in islice(cycle(people or personas()), count)]


def _side(server: Server, parties: tuple[Party, ...], count: int, people: tuple[str, ...] = ()) -> Side:
    return Side(server, partial(visit, port=server.port), partial(visits, parties, count, people))


def _party(runtime: Runtime, slug: str) -> Party:
    client_id = f"example.fuzhou.{slug}"
    secret = client_secret(runtime.keyring, client_id)
    return Party(client_id, secret, runtime.settings.app_url(slug) + CALLBACK, SCOPE)
