"""Delivers the outbox: posts each event that is due to its client, hosted or remote.

What is posted for an event is said by the room of its kind, in its `outgoing.py`.
"""

import logging
import time
from collections.abc import Callable, Collection
from functools import cache
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError

from minzhengtong.base.rooms import modules_named
from minzhengtong.db.database import assert_no_transaction
from minzhengtong.events import outbox
from minzhengtong.events.request import EventRequest
from minzhengtong.hosting.apps import HostedApps
from minzhengtong.outbound.client import post_form
from minzhengtong.outbound.reach import Reach
from minzhengtong.runtime import Runtime

SLOW_SECONDS = 1.0
"""A client that takes longer for one event gets its next one in the next round."""

RequestOf = Callable[[Runtime, Row[Any]], EventRequest | None]
"""Makes the request for an event; None if its client is gone or takes no events of this kind."""

log = logging.getLogger(__name__)


class NotTaken(Exception):
    """The client did not take the event; the text says why."""


class Away(NotTaken):
    """The client gave no answer at all."""


class KindUnknown(NotTaken):
    """No room has events of this kind, so another attempt would fail as well."""


def deliver_due(hosted: HostedApps) -> int:
    """Deliver the events that are due and return how many arrived; one that failed is tried again later.

    The worker calls it in each round. A client that fails or is slow is passed over until the next round, so
    it delays the others by one event only. No transaction may be open.
    """
    assert_no_transaction()
    arrived, passing_over = 0, set[str]()
    while (event := _claim(hosted, passing_over)) is not None:
        began = time.monotonic()
        is_taken = _settle(hosted, event)
        arrived += is_taken
        if not is_taken or time.monotonic() - began > SLOW_SECONDS:
            passing_over.add(event.client_id)
    return arrived


def _claim(hosted: HostedApps, passing_over: Collection[str]) -> Row[Any] | None:
    now, db = hosted.runtime.clock.now(), hosted.runtime.db
    with db.read() as conn:  # nearly always empty: look without taking SQLite's write lock
        if not outbox.is_due(conn, now, passing_over):
            return None
    with db.write() as conn:
        return outbox.claim(conn, now, passing_over)


def _settle(hosted: HostedApps, event: Row[Any]) -> bool:
    """Deliver one event, write the result to the outbox, and return whether it arrived."""
    error = _try(hosted, event)
    now = hosted.runtime.clock.now()
    with hosted.runtime.db.write() as conn:
        if error is None:
            outbox.delivered(conn, event.id, now)
        elif isinstance(error, KindUnknown):
            outbox.given_up(conn, event.id, str(error))
        else:
            outbox.failed(conn, event, now, str(error))
        if isinstance(error, Away):
            outbox.all_failed(conn, event.client_id, now, str(error))
    return error is None


def _try(hosted: HostedApps, event: Row[Any]) -> NotTaken | None:
    try:
        _deliver(hosted, event)
    except SQLAlchemyError:  # the failure cannot be written either: the event is due again after its lease
        raise
    except NotTaken as error:
        return error
    except Exception as error:  # an event that cannot be delivered must end as well
        log.exception("event %s cannot be delivered", event.id)
        return NotTaken(f"{type(error).__name__}: {error}")
    return None


def _deliver(hosted: HostedApps, event: Row[Any]) -> None:
    """Post one event. Raises: NotTaken.

    A suspended remote app gets its events; a suspended hosted one does not run, so they are tried again.
    """
    if event.attempts > outbox.MOST_ATTEMPTS:  # every attempt was cut short: the app may end its process
        raise NotTaken("every process that tried to deliver it died")
    request = _request_of(hosted.runtime, event)
    try:
        status = _post(hosted, request)
    except Exception as error:  # not only HTTP's: a host name that is too long raises UnicodeError
        raise Away(f"{type(error).__name__}: {error}") from error
    log.info("%s event for %s delivered: %s", event.kind, event.client_id, status)
    if status not in (200, 204):
        raise NotTaken(f"answered {status}")


def _request_of(runtime: Runtime, event: Row[Any]) -> EventRequest:
    request_of = _requests_by_kind().get(event.kind)
    if request_of is None:
        raise KindUnknown(f"no room has events of the kind {event.kind!r}")
    request = request_of(runtime, event)
    if request is None:
        raise NotTaken(f"the client is gone or takes no {event.kind}")
    return request


@cache
def _requests_by_kind() -> dict[str, RequestOf]:
    requests: dict[str, RequestOf] = {}
    for room in modules_named("outgoing"):
        requests |= room.REQUESTS
    return requests


def _post(hosted: HostedApps, request: EventRequest) -> int:
    if request.app_id and hosted.is_hosted(request.app_id):
        with hosted.client(request.app_id) as http:
            return http.post(request.uri, data=request.form).status_code
    return post_form(Reach.of(hosted.runtime.settings), request.uri, request.form)
