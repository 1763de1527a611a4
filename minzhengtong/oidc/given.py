"""Which claims of a person an app is given: what its scopes and its request name, and nothing else."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from minzhengtong.identity.people import person_by_id
from minzhengtong.oidc.claims import Wanted, claim_names, claim_values
from minzhengtong.oidc.claims_request import ClaimsRequest


@dataclass(frozen=True, slots=True)
class Given:
    """The claims without `sub`: those of the UserInfo endpoint, and those of the ID token."""

    userinfo: Mapping[str, Any]
    id_token: Mapping[str, Any]

    @property
    def names(self) -> list[str]:
        """The names of all of them, for the citizen's log."""
        return list(dict.fromkeys((*self.userinfo, *self.id_token)))


def given_claims(
    conn: Connection, person_id: str, sub: str, scopes: Collection[str], asked: ClaimsRequest
) -> Given:
    """The claims that these scopes grant and that `asked` names; that she consented was checked before.

    Without the scope `openid` there are none, as the UserInfo endpoint needs it. Raises: NotFound.
    """
    userinfo = {**asked.userinfo, **dict.fromkeys(claim_names(scopes))}
    if "openid" not in scopes or not (userinfo or asked.id_token):
        return Given({}, {})
    values = claim_values(person_by_id(conn, person_id), sub)
    return Given(_chosen(values, userinfo), _chosen(values, asked.id_token))


def _chosen(values: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    """Leave out what has no value, or none of those wanted (OpenID Connect Core §5.3.2, §5.5.1)."""
    return {
        name: values[name]
        for name, accepted in wanted.items()
        if values[name] is not None and (accepted is None or values[name] in accepted)
    }
