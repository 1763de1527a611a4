"""What a scan at a terminal asks for, and which operator scopes that takes."""

from collections.abc import Sequence

from pydantic import TypeAdapter, ValidationError

from minzhengtong.access.authorize import ScopeNotGranted
from minzhengtong.base.errors import InvalidInput
from minzhengtong.registry.terminals import Terminal
from minzhengtong.wants.wants import CertificateWant, PayWant, Want, check_wants

_WANTS = TypeAdapter(list[Want])


class WantsInvalid(InvalidInput):
    """The terminal's own wants, as its manifest has them, ask for something that does not exist."""

    code = "wants_invalid"
    title = "The terminal's default wants are not valid"


def default_wants(terminal: Terminal) -> list[Want]:
    """What a scan at this terminal asks for when it names nothing. Raises: WantsInvalid."""
    try:
        return check_wants(_WANTS.validate_python([dict(want) for want in terminal.wants]))
    except (ValidationError, ValueError) as error:
        raise WantsInvalid("wants of known types and claims", str(error)[:300]) from error


def scopes_needed(terminal: Terminal, wants: Sequence[Want]) -> list[str]:
    """The operator scopes that these wants take at this terminal, scanning itself first.

    Raises: ScopeNotGranted for claims that the app was not granted, whatever its token says.
    """
    for want in wants:
        if isinstance(want, CertificateWant):
            _check_claims(terminal.claims_of(want.type), want)
    asked = ("pay.collect" if isinstance(want, PayWant) else f"cert.verify:{want.type}" for want in wants)
    return list(dict.fromkeys((terminal.code_scope, *asked)))


def _check_claims(granted: frozenset[str], want: CertificateWant) -> None:
    if strange := [claim for claim in want.claims if claim not in granted]:
        expected = f"claims of {want.type} within: {', '.join(sorted(granted)) or 'none'}"
        raise ScopeNotGranted(
            expected, ", ".join(strange), "name them in mzt.operator_scopes of the manifest"
        )
