"""The simulator in odd surroundings: IPv6, a proxy that nothing local may use, a folder name to be quoted."""

import http.client
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from minzhengtong.codes.draw import draw_png
from tests.journeys.browser import people
from tests.journeys.desk import Desk
from tests.journeys.minting import Mint
from tests.journeys.server import Server, free_port

NOWHERE = "http://127.0.0.1:9"
PROXIES = dict.fromkeys(
    ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOWHERE
)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose folder looks like a URL; the environment's proxy and certificates do not exist."""
    folder = tmp_path_factory.mktemp("odd") / "q?x=1 p%20q#f"
    folder.mkdir()
    server = Server(folder, **PROXIES, SSL_CERT_FILE="/nowhere/ca.pem")
    server.start()
    yield server
    server.stop()


def test_the_database_is_in_its_folder(odd: Server) -> None:
    assert (odd.var_dir / "minzhengtong.db").is_file()


def test_commands_reach_the_loopback_by_no_proxy(odd: Server) -> None:
    mint = Mint(odd.var_dir)
    picture = odd.var_dir.parent / "code.png"
    picture.write_bytes(draw_png(mint.issued_to("lin")))
    mint.close()
    done = odd.run("scan", str(picture), "--terminal", "fuzhou-bus-1-gate")
    assert done.returncode == 0, done.stderr


def test_commands_copied_from_the_bench_work_when_pasted(
    odd: Server, browser: Browser, tmp_path: Path
) -> None:
    mint = Mint(odd.var_dir)
    with people(browser, odd.url) as page_of:
        desk = Desk(page_of("qiu"))
        desk.paste(mint.issued_to("lin"))
        listing, _, scan = desk.page.locator("[data-copy] code").all_text_contents()
    mint.close()
    assert "fuzhou-bus-1-gate" in pasted(listing, tmp_path)
    assert json.loads(pasted(scan, tmp_path))["reason"] == "already_used"


def pasted(command: str, folder: Path) -> str:
    """What a shell prints that knows nothing of the simulator."""
    environment = PROXIES | {"PATH": os.defpath, "SSL_CERT_FILE": "/nowhere/ca.pem"}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_second_server_in_the_folder_is_refused_and_changes_nothing(odd: Server) -> None:
    before = odd.run("miniapp", "list").stdout
    for command in ("run", "serve"):
        second = odd.run(command, MZT_PORT=str(free_port()))
        assert second.returncode == 2
        assert "Another server uses this data folder" in second.stderr
        assert second.stderr.count("\n") == 2, second.stderr
    assert odd.run("miniapp", "list").stdout == before
    assert odd.run("keys", "list").returncode == 0


def test_it_serves_on_an_ipv6_address(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = Server(tmp_path_factory.mktemp("v6"), MZT_BIND="::1")
    server.host = "::1"
    server.start()
    connection = http.client.HTTPConnection("::1", server.port, timeout=30)
    connection.request("GET", "/login", headers={"Host": f"localhost:{server.port}"})
    assert connection.getresponse().status == 200
    connection.close()
    server.stop()
