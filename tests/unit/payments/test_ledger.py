"""Charges, receipts and the summary of the ledger, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from minzhengtong.base.errors import InvalidInput, NotFound
from minzhengtong.db.database import Database
from minzhengtong.demo.payments import seed as seed_balances
from minzhengtong.demo.personas import load_personas
from minzhengtong.payments.ledger import (
    Charge,
    InsufficientBalance,
    Payment,
    balance_fen,
    charge,
    open_wallet,
)
from minzhengtong.payments.models import account, transfer
from minzhengtong.payments.receipts import payments_of_app, receipt
from minzhengtong.payments.summary import summary

pytestmark = pytest.mark.engines("sqlite", "postgresql")

ALL_FEN = sum(persona.balance_fen for persona in load_personas().people)


def of(payer: str, fen: int, **changes) -> Charge:
    values: dict = {
        "scan_id": "scan_1",
        "app_id": "example.fuzhou.transit",
        "terminal_id": "gate",
        "subject_en": None,
        "reason": None,
        "reason_en": None,
    }
    values |= {"payer_id": payer, "amount_fen": fen, "subject": "1 路公交", "idempotency_key": "k1"}
    return Charge(**(values | changes))


@pytest.fixture
def ledger(runtime):
    return runtime.db


def test_a_charge_moves_money_and_the_ledger_stays_zero_sum(ledger, now) -> None:
    with ledger.write() as conn:
        made = charge(conn, now, of("per_lin", 200))
    assert isinstance(made, Payment)
    with ledger.read() as conn:
        assert balance_fen(conn, "per_lin") == 50000 - 200
        proof = summary(conn)
    assert (proof.sum_fen, proof.faults, proof.unpaid_payments) == (0, (), 0)
    assert (proof.collectors_fen, proof.wallets_fen, proof.source_fen) == (200, ALL_FEN - 200, -ALL_FEN)
    assert (proof.payments, proof.transfers) == (1, 7)


@pytest.mark.parametrize("change", [{}, {"id": "another"}, {"payment_id": "pay_none", "id": "pay_none"}])
def test_the_database_refuses_a_second_transfer_and_one_without_payment(ledger, now, change) -> None:
    with ledger.write() as conn:
        made = charge(conn, now, of("per_lin", 200))
    with ledger.read() as conn:
        moved = conn.execute(select(transfer).where(transfer.c.payment_id.is_not(None))).mappings().one()
    assert isinstance(made, Payment)
    assert moved["id"] == moved["payment_id"] == made.id
    with pytest.raises(IntegrityError), ledger.write() as conn:
        conn.execute(insert(transfer).values({**moved, **change}))


def test_the_database_refuses_a_second_opening_balance(ledger, now) -> None:
    with ledger.write() as conn:
        opened = conn.execute(select(transfer).where(transfer.c.id == "opening:per_lin")).mappings().one()
        assert (opened["credit_account_id"], opened["payment_id"]) == ("wallet:per_lin", None)
    with pytest.raises(IntegrityError), ledger.write() as conn:
        conn.execute(insert(transfer).values(opened))


def test_a_charge_of_zero_is_a_payment_without_a_transfer(ledger, now) -> None:
    with ledger.write() as conn:
        made = charge(conn, now, of("per_wu", 0, reason="老年人优待证"))
    assert isinstance(made, Payment)
    with ledger.read() as conn:
        assert receipt(conn, made.id, payer_id="per_wu").reason == "老年人优待证"
        assert conn.execute(select(transfer).where(transfer.c.payment_id == made.id)).all() == []
        assert summary(conn).unpaid_payments == 0


def test_an_insufficient_balance_writes_nothing(ledger, now) -> None:
    with ledger.write() as conn:
        assert charge(conn, now, of("per_zheng", 8001)) == InsufficientBalance(8001)
        assert charge(conn, now, of("per_nobody", 1)) == InsufficientBalance(1)
        assert balance_fen(conn, "per_zheng") == 8000
        assert summary(conn).payments == 0
        assert isinstance(charge(conn, now, of("per_zheng", 8000)), Payment)


@pytest.mark.parametrize("fen", [-1, 100_000_001])
def test_an_invalid_amount_is_refused(ledger, now, fen) -> None:
    with ledger.write() as conn, pytest.raises(InvalidInput):
        charge(conn, now, of("per_lin", fen))


def test_the_last_fen_is_spent_once(ledger, now) -> None:
    def pay(_: int) -> object:
        own = Database(ledger.engine.url.render_as_string(hide_password=False))
        try:
            with own.write() as conn:
                return charge(conn, now, of("per_zheng", 1000))
        finally:
            own.dispose()

    with ThreadPoolExecutor(12) as pool:
        made = [answer for answer in pool.map(pay, range(12)) if isinstance(answer, Payment)]
    assert len(made) == 8
    with ledger.read() as conn:
        assert balance_fen(conn, "per_zheng") == 0
        proof = summary(conn)
    assert (proof.sum_fen, proof.faults, proof.collectors_fen) == (0, (), 8000)


def test_a_receipt_is_readable_by_payer_and_app_only(ledger, now) -> None:
    with ledger.write() as conn:
        made = charge(conn, now, of("per_lin", 200))
    assert isinstance(made, Payment)
    with ledger.read() as conn:
        mine = receipt(conn, made.id, payer_id="per_lin")
        assert mine.receipt_no == made.id[4:].upper()
        with pytest.raises(NotFound):
            receipt(conn, made.id, payer_id="per_chen")


def test_an_app_reads_its_payments_page_by_page(ledger, now) -> None:
    with ledger.write() as conn:
        made = [charge(conn, now + timedelta(seconds=i), of("per_lin", 100 + i)) for i in range(5)]
        charge(conn, now, of("per_lin", 1, app_id="example.fuzhou.clinic"))
    with ledger.read() as conn:
        first = payments_of_app(conn, "example.fuzhou.transit", before_id=None, limit=3)
        rest = payments_of_app(conn, "example.fuzhou.transit", before_id=first[-1].id, limit=3)
        assert first + rest == made[::-1]


def test_seeding_again_adds_no_money(ledger, now) -> None:
    with ledger.write() as conn:
        charge(conn, now, of("per_lin", 200))
        seed_balances(conn, now)
        assert balance_fen(conn, "per_lin") == 49800
        assert not open_wallet(conn, now, "per_lin", 1)


def test_the_summary_names_a_wallet_with_a_wrong_balance(ledger, now) -> None:
    with ledger.write() as conn:
        conn.execute(update(account).where(account.c.id == "wallet:per_wu").values(balance_fen=1))
        assert summary(conn).faults == ("wallet:per_wu",)
