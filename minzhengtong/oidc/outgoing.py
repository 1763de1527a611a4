"""How the events of this room become requests to a client."""

from typing import Any

from sqlalchemy import Row

from minzhengtong.events.request import EventRequest
from minzhengtong.oidc.clients import client_to_notify
from minzhengtong.oidc.logout import EVENT
from minzhengtong.oidc.tokens import mint_logout_token
from minzhengtong.runtime import Runtime


def logout_request(runtime: Runtime, event: Row[Any]) -> EventRequest | None:
    """Sign the logout token (Back-Channel Logout 1.0 §2.5); None if the client is gone or takes none."""
    with runtime.db.read() as conn:
        client, keys = client_to_notify(conn, event.client_id), runtime.keyring.current(conn)
    if client is None or client.backchannel_logout_uri is None:
        return None
    now, issuer, payload = runtime.clock.now(), runtime.settings.public_url, event.payload
    token = mint_logout_token(keys, issuer, client, payload["sub"], payload["sid"], now)
    return EventRequest(client.app_id, client.backchannel_logout_uri, {"logout_token": token})


REQUESTS = {EVENT: logout_request}
