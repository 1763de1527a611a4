"""Web processes beside slow clients, odd headers and when one of them ends."""

import http.client
import os
import signal
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from tests.faults.cluster import Cluster, cluster, wait_until
from tests.faults.slow import ATTACKS, attacked, times_of_others
from tests.faults.wire import Wire

SECONDS = 3.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster("sqlite", tmp_path_factory.mktemp("web")) as running:
        yield running


def test_everybody_else_is_answered_beside_all_slow_clients_at_once(running: Cluster) -> None:
    before = running.web_processes
    with attacked(running.port, *ATTACKS):
        assert times_of_others(running.port, SECONDS)
    assert running.web_processes == before


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "Script-Name", "wsgi.url_scheme", "X-Forwarded-Proto"])
def test_no_header_becomes_a_variable_of_the_server(running: Cluster, name: str) -> None:
    connection = http.client.HTTPConnection("localhost", running.port, timeout=30)
    connection.request("GET", "/login", headers={name: "/evil"})
    answer = connection.getresponse()
    assert (answer.status, b"/evil" in answer.read()) == (200, False)
    connection.close()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via"])
def test_the_server_sees_that_a_proxy_forwarded_another_host(running: Cluster, header: str) -> None:
    connection = http.client.HTTPConnection("localhost", running.port, timeout=30)
    connection.request("GET", "/", headers={"Host": "upstream:8000", header: "1.1 proxy"})
    assert connection.getresponse().status == 421
    connection.close()


def test_a_process_that_is_replaced_breaks_no_request_on_a_kept_connection(running: Cluster) -> None:
    before, over, answered = running.web_processes, Event(), list[int]()

    def keep_asking() -> None:
        with Wire(running.port) as kept:
            count = 0
            while not over.is_set():
                assert kept.ask("GET", "/healthz").status == 200
                count += 1
            answered.append(count)

    people = [Thread(target=keep_asking) for _ in range(8)]
    for person in people:
        person.start()
    os.kill(before[0], signal.SIGTERM)
    wait_until(lambda: before[0] not in running.web_processes, "it has ended")
    wait_until(lambda: len(running.web_processes) == 2, "another in its place")
    over.set()
    for person in people:
        person.join()
    assert len(answered) == len(people), "a request broke"
