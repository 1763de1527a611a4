"""Reads the parameter `claims` of an authorization request (OpenID Connect Core §5.5)."""

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from pydantic import BaseModel, ConfigDict, ValidationError

from minzhengtong.oidc.claims import CLAIMS, Wanted, claim_names
from minzhengtong.oidc.claims_request import ClaimsRequest
from minzhengtong.oidc.clients import Client
from minzhengtong.web.kit.body import BodyMalformed, parse_json

_LARGEST = 2**53
"""The largest integer that every reader of JSON keeps exactly (RFC 8259 §6)."""


class _Wish(BaseModel):
    """What is asked of one claim (§5.5.1)."""

    model_config = ConfigDict(strict=True)

    essential: bool = False
    value: Any = None
    values: list[Any] | None = None

    @property
    def accepted(self) -> list[str | int] | None:
        """The values that will do; None for any. A value that no claim of ours can have is left out."""
        if self.value is None and self.values is None:
            return None
        given = [*(self.values or ()), *([] if self.value is None else [self.value])]
        return [value for value in given if _is_comparable(value)]


_Wishes = dict[str, _Wish | None]


class _Claims(BaseModel):
    """The whole parameter. Members and claims that we do not know are ignored (§5.5)."""

    model_config = ConfigDict(strict=True)

    userinfo: _Wishes | None = None
    id_token: _Wishes | None = None


def claims_request(params: Mapping[str, str], client: Client) -> ClaimsRequest:
    """What the parameter asks for, of the claims whose scope the client registered.

    A request without the scope `openid` is one of OAuth only, where the parameter means nothing.
    Raises: InvalidRequestError.
    """
    if "claims" not in params or "openid" not in params.get("scope", "").split():
        return ClaimsRequest()
    asked = _read(params["claims"])
    userinfo, id_token = asked.userinfo or {}, asked.id_token or {}
    may_have = set(claim_names(client.citizen_scopes(" ".join(CLAIMS))))
    return ClaimsRequest(
        _wanted(userinfo, may_have),
        _wanted(id_token, may_have),
        subjects=_subjects(userinfo.get("sub"), id_token.get("sub")),
        acr_values=_acr_values(id_token.get("acr")),
    )


def _read(text: str) -> _Claims:
    try:
        return _Claims.model_validate(parse_json(text.encode()))
    except BodyMalformed as error:
        raise InvalidRequestError("The parameter claims is no JSON object that can be read.") from error
    except ValidationError as error:
        place = ".".join(("claims", *map(str, error.errors()[0]["loc"])))
        raise InvalidRequestError(f"{place} is not as OpenID Connect Core 5.5 says.") from error


def _wanted(wishes: _Wishes, may_have: set[str]) -> Wanted:
    return {name: wish.accepted if wish else None for name, wish in wishes.items() if name in may_have}


def _subjects(*wishes: _Wish | None) -> frozenset[str] | None:
    """§5.5.1 lets a request name the person whom it is about."""
    named = [frozenset(map(str, wish.accepted)) for wish in wishes if wish and wish.accepted is not None]
    return frozenset.intersection(*named) if named else None


def _acr_values(wish: _Wish | None) -> frozenset[str] | None:
    """An essential `acr` with values must be reached, any other is a preference (§5.5.1.1)."""
    if wish is None or not wish.essential or wish.accepted is None:
        return None
    return frozenset(map(str, wish.accepted))


def _is_comparable(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and abs(value) <= _LARGEST)
