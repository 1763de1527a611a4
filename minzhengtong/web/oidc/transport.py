"""Plain http for the provider: on the loopback only, and the log says so."""

import logging

from authlib.common.security import is_secure_transport

from minzhengtong.base.settings import SettingRefused

log = logging.getLogger(__name__)


def check_issuer(issuer: str) -> None:
    """Refuse an issuer that would send tokens over a network in the clear. Raises: SettingRefused."""
    if not is_secure_transport(issuer):
        raise SettingRefused("MZT_PUBLIC_URL with https, or http on localhost or a loopback address", issuer)
    if issuer.startswith("http:"):
        log.info("OpenID Connect runs over plain http, because %s is on the loopback", issuer)
