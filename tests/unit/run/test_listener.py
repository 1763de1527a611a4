"""The server's address: names, IPv4 and IPv6; one that cannot be used stops the start with a sentence."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from minzhengtong.run.listener import listen


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("::1", "::1"), ("[::1]", "::1")],
)
def test_it_listens_on_names_and_on_addresses_of_both_kinds(host: str, address: str) -> None:
    with listen(host, 0) as listener:
        name = listener.getsockname()
        assert name[0] == address
        socket.create_connection(name[:2], timeout=5).close()


def test_a_port_in_use_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "minzhengtong", "run"],
            env=os.environ | {"MZT_PORT": str(port), "MZT_VAR_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 2
    assert f"MZT_PORT={port}" in done.stderr
    assert "Address already in use" in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert list(tmp_path.iterdir()) == [], "it wrote before it could listen"
