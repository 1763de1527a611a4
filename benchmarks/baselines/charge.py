"""The bare charge on PostgreSQL: one Ed25519 verify and six statements, the last of them the commit."""

import threading
from datetime import UTC, datetime

import psycopg
from flask import Flask, Response, jsonify, request

from benchmarks.baselines.signed import NONCE, checked

WALLETS = 1000


def create_app(database: str) -> Flask:
    """The app, in an empty PostgreSQL database."""
    app, local = Flask(__name__), threading.local()
    with psycopg.connect(database) as conn:
        conn.execute("CREATE TABLE used (nonce bytea PRIMARY KEY, at timestamptz NOT NULL)")
        conn.execute("CREATE TABLE account (id integer PRIMARY KEY, fen bigint NOT NULL CHECK (fen >= 0))")
        conn.execute(
            "CREATE TABLE entry (id bigserial PRIMARY KEY, account integer NOT NULL REFERENCES account,"
            " fen bigint NOT NULL, at timestamptz NOT NULL)"
        )
        conn.execute("INSERT INTO account SELECT n, 1000000000 FROM generate_series(0, %s) n", (WALLETS,))

    def connection() -> psycopg.Connection:
        if not hasattr(local, "conn"):
            local.conn = psycopg.connect(database)
        return local.conn  # type: ignore[no-any-return]

    @app.post("/scans")
    def charge() -> tuple[Response, int]:
        body = request.get_json()
        message, conn, now = checked(body["code"]), connection(), datetime.now(UTC)
        fen, wallet = body["amount_fen"], 1 + int.from_bytes(message[:4]) % WALLETS
        conn.execute("INSERT INTO used VALUES (%s, %s)", (message[NONCE], now))
        conn.execute("UPDATE account SET fen = fen - %s WHERE id = %s AND fen >= %s", (fen, wallet, fen))
        conn.execute("UPDATE account SET fen = fen + %s WHERE id = 0", (fen,))
        conn.execute("INSERT INTO entry (account, fen, at) VALUES (%s, %s, %s)", (wallet, -fen, now))
        conn.execute("INSERT INTO entry (account, fen, at) VALUES (0, %s, %s)", (fen, now))
        conn.commit()
        return jsonify(verdict="pass"), 201

    return app
