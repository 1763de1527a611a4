"""The wallets of the demo people. Gives nobody money twice."""

from datetime import datetime

from sqlalchemy import Connection

from minzhengtong.demo.personas import load_personas
from minzhengtong.payments.ledger import open_account, open_wallet


def seed_balances(conn: Connection, now: datetime) -> None:
    """Open the source and every persona's wallet. Safe to repeat; the caller commits."""
    open_account(conn, "source", "platform")
    for persona in load_personas().people:
        open_wallet(conn, now, persona.person_id, persona.balance_fen)
