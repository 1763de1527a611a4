"""An authorization request after every check (OpenID Connect Core §3.1.2.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from minzhengtong.oidc.clients import Client


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a client asks of a person. Made once from its parameters; every step of a login takes it."""

    client: Client
    params: Mapping[str, str]
    """The parameters as they came, from which the same request is made again after a login or a consent."""
    redirect_uri: str
    scopes: tuple[str, ...]
    """In the order asked for, without those that the client may not ask a citizen for."""
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    prompts: frozenset[str] = frozenset()
    max_age_seconds: int | None = None
    login_hint: str = ""
    hinted_sub: str | None = None
    """The pairwise subject that `id_token_hint` names."""

    @property
    def app_id(self) -> str:
        """The app whose consents count: `save_client` refuses a client of this grant without one."""
        return cast(str, self.client.app_id)

    def login_after(self, now: datetime) -> datetime | None:
        """The time before which a login does not count, by `prompt` and `max_age`; None if any does."""
        if self.prompts & {"login", "select_account"}:
            return now
        return None if self.max_age_seconds is None else now - timedelta(seconds=self.max_age_seconds)
