"""What a process has not loaded before it needs it: libraries that draw, read, migrate and print."""

import os
import subprocess
import sys
from pathlib import Path

from minzhengtong.run.listener import listen
from minzhengtong.runtime import Runtime

HEAVY = {"PIL", "alembic", "numpy", "qrcode", "rich", "zxingcpp"}
SERVE = """
from werkzeug.test import Client

from minzhengtong.run import app, migrations, worker
from minzhengtong.run.cli import starting
from minzhengtong.runtime import Runtime
from minzhengtong.base.settings import Settings
from minzhengtong.run.seed import seed

runtime = Runtime.open(Settings.from_env())
with runtime.db.write() as conn:
    migrations.upgrade(conn)
seed(runtime)
browser = Client(app.create_app(runtime))
for origin, path in (("http://localhost:8000", "/login"), ("http://transit.localhost:8000", "/")):
    answer = browser.get(path, base_url=origin)
    assert answer.status_code in (200, 303), answer.text
app.create_delivery(runtime)[0]()
worker.sweep(runtime)
"""
"""What `minzhengtong run` does on an existing database, up to its first pages."""


REFUSED = """
from contextlib import suppress
from minzhengtong.run.cli import main

with suppress(SystemExit):
    main(["run"])
"""


def loaded(program: str, **environment: str) -> set[str]:
    """The packages that a fresh process has loaded once it did this."""
    words = [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules)"]
    answer = subprocess.run(words, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return {name.partition(".")[0] for name in answer.stdout.split()}


def test_a_process_that_serves_loads_nothing_that_draws_reads_migrates_or_prints(runtime: Runtime) -> None:
    settings = runtime.settings
    serving = loaded(SERVE, MZT_VAR_DIR=str(settings.var_dir), MZT_DATABASE_URL=settings.database_url)
    assert {"flask", "sqlalchemy", "waitress"} <= serving
    assert serving & HEAVY == set()


def test_a_port_in_use_is_told_before_the_program_is_loaded(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as other:
        refused = loaded(REFUSED, MZT_PORT=str(other.getsockname()[1]), MZT_VAR_DIR=str(tmp_path))
    assert "pydantic" in refused
    assert refused & (HEAVY | {"authlib", "cryptography", "flask", "httpx2", "jinja2"}) == set()


def test_the_command_line_alone_loads_only_what_parses_it() -> None:
    alone = loaded("import minzhengtong.run.cli")
    assert "click" in alone
    assert alone & (HEAVY | {"authlib", "cryptography", "flask", "pydantic", "sqlalchemy"}) == set()
