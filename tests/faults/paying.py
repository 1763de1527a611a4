"""Payments while faults happen; afterwards what was acknowledged is held against the books."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Barrier, Lock, Thread
from typing import TypeVar

from sqlalchemy import select

from minzhengtong.audit.seal import verify_chain
from minzhengtong.demo.personas import load_personas
from minzhengtong.payments.ledger import balance_fen
from minzhengtong.payments.models import payment
from minzhengtong.payments.summary import summary
from minzhengtong.registration.client_secret import client_secret
from minzhengtong.runtime import Runtime
from tests.faults.cluster import Cluster, kill
from tests.faults.wire import TRANSIT, Answer, Gate, Lost, Phone, fare

PAYERS = ("lin", "chen", "huang", "xu", "zheng")
FEN = (1, 2, 3)
AGAIN_SECONDS = 30
REPLAYS = 500

T = TypeVar("T")
Fault = Callable[[Cluster, "Books"], None]


@dataclass
class Books:
    """What the terminals were told, and how long each restart took."""

    told: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    """Request and answer by key."""
    asked_again: int = 0
    restarts: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    logged_in: Barrier = field(default_factory=lambda: Barrier(len(PAYERS) + 1, timeout=AGAIN_SECONDS))


def pay_while(running: Cluster, faults: Sequence[Fault], *, payments: int, seed: int) -> Books:
    """Make payments by five people at once while the faults happen one after the other at random moments."""
    books, chance = Books(), random.Random(seed)
    runtime = running.open_runtime()
    secret = client_secret(runtime.keyring, TRANSIT)
    payers = [Thread(target=_noting, args=(books, _pay, running, who, payments, secret)) for who in PAYERS]
    for payer in payers:
        payer.start()
    books.logged_in.wait()
    moments = sorted(chance.sample(range(payments // 20, payments), len(faults)))
    for moment, fault in zip(moments, faults, strict=True):
        while len(books.told) < moment and any(payer.is_alive() for payer in payers):
            time.sleep(0.002)
        time.sleep(chance.random() / 50)
        fault(running, books)
    for payer in payers:
        payer.join()
    check(running, runtime, books)
    runtime.db.dispose()
    return books


def power_cut(running: Cluster, books: Books) -> None:
    """Kill every process at once, and start again."""
    running.cut_power()
    books.restarts.append(running.start_timed())


def crash(running: Cluster, books: Books) -> None:
    """Kill one web process; the supervisor forks another."""
    kill(running.web_processes[-1])


def check(running: Cluster, runtime: Runtime, books: Books) -> None:
    """Hold what was told against what is written. Raises: AssertionError."""
    assert not books.faults, books.faults
    with Gate(running.port, client_secret(runtime.keyring, TRANSIT)) as gate:
        for key in random.Random(0).sample(sorted(books.told), min(REPLAYS, len(books.told))):
            body, first = books.told[key]
            assert gate.scan(body, key).body == first, f"{key} was answered otherwise the second time"
    told = {key: json.loads(first) for key, (_, first) in books.told.items()}
    paid = {key: said["payment"] for key, said in told.items() if said["payment"]}
    with runtime.db.snapshot() as conn:
        rows = conn.execute(select(payment)).all()
        written = {row.idempotency_key: (row.id, row.amount_fen, row.scan_id) for row in rows}
        assert len(written) == len(rows), "a key was charged twice"
        assert written == {
            key: (made["id"], made["amount_fen"], told[key]["id"]) for key, made in paid.items()
        }
        proof = summary(conn)
        assert (proof.sum_fen, proof.unpaid_payments, proof.faults) == (0, 0, ())
        assert verify_chain(conn).fault == ""
        for person in filter(lambda one: one.key in PAYERS, load_personas().people):
            spent = sum(row.amount_fen for row in rows if row.payer_id == person.person_id)
            assert balance_fen(conn, person.person_id) == person.balance_fen - spent


def _pay(books: Books, running: Cluster, who: str, payments: int, secret: str) -> None:
    chance = random.Random(who)
    with Phone(running.port, who) as phone, Gate(running.port, secret) as gate:
        books.logged_in.wait()
        while len(books.told) < payments:
            code = _insist(phone.fresh_code, books)
            key, body = f"{who}-{chance.getrandbits(64):x}", fare(code, chance.choice(FEN))
            answer = _insist(partial(_scan, gate, body, key), books)
            with books.lock:
                books.told[key] = (body, answer.body)


def _scan(gate: Gate, body: bytes, key: str) -> Answer:
    answer = gate.scan(body, key)
    if answer.status == 503:
        raise Lost("503")
    assert answer.status == 201, answer.text
    return answer


def _insist(ask: Callable[[], T], books: Books) -> T:
    """Ask the very same until there is an answer."""
    deadline = time.monotonic() + AGAIN_SECONDS
    while True:
        try:
            return ask()
        except Lost as lost:
            if time.monotonic() > deadline:
                raise AssertionError("no answer after a kill") from lost
            with books.lock:
                books.asked_again += 1
            time.sleep(0.02)


def _noting(books: Books, work: Callable[..., None], *args: object) -> None:
    """Note why a payer gave up: an exception in a thread would go unseen."""
    try:
        work(books, *args)
    except (AssertionError, Lost, KeyError, ValueError) as error:
        books.faults.append(repr(error))
