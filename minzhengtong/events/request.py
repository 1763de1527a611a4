"""What is posted to a client to deliver an event."""

from typing import NamedTuple


class EventRequest(NamedTuple):
    """A form for the address that the client registered; `app_id` is the client's mini-app, if any."""

    app_id: str | None
    uri: str
    form: dict[str, str]
