"""The wallets of the demo people. A wallet that exists gets no more money."""

from datetime import datetime

from sqlalchemy import Connection

from minzhengtong.demo.personas import load_personas
from minzhengtong.payments.ledger import open_account, open_wallet

AFTER = ("identity",)


def seed(conn: Connection, now: datetime) -> None:
    """Open the source and every persona's wallet. Safe to repeat; the caller commits."""
    open_account(conn, "source", "platform")
    for persona in load_personas().people:
        open_wallet(conn, now, persona.person_id, persona.balance_fen)
