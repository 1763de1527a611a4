"""What a client asks for by the parameter `claims` (OpenID Connect Core §5.5), after every check."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from minzhengtong.oidc.claims import SCOPE_OF_CLAIM, Wanted


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """The claims asked for by name, of those that the client may ask a citizen for."""

    userinfo: Wanted = field(default_factory=dict)
    id_token: Wanted = field(default_factory=dict)
    subjects: frozenset[str] | None = None
    """The pairwise subjects of whom the person must be one; None for anybody."""
    acr_values: frozenset[str] | None = None
    """The values of `acr` of which the login must have one; None for any."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes to which the person must consent before these claims are given."""
        return tuple(dict.fromkeys(SCOPE_OF_CLAIM[name] for name in (*self.userinfo, *self.id_token)))

    def to_row(self) -> dict[str, Any] | None:
        """What a code keeps of it; None if it wants no claims."""
        if not (self.userinfo or self.id_token):
            return None
        return {"userinfo": dict(self.userinfo), "id_token": dict(self.id_token)}

    @classmethod
    def of_row(cls, kept: Mapping[str, Any] | None) -> Self:
        """The request as `to_row` kept it."""
        return cls(**kept) if kept else cls()
