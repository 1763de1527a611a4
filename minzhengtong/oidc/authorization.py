"""An authorization request after every check (OpenID Connect Core §3.1.2.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from minzhengtong.oidc.claims_request import ClaimsRequest
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
    claims: ClaimsRequest = field(default_factory=ClaimsRequest)

    @property
    def app_id(self) -> str:
        """The app whose consents count: `save_client` refuses a client of this grant without one."""
        return cast(str, self.client.app_id)

    @property
    def reads(self) -> tuple[str, ...]:
        """The scopes that the person must have allowed: those asked for, and those of the claims named."""
        return tuple(dict.fromkeys((*self.scopes, *self.claims.scopes)))

    def is_for(self, sub: str) -> bool:
        """Whether a person with this pairwise subject may answer it (OpenID Connect Core §3.1.2.2)."""
        subjects = self.claims.subjects
        return self.hinted_sub in (None, sub) and (subjects is None or sub in subjects)

    def is_reached_by(self, acr: str) -> bool:
        """Whether a login with this `acr` is as good as the request demands (§5.5.1.1)."""
        return self.claims.acr_values is None or acr in self.claims.acr_values

    def login_after(self, now: datetime) -> datetime | None:
        """The time before which a login does not count, by `prompt` and `max_age`; None if any does."""
        if self.prompts & {"login", "select_account"}:
            return now
        return None if self.max_age_seconds is None else now - timedelta(seconds=self.max_age_seconds)
