"""The manifest of a mini-app: the W3C draft's members, and our own under `mzt`."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from minzhengtong.base.errors import InvalidInput
from minzhengtong.base.hosts import is_origin
from minzhengtong.base.text import FileRefused, is_readable, read_json
from minzhengtong.places.divisions import is_division
from minzhengtong.registry.oidc_client import Oidc
from minzhengtong.registry.scopes import ScopeUnknown, Tier, needs_consent, scope_named
from minzhengtong.standards.uscc import check_uscc
from minzhengtong.wants.wants import CertificateWant, Wants, scope_of_want

MAX_BYTES = 64 * 1024
MOST_VERSION_CODE = 2**31 - 1


def _readable(text: str) -> str:
    if not is_readable(text):
        raise ValueError("this text needs a letter or a digit that can be seen")
    return text


_LABEL = r"[a-z]([a-z0-9-]*[a-z0-9])?"
AppId = Annotated[
    str, StringConstraints(pattern=rf"^example(\.{_LABEL}){{2,}}$", min_length=5, max_length=64)
]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_readable)
]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=40), AfterValidator(_readable)
]
Route = Annotated[str, StringConstraints(pattern=r"^[\w-]+(/[\w-]+)*$", max_length=200)]
TerminalId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{2,62}$")]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]


def _credit_code(text: str) -> str:
    try:
        return check_uscc(text)
    except InvalidInput as error:
        raise ValueError(error.expected) from error


def _citizens_scope(name: str) -> str:
    if _tier(name) is Tier.OPERATOR:
        raise ValueError("operator scopes belong in mzt.operator_scopes")
    return name


def _operator_scope(name: str) -> str:
    if _tier(name) is not Tier.OPERATOR:
        raise ValueError("scopes of citizens belong in req_permissions")
    return name


def _tier(name: str) -> Tier:
    """The tier of a scope that a mini-app may have."""
    try:
        tier = scope_named(name).tier
    except ScopeUnknown as error:
        raise ValueError("this scope is not in the catalogue") from error
    if tier is Tier.PLATFORM:
        raise ValueError("this scope is the platform's own: no mini-app may have it")
    return tier


class ManifestInvalid(InvalidInput):
    """The manifest is refused; `expected` and `received` name the first fault."""

    code = "manifest_invalid"
    title = "The manifest is not valid"


class _Open(BaseModel):
    """Members of the W3C draft: those that we do not use are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Ours(BaseModel):
    """Members under `mzt`: an unknown one is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Icon(_Open):
    src: Annotated[str, StringConstraints(pattern=r"^[\w-]+(/[\w-]+)*\.svg$")]
    label: Text


class Version(_Open):
    name: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$")]
    code: Annotated[int, Field(ge=1, le=MOST_VERSION_CODE)]


class PlatformVersion(_Open):
    min_code: Annotated[int, Field(ge=1, le=1)]


class Permission(_Open):
    """A scope that the app asks for, and the reason, which the consent sheet shows."""

    name: Annotated[str, AfterValidator(_citizens_scope)]
    reason: Annotated[str, StringConstraints(min_length=6, max_length=60), AfterValidator(_readable)]
    reason_en: Annotated[str, StringConstraints(min_length=6, max_length=120), AfterValidator(_readable)]


class OperatorScope(_Ours):
    """A scope for the app's own terminals; `claims` names the certificate fields that they may read."""

    name: Annotated[str, AfterValidator(_operator_scope)]
    claims: tuple[str, ...] = ()


class InProcess(_Ours):
    kind: Literal["inprocess"]
    entry_point: Annotated[str, StringConstraints(pattern=r"^[a-z_][\w.]*:[a-zA-Z_]\w*$")]


class Remote(_Ours):
    kind: Literal["remote"]
    origin: Text


class Owner(_Ours):
    department_code: Annotated[str, AfterValidator(_credit_code)]
    department: Name
    department_en: Name
    contact: Text


class Service(_Ours):
    regions: tuple[str, ...] = Field(min_length=1)
    audience: tuple[Literal["person", "legal", "agent"], ...] = Field(min_length=1)
    category: Kind


class DataUse(_Ours):
    """How the app uses the data of one scope, and for how long it keeps it."""

    scope: str
    purpose: Text
    purpose_en: Text
    retention_days: Annotated[int, Field(ge=0, le=3650)]


class TerminalEntry(_Ours):
    id: TerminalId
    name: Name
    name_en: Name
    region: str
    kind: Literal["gate", "till", "desk"]
    wants: Wants = []
    """What a scan asks for when the caller names nothing."""


class Mzt(_Ours):
    schema_: Literal[1] = Field(alias="schema")
    hosting: Annotated[InProcess | Remote, Field(discriminator="kind")]
    owner: Owner
    service: Service
    data: tuple[DataUse, ...] = ()
    operator_scopes: tuple[OperatorScope, ...] = ()
    terminals: tuple[TerminalEntry, ...] = ()
    oidc: Oidc | None = None


class Manifest(_Open):
    """The manifest of one version of a mini-app, as its department wrote it."""

    app_id: AppId
    name: Name
    name_en: Name
    short_name: Annotated[str, StringConstraints(min_length=1, max_length=8)] | None = None
    description: Text
    description_en: Text
    icons: tuple[Icon, ...] = Field(min_length=1)
    version: Version
    platform_version: PlatformVersion
    pages: tuple[Route, ...] = Field(min_length=1)
    req_permissions: tuple[Permission, ...] = ()
    mzt: Mzt

    @property
    def scopes(self) -> tuple[str, ...]:
        """Every scope the app may ever ask for, the citizen's and the operator's."""
        asked = (entry.name for entry in self.req_permissions)
        operated = (entry.name for entry in self.mzt.operator_scopes)
        return tuple(dict.fromkeys(("openid", *asked, *operated)))

    @property
    def code_scope(self) -> str:
        """The operator scope that scanning at the app's terminals needs."""
        return f"code.verify:{self.mzt.service.category}"

    def terminal(self, terminal_id: str) -> TerminalEntry | None:
        """The terminal of this id, if the app has it."""
        return next((entry for entry in self.mzt.terminals if entry.id == terminal_id), None)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        for check in (_each_scope_once, _data_fits, _wants_fit, _terminals_fit, _hosting_fits):
            check(self)
        return self


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest from the bytes of its file. Raises: ManifestInvalid."""
    if len(data) > MAX_BYTES:
        raise ManifestInvalid(f"at most {MAX_BYTES} bytes", f"{len(data)} bytes")
    try:
        return Manifest.model_validate(read_json(data))
    except FileRefused as error:
        raise ManifestInvalid(error.expected, error.received) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the manifest"
        raise ManifestInvalid(f"{place}: {first['msg']}", str(first["input"])[:200]) from error


def claims_within(operator_scopes: Iterable[OperatorScope], certificate_type: str) -> frozenset[str]:
    """The fields of a certificate type that terminals with these scopes may read."""
    wanted = f"cert.verify:{certificate_type}"
    return frozenset(claim for entry in operator_scopes if entry.name == wanted for claim in entry.claims)


def stored_manifest(document: Mapping[str, Any]) -> Manifest | None:
    """The manifest of a row; None if none was stored, or if this version finds it invalid."""
    return _validated(json.dumps(document)) if document else None


@lru_cache(maxsize=256)
def _validated(text: str) -> Manifest | None:  # 0.1 ms, ten times as long as making the key
    try:
        return Manifest.model_validate_json(text)
    except ValidationError:
        return None


def _each_scope_once(manifest: Manifest) -> None:
    named = [entry.name for entry in manifest.req_permissions]
    named += [entry.name for entry in manifest.mzt.operator_scopes]
    names = [scope_named(name).name for name in named]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"the scope {twice[0]} is named twice")


def _data_fits(manifest: Manifest) -> None:
    asked = {entry.name for entry in manifest.req_permissions if needs_consent(entry.name)}
    declared = [entry.scope for entry in manifest.mzt.data]
    if sorted(declared) != sorted(asked):
        raise ValueError("mzt.data needs one row for each permission that reads data, and no other")


def _terminals_fit(manifest: Manifest) -> None:
    terminals = manifest.mzt.terminals
    regions = [*manifest.mzt.service.regions, *(terminal.region for terminal in terminals)]
    if unknown := [region for region in regions if not is_division(region)]:
        raise ValueError(f"{unknown[0]} is not a division of Fujian")
    if len({terminal.id for terminal in terminals}) < len(terminals):
        raise ValueError("two terminals have the same id")


def _wants_fit(manifest: Manifest) -> None:
    terminals, operator_scopes = manifest.mzt.terminals, manifest.mzt.operator_scopes
    wants = [want for terminal in terminals for want in terminal.wants]
    needed = {scope_of_want(want) for want in wants} | ({manifest.code_scope} if terminals else set())
    if lacking := needed - {entry.name for entry in operator_scopes}:
        raise ValueError(f"mzt.operator_scopes lacks {', '.join(sorted(lacking))}")
    for want in (want for want in wants if isinstance(want, CertificateWant)):
        if unnamed := set(want.claims) - claims_within(operator_scopes, want.type):
            raise ValueError(f"cert.verify:{want.type} lacks the claims {', '.join(sorted(unnamed))}")


def _hosting_fits(manifest: Manifest) -> None:
    hosting, oidc = manifest.mzt.hosting, manifest.mzt.oidc
    if isinstance(hosting, InProcess):
        if oidc is not None:
            raise ValueError("mzt.oidc is for remote apps: a hosted app's client is made by the platform")
        return
    if oidc is None:
        raise ValueError("mzt.oidc is needed for a remote app")
    if not is_origin(hosting.origin):
        raise ValueError("mzt.hosting.origin is scheme, host and port only, such as http://127.0.0.1:9000")
    pages = (*oidc.redirect_uris, *oidc.post_logout_redirect_uris)
    if oidc.application_type == "native":  # its pages are on the person's device
        pages = tuple(uri for uri in pages if uri.startswith("https:"))
    uris = (*pages, oidc.backchannel_logout_uri or hosting.origin)
    if strange := [uri for uri in uris if not re.match(re.escape(hosting.origin) + r"(/|$)", uri)]:
        raise ValueError(f"{strange[0]} is not at the app's origin {hosting.origin}")
