"""Delivers the outbox: signs each event for its client and posts it, to hosted and remote apps alike."""

import logging
import time
from collections.abc import Collection
from functools import partial
from typing import Any

import httpx2
from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError

from minzhengtong.db.database import assert_no_transaction
from minzhengtong.events import outbox
from minzhengtong.hosting.apps import HostedApps
from minzhengtong.hosting.limits.deadline import within
from minzhengtong.oidc.clients import Client, client_to_notify
from minzhengtong.oidc.tokens import mint_logout_token

TIMEOUT_SECONDS = 3.0
"""All that a remote app has, from its name to its answer's head; a hosted one has the limits of its calls."""
SLOW_SECONDS = 1.0
"""A client that takes longer for one event has its next one in the next round."""

log = logging.getLogger(__name__)


class NotTaken(Exception):
    """The client did not take the event; the text says why."""


class Away(NotTaken):
    """The client gave no answer at all."""


def deliver_due(hosted: HostedApps) -> int:
    """Deliver the events that are due and return how many arrived; one that failed is tried again later.

    The worker calls it in each of its rounds. A client that fails or is slow is passed over until the next
    one, so it keeps the others waiting for one event. No transaction may be open.
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
    """Deliver one event and note what came of it; tell whether it arrived."""
    error = _try(hosted, event)
    now = hosted.runtime.clock.now()
    with hosted.runtime.db.write() as conn:
        if error is None:
            outbox.delivered(conn, event.id, now)
        else:
            outbox.failed(conn, event, now, str(error))
        if isinstance(error, Away):
            outbox.all_failed(conn, event.client_id, now, str(error))
    return error is None


def _try(hosted: HostedApps, event: Row[Any]) -> NotTaken | None:
    try:
        _deliver(hosted, event)
    except SQLAlchemyError:  # nothing can be noted either: the event comes back when its lease ends
        raise
    except NotTaken as error:
        return error
    except Exception as error:  # an event that cannot be delivered must end as well
        log.exception("event %s cannot be delivered", event.id)
        return NotTaken(f"{type(error).__name__}: {error}")
    return None


def _deliver(hosted: HostedApps, event: Row[Any]) -> None:
    """Post one event. Raises: NotTaken.

    A suspended app is told as well, except a hosted one, which does not run while it is off: a later attempt
    finds it back, or its sessions have expired meanwhile, an hour after they began.
    """
    if event.attempts > outbox.MOST_ATTEMPTS:  # no attempt came to an end: perhaps the app ends its process
        raise NotTaken("nobody who delivered it came back")
    runtime, payload = hosted.runtime, event.payload
    with runtime.db.read() as conn:
        client, keys = client_to_notify(conn, event.client_id), runtime.keyring.current(conn)
    if client is None or client.backchannel_logout_uri is None:
        raise NotTaken("the client is gone or takes no logout")
    now, issuer = runtime.clock.now(), runtime.settings.public_url
    token = mint_logout_token(keys, issuer, client, payload["sub"], payload["sid"], now)
    try:
        status = _post(hosted, client, client.backchannel_logout_uri, {"logout_token": token})
    except Exception as error:  # not only HTTP's: a host name that is too long raises UnicodeError
        raise Away(f"{type(error).__name__}: {error}") from error
    log.info("logout of %s delivered: %s", client.client_id, status)
    if status not in (200, 204):
        raise NotTaken(f"answered {status}")


def _post(hosted: HostedApps, client: Client, uri: str, form: dict[str, str]) -> int:
    if client.app_id and hosted.is_hosted(client.app_id):
        with hosted.client(client.app_id) as http:
            return http.post(uri, data=form).status_code
    # httpx2's own limits start anew with every byte. Who is late loses the connection when `with` ends.
    with httpx2.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as http:
        return within(TIMEOUT_SECONDS, partial(_status, http, uri, form))


def _status(http: httpx2.Client, uri: str, form: dict[str, str]) -> int:
    with http.stream("POST", uri, data=form) as answer:  # nobody asked for a body, which may have no end
        return answer.status_code
