"""Keeps remote apps off the addresses of the platform and of its hosted apps."""

from minzhengtong.base.hosts import cookie_host, is_loopback, port_of
from minzhengtong.base.settings import Settings
from minzhengtong.registry.apps import OriginTaken

_SLUG = "slug-of-an-app"


def check_remote_origin(settings: Settings, origin: str) -> None:
    """Check the origin of a remote app, in any spelling. Raises: OriginTaken.

    The platform's server listens on its ports of the loopback. A host name of hosted apps is refused on every
    port, because cookies ignore ports: a server there would get the cookies of the hosted app.
    """
    host = cookie_host(origin)
    if host == cookie_host(settings.public_url) and port_of(origin) == port_of(settings.public_url):
        raise OriginTaken("an origin other than the platform's", origin)
    if is_loopback(host) and port_of(origin) in settings.own_ports:
        raise OriginTaken("a port other than the platform's", origin)
    before, _, after = cookie_host(settings.app_url(_SLUG)).partition(_SLUG)
    if host.startswith(before) and host.endswith(after) and len(host) > len(before + after):
        raise OriginTaken(f"a host name other than {before}*{after}, which hosted apps have", origin)
