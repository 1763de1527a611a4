"""What a terminal may ask for in a scan: claims of certificates, yes/no answers, one payment."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from minzhengtong.base.money import MAX_AMOUNT_FEN
from minzhengtong.wants.certificate_types import CERTIFICATE_TYPES

MAX_WANTS = 10

Line = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=60,
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",  # not only spaces
    ),
]
English = Annotated[Line | None, Field(exclude_if=lambda text: text is None)]
"""The same line for English pages. Not in a dump if not given: digests of older calls stay the same."""
TypeId = Annotated[str, Field(json_schema_extra={"enum": list(CERTIFICATE_TYPES)})]


class _Want(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Showing(_Want):
    """Named claims of a certificate; with none named, only whether a valid one is held."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"properties": {"type": {"const": kind.id}, "claims": {"items": {"enum": list(kind.claims)}}}}
                for kind in CERTIFICATE_TYPES.values()
            ]
        }
    )

    type: TypeId
    claims: Annotated[list[str], Field(max_length=20, json_schema_extra={"uniqueItems": True})]

    @model_validator(mode="after")
    def _exists(self) -> Self:
        known = _known_type(self.type)
        if strange := [claim for claim in self.claims if claim not in known]:
            raise ValueError(f"{self.type} has the claims {', '.join(known)}, not {strange[0][:40]!r}")
        if len(set(self.claims)) < len(self.claims):
            raise ValueError("each claim once")
        return self


class CertificateWant(Showing):
    """Show the named claims of a certificate."""

    kind: Literal["certificate"]
    claims: Annotated[list[str], Field(min_length=1, max_length=20, json_schema_extra={"uniqueItems": True})]


class PredicateWant(_Want):
    """Answer whether a valid certificate of this type is held, and nothing else about it."""

    kind: Literal["predicate"]
    type: TypeId

    @model_validator(mode="after")
    def _exists(self) -> Self:
        _known_type(self.type)
        return self


class Price(_Want):
    """What is charged, and for what; an amount of 0 must say why."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"amount_fen": {"minimum": 1}}},
                {"properties": {"reason": {"type": "string"}}, "required": ["reason"]},
            ]
        }
    )

    amount_fen: Annotated[int, Field(ge=0, le=MAX_AMOUNT_FEN)]
    subject: Line
    subject_en: English = None
    reason: Line | None = None
    reason_en: English = None

    @model_validator(mode="after")
    def _free_for_a_reason(self) -> Self:
        if self.amount_fen == 0 and self.reason is None:
            raise ValueError("an amount of 0 needs a reason, which is printed on the receipt")
        return self


class PayWant(Price):
    """Charge a fixed amount."""

    kind: Literal["pay"]


Want = Annotated[CertificateWant | PredicateWant | PayWant, Field(discriminator="kind")]


def check_wants(wants: list[Want]) -> list[Want]:
    """Return the wants if they can be fulfilled in one scan. Raises: ValueError."""
    asked = [(want.kind, "" if isinstance(want, PayWant) else want.type) for want in wants]
    if len(wants) > MAX_WANTS or len(set(asked)) < len(asked):
        raise ValueError(f"at most {MAX_WANTS} wants, each certificate type once, one payment")
    return wants


Wants = Annotated[list[Want], AfterValidator(check_wants), Field(json_schema_extra={"maxItems": MAX_WANTS})]


def scope_of_want(want: Want) -> str:
    """The operator scope that an app needs for this want."""
    return "pay.collect" if isinstance(want, PayWant) else f"cert.verify:{want.type}"


def want_of(asked: Showing | Price) -> Want:
    """The want that one more call within a session stands for."""
    if isinstance(asked, Price):
        return PayWant(kind="pay", **asked.model_dump())
    if asked.claims:
        return CertificateWant(kind="certificate", **asked.model_dump())
    return PredicateWant(kind="predicate", type=asked.type)


def _known_type(type_id: str) -> Mapping[str, Any]:
    if type_id not in CERTIFICATE_TYPES:
        raise ValueError(f"type: one of {', '.join(CERTIFICATE_TYPES)}")
    return CERTIFICATE_TYPES[type_id].claims


def proofs_of(wants: Iterable[Want]) -> list[CertificateWant | PredicateWant]:
    """The wants that concern certificates, in their order."""
    return [want for want in wants if not isinstance(want, PayWant)]
