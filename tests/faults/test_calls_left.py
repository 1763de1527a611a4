"""What a process notes of its calls to mini-apps goes with it, or with the next start."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import select

from minzhengtong.events.models import outbox_event
from minzhengtong.runtime import Runtime
from tests.faults.cluster import Cluster, cluster, wait_until
from tests.faults.test_dependencies import open_transit
from tests.faults.wire import Phone


def noted(running: Cluster) -> set[str]:
    return {path.name for path in (running.var_dir / "apps").glob("*.calls")}


def has_told(runtime: Runtime) -> bool:
    with runtime.db.read() as conn:
        return conn.execute(select(outbox_event.c.delivered_at)).scalar_one() is not None


def test_a_calm_end_leaves_no_notes(tmp_path: Path) -> None:
    with cluster("sqlite", tmp_path) as running:
        with Phone(running.port, "lin") as lin:
            open_transit(lin)
            lin.get("/me")
            assert lin.post("/logout").status == 303
        runtime = running.open_runtime()
        wait_until(lambda: has_told(runtime), "the app told")
        runtime.db.dispose()
        assert f"{running.worker}.calls" in noted(running)
        running.stop()
        assert noted(running) == set()


def test_a_start_removes_the_notes_of_a_power_cut(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass  # and waited for: a killed server's child may stay a zombie, which counts as living
    left = tmp_path / "var" / "apps" / f"{dead.pid}.calls"
    (tmp_path / "var").mkdir(mode=0o700)  # an open folder with files in it would be refused
    left.parent.mkdir()
    left.write_bytes(b"\1")
    with cluster("sqlite", tmp_path):
        assert not left.exists()
