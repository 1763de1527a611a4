"""The bare scan on SQLite: one Ed25519 verify, one insert that nobody can make twice, one commit."""

from datetime import UTC, datetime

from flask import Flask, Response, jsonify, request

from benchmarks.baselines.signed import NONCE, checked
from benchmarks.baselines.store import Store

TABLES = "CREATE TABLE used (nonce BLOB PRIMARY KEY, amount_fen INTEGER, at TEXT)"


def create_app(database: str) -> Flask:
    """The app, on a new SQLite file."""
    app, store = Flask(__name__), Store(database, TABLES)

    @app.post("/scans")
    def scan() -> tuple[Response, int]:
        body = request.get_json()
        message = checked(body["code"])
        row = (message[NONCE], body["amount_fen"], datetime.now(UTC).isoformat())
        store.write(("INSERT INTO used VALUES (?, ?, ?)", row))
        return jsonify(verdict="pass"), 201

    return app
