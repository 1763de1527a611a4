"""The bare login: authorize, login page, login, code for token, userinfo; SQLite, ES256, three commits.

It checks what makes a login a login (client, browser, one use of the code, the client's secret) and
nothing else of what the standards ask for. Paths and parameters are those of our own provider.
"""

import secrets
import time
from base64 import b64decode
from hashlib import sha256
from typing import Any

from flask import Blueprint, Flask, Response, abort, g, jsonify, redirect, render_template, request, session
from jinja2 import DictLoader
from joserfc import jwt
from joserfc.jwk import ECKey

from benchmarks.baselines.store import Statement, Store

CLIENT_SECRET = "bare"  # noqa: S105
CLIENTS = ("one", "two")
REDIRECT_URI = "http://client.example/callback"
PEOPLE = tuple(f"person-{number}" for number in range(30))
PAGE = """<!doctype html><title>Log in</title><form method="post" action="/login/persona">
<input type="hidden" name="csrf_token" value="{{ session.csrf }}">
<input type="hidden" name="interaction" value="{{ interaction }}">
{% for person in people %}<button name="persona" value="{{ person }}">{{ person }}</button>
{% endfor %}</form>"""
TABLES = """
CREATE TABLE interaction (id TEXT PRIMARY KEY, client TEXT, redirect_uri TEXT, nonce TEXT, browser TEXT);
CREATE TABLE login (id TEXT PRIMARY KEY, person TEXT, at REAL);
CREATE TABLE code (id TEXT PRIMARY KEY, client TEXT, person TEXT, nonce TEXT, used INTEGER DEFAULT 0);
CREATE TABLE token (id TEXT PRIMARY KEY, person TEXT, expires REAL);
"""
KEY = ECKey.generate_key("P-256")

flow = Blueprint("flow", __name__)


def create_app(database: str) -> Flask:
    """The app, on a new SQLite file."""
    app, store = Flask(__name__), Store(database, TABLES)
    app.secret_key = secrets.token_bytes(32)
    app.jinja_loader = DictLoader({"login.html": PAGE})
    app.before_request(lambda: setattr(g, "store", store))
    app.register_blueprint(flow)
    return app


@flow.get("/oauth/authorize")
def authorize() -> Response:
    asked = request.args
    if asked["client_id"] not in CLIENTS or asked["redirect_uri"] != REDIRECT_URI:
        abort(400)
    if "login" in session:
        person = g.store.one("SELECT person FROM login WHERE id = ?", _digest(session["login"]))[0]
        return _with_code(asked["client_id"], person, asked["nonce"])
    interaction, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session["browser"], session["csrf"] = browser, secrets.token_urlsafe(16)
    row = (_digest(interaction), asked["client_id"], asked["redirect_uri"], asked["nonce"], _digest(browser))
    g.store.write(("INSERT INTO interaction VALUES (?, ?, ?, ?, ?)", row))
    return redirect(f"/login?interaction={interaction}", 303)  # type: ignore[return-value]


@flow.get("/login")
def login() -> str:
    interaction = request.args["interaction"]
    g.store.one("SELECT 1 FROM interaction WHERE id = ?", _digest(interaction))
    return render_template("login.html", interaction=interaction, people=PEOPLE)


@flow.post("/login/persona")
def enter() -> Response:
    form, query = request.form, "SELECT client, nonce FROM interaction WHERE id = ? AND browser = ?"
    if form["csrf_token"] != session["csrf"] or form["persona"] not in PEOPLE:
        abort(400)
    waiting = _digest(form["interaction"])
    client, nonce = g.store.one(query, waiting, _digest(session["browser"]))
    session["login"] = secrets.token_urlsafe(32)
    row = (_digest(session["login"]), form["persona"], time.time())
    done = ("DELETE FROM interaction WHERE id = ?", (waiting,))
    return _with_code(client, form["persona"], nonce, done, ("INSERT INTO login VALUES (?, ?, ?)", row))


@flow.post("/oauth/token")
def token() -> Response:
    client, _, secret = b64decode(request.headers["Authorization"][6:]).decode().partition(":")
    if client not in CLIENTS or not secrets.compare_digest(secret, CLIENT_SECRET):
        abort(401)
    code, access = _digest(request.form["code"]), secrets.token_urlsafe(32)
    person, nonce = g.store.one("SELECT person, nonce FROM code WHERE id = ? AND client = ?", code, client)
    used: Statement = ("UPDATE code SET used = 1 WHERE id = ? AND used = 0", (code,))
    row = (_digest(access), person, time.time() + 900)
    g.store.write(used, ("INSERT INTO token VALUES (?, ?, ?)", row))
    now = int(time.time())
    claims = {
        "iss": "http://bare",
        "aud": client,
        "sub": person,
        "iat": now,
        "exp": now + 600,
        "nonce": nonce,
    }
    id_token = jwt.encode({"alg": "ES256"}, claims, KEY)
    return jsonify({"access_token": access, "token_type": "Bearer", "expires_in": 900, "id_token": id_token})


@flow.get("/oauth/userinfo")
def userinfo() -> Response:
    raw = request.headers["Authorization"].removeprefix("Bearer ")
    query = "SELECT person FROM token WHERE id = ? AND expires > ?"
    person = g.store.one(query, _digest(raw), time.time())[0]
    return jsonify(sub=person, name=person)


def _with_code(client: str, person: str, nonce: str, *before: Statement) -> Response:
    code = secrets.token_urlsafe(32)
    row: tuple[Any, ...] = (_digest(code), client, person, nonce)
    g.store.write(*before, ("INSERT INTO code (id, client, person, nonce) VALUES (?, ?, ?, ?)", row))
    state = request.values.get("state", "")
    return redirect(f"{REDIRECT_URI}?code={code}&state={state}", 303)  # type: ignore[return-value]


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
