"""Delivers the outbox: signs each event for its client and posts it, to hosted and remote apps alike."""

import logging
from typing import Any

import httpx2
from sqlalchemy import Row, select

from minzhengtong.core import outbox
from minzhengtong.core.db import assert_no_transaction
from minzhengtong.hosting.apps import ANSWER_SECONDS, AppDown, HostedApps
from minzhengtong.hosting.deadline import TooSlow, within
from minzhengtong.oidc.clients import Client, client_to_notify
from minzhengtong.oidc.tokens import mint_logout_token

TIMEOUT_SECONDS = 3.0

log = logging.getLogger(__name__)


def deliver_due(hosted: HostedApps) -> int:
    """Deliver every event that is due and return how many arrived; one that failed is tried again later.

    Called right after the commit that put an event, and by the worker. No transaction may be open.
    """
    assert_no_transaction()
    arrived = 0
    while (event := _claim(hosted)) is not None:
        error = _deliver(hosted, event)
        now = hosted.runtime.clock.now()
        with hosted.runtime.db.transaction() as conn:
            if error:
                outbox.failed(conn, event, now, error)
            else:
                outbox.delivered(conn, event.id, now)
        arrived += not error
    return arrived


def _claim(hosted: HostedApps) -> Row[Any] | None:
    now, db = hosted.runtime.clock.now(), hosted.runtime.db
    due = select(outbox.outbox_event.c.id).where(outbox.outbox_event.c.due_at <= now).limit(1)
    with db.reading() as conn:  # nearly always empty: look without taking SQLite's write lock
        if conn.execute(due).first() is None:
            return None
    with db.transaction() as conn:
        return outbox.claim(conn, now)


def _deliver(hosted: HostedApps, event: Row[Any]) -> str:
    """Post one event; return what went wrong, or nothing.

    A suspended app is told as well, except a hosted one, which does not run while it is off: a later attempt
    finds it back, or its sessions have expired meanwhile, an hour after they began.
    """
    runtime, payload = hosted.runtime, event.payload
    with runtime.db.reading() as conn:
        client, keys = client_to_notify(conn, event.client_id), runtime.keyring.current(conn)
    if client is None or client.backchannel_logout_uri is None:
        return "the client is gone or takes no logout"
    now, issuer = runtime.clock.now(), runtime.settings.public_url
    token = mint_logout_token(keys, issuer, client, payload["sub"], payload["sid"], now)
    uri = client.backchannel_logout_uri

    def post() -> int:
        with _http(hosted, client) as http:
            return http.post(uri, data={"logout_token": token}).status_code

    try:
        status = within(ANSWER_SECONDS, post)  # the client's own limits start anew with every byte
    except (AppDown, TooSlow, httpx2.HTTPError, httpx2.InvalidURL) as error:
        return f"{type(error).__name__}: {error}"
    log.info("logout of %s delivered: %s", client.client_id, status)
    return "" if status in (200, 204) else f"answered {status}"


def _http(hosted: HostedApps, client: Client) -> httpx2.Client:
    if client.app_id and hosted.is_hosted(client.app_id):
        return hosted.client(client.app_id)
    return httpx2.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False)
