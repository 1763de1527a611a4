"""The algorithms that signatures of ours and of clients may have, for joserfc."""

from collections.abc import Collection
from copy import copy
from typing import Any

from joserfc.jws import JWSRegistry

from minzhengtong.oidc.client_metadata import ALGORITHMS

_EDDSA = copy(JWSRegistry.algorithms["EdDSA"])
_EDDSA.security_warning = None


class _Registry(JWSRegistry):
    """Allows EdDSA without a warning at each use: its new name of RFC 9864, Ed25519, few clients know yet."""

    def get_alg(self, name: str) -> Any:
        return _EDDSA if name == _EDDSA.name and name in (self.allowed or ()) else super().get_alg(name)


def allowing(algorithms: Collection[str] = ALGORITHMS) -> JWSRegistry:
    """A registry that knows these algorithms and no other."""
    return _Registry(algorithms=algorithms)
