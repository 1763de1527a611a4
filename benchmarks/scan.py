"""A whole scan with payment over HTTP, two web processes, against bare Flask routes."""

import json
import tempfile
from pathlib import Path
from secrets import token_urlsafe

from benchmarks.baselines.signed import new_body
from benchmarks.compare import Row
from benchmarks.duel import Score, Side, duel
from benchmarks.engine import postgresql
from benchmarks.load import Wire, request
from benchmarks.people import TERMINAL, add_people, app_token, show_codes
from benchmarks.servers import Server, baseline, environment, our_server, prepared
from minzhengtong.runtime import Runtime

SCANS = 1_000
BARE_SCANS = 2_000
FARE = {"kind": "pay", "amount_fen": 200, "subject": "1 路公交"}


def rows() -> list[Row]:
    """Rate and CPU on SQLite and on PostgreSQL."""
    return _on_sqlite() + _on_postgresql()


def scan_jobs(runtime: Runtime, people: list[str], port: int) -> list[bytes]:
    """The requests of one scan for each of the people."""
    headers = f"Authorization: Bearer {app_token(runtime)}\r\nContent-Type: application/json\r\n"
    return [_scan_request(code, port, headers) for code in show_codes(runtime, people)]


def scan_once(wire: Wire, job: bytes) -> None:
    """One scan that must pass."""
    answer = wire.ask(job)
    if answer.status != 201 or b'"verdict":"pass"' not in answer.body.replace(b": ", b":"):
        raise RuntimeError(answer)


def _on_sqlite() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        facts = environment(Path(folder) / "var")
        runtime = prepared(facts)
        people = add_people(runtime, SCANS)
        database = str(Path(folder) / "bare.db")
        with our_server(facts) as ours, baseline("scan", database, runtime.settings) as bare:
            score = duel(_our_side(runtime, people, ours), _bare_side(bare))
    return _rows(score, "SQLite", "bare Flask: verify, insert")


def _on_postgresql() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, postgresql("ours", "bare") as engine:
        facts = environment(Path(folder) / "var", MZT_DATABASE_URL=engine.url("ours"))
        runtime = prepared(facts)
        people = add_people(runtime, SCANS)
        with our_server(facts) as ours, baseline("charge", engine.url("bare"), runtime.settings) as bare:
            for server in (ours, bare):
                server.engine = engine.processes
            score = duel(_our_side(runtime, people, ours), _bare_side(bare))
    return _rows(score, "PostgreSQL", "bare Flask: verify, six statements")


def _our_side(runtime: Runtime, people: list[str], server: Server) -> Side:
    return Side(server, scan_once, lambda: scan_jobs(runtime, people, server.port))


def _bare_side(server: Server) -> Side:
    def jobs() -> list[bytes]:
        header = "Content-Type: application/json\r\n"
        return [request("POST", "/scans", server.port, header, new_body()) for _ in range(BARE_SCANS)]

    return Side(server, scan_once, jobs)


def _rows(score: Score, engine: str, bare: str) -> list[Row]:
    figure = f"scan with payment, {engine}"
    return [
        Row(figure, "/s", score.rate, bare, score.their_rate, score.rate_ratio, ">= 0.40 x"),
        Row(f"{figure}: CPU", "ms", score.cpu_ms, bare, score.their_cpu_ms, score.cpu_ratio, ""),
    ]


def _scan_request(code: str, port: int, headers: str) -> bytes:
    body = json.dumps({"code": code, "terminal_id": TERMINAL, "wants": [FARE]})
    key = f"Idempotency-Key: {token_urlsafe(16)}\r\n"
    return request("POST", "/api/v1/scans", port, headers + key, body)
