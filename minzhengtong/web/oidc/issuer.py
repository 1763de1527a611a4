"""The issuer: the platform's public URL. Plain http is accepted on the loopback only."""

import logging

from authlib.common.security import is_secure_transport

from minzhengtong.base.settings import SettingRefused
from minzhengtong.web.kit.current import runtime

log = logging.getLogger(__name__)


def issuer() -> str:
    """The `iss` of every answer and token."""
    return runtime().settings.public_url


def check_issuer(issuer: str) -> None:
    """Refuse an issuer that would send tokens over a network unencrypted. Raises: SettingRefused."""
    if not is_secure_transport(issuer):
        raise SettingRefused("MZT_PUBLIC_URL with https, or http on localhost or a loopback address", issuer)
    if issuer.startswith("http:"):
        log.info("OpenID Connect runs over plain http, because %s is on the loopback", issuer)
