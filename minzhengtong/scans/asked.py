"""Which operator scopes a scan needs, by what it asks for."""

from collections.abc import Sequence

from minzhengtong.access.authorize import ScopeNotGranted
from minzhengtong.registry.terminals import Terminal
from minzhengtong.wants.wants import CertificateWant, Want, scope_of_want


def scopes_needed(terminal: Terminal, wants: Sequence[Want]) -> list[str]:
    """The operator scopes that these wants need at this terminal; the one for scanning itself comes first.

    Raises: ScopeNotGranted for claims that the app's manifest does not name, whatever the token says.
    """
    for want in wants:
        if isinstance(want, CertificateWant):
            _check_claims(terminal.claims_of(want.type), want)
    return list(dict.fromkeys((terminal.code_scope, *map(scope_of_want, wants))))


def _check_claims(granted: frozenset[str], want: CertificateWant) -> None:
    if strange := [claim for claim in want.claims if claim not in granted]:
        expected = f"claims of {want.type} within: {', '.join(sorted(granted)) or 'none'}"
        raise ScopeNotGranted(
            expected, ", ".join(strange), "name them in mzt.operator_scopes of the manifest"
        )
