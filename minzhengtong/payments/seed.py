"""The wallets of the demo people. Gives nobody money twice."""

from datetime import datetime

from sqlalchemy import Connection

from minzhengtong.payments.ledger import open_account, open_wallet
from minzhengtong.places.personas import load_personas


def seed_balances(conn: Connection, now: datetime) -> None:
    """Open the source and every persona's wallet. Safe to repeat; the caller commits."""
    open_account(conn, "source", "platform")
    for persona in load_personas().people:
        open_wallet(conn, now, persona.person_id, persona.balance_fen)
