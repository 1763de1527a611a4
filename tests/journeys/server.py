"""A simulator as people run it: `minzhengtong run` in processes of its own, on a free port."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.engines import prepared

START_SECONDS = 60
STOP_SECONDS = 20


class Server:
    """One running simulator with a var folder of its own."""

    command: tuple[str, ...] = ("-m", "minzhengtong", "run")
    """What Python is asked to run."""
    host = "localhost"
    """Where it is asked whether it answers."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.var_dir = folder / "var"
        self._log = folder / "server.log"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MZT_")}
        own = {"MZT_PORT": str(self.port), "MZT_VAR_DIR": str(self.var_dir)}
        self.environment = {**inherited, **own, **settings}
        self._process: subprocess.Popen[bytes] | None = None

    def app_url(self, slug: str) -> str:
        return f"http://{slug}.localhost:{self.port}"

    def start(self) -> None:
        """Start and wait until it answers."""
        self._prepare()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self.command], env=self.environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server did not start:\n{self.log()[-4000:]}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Ask it to end, as Ctrl-C does, and wait until all it started is gone."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOP_SECONDS)
            finally:
                self.kill()

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop and start on the same port and data."""
        self.stop()
        self.start()

    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text("utf-8", "replace")

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run another `minzhengtong` command beside it, with the same settings or some others."""
        command = [sys.executable, "-m", "minzhengtong", *arguments]
        return subprocess.run(
            command, env=self.environment | settings, capture_output=True, text=True, timeout=60
        )

    def _prepare(self) -> None:
        """Have a data folder before the first start."""
        if not self.var_dir.exists() and "MZT_DATABASE_URL" not in self.environment:
            prepared.copy_to(self.var_dir)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
