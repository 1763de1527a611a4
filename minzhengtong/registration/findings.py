"""What a remote app's settings cost its users: allowed, and said to the person who adds the app."""

from collections.abc import Iterator

from minzhengtong.base.hosts import cookie_host, is_loopback
from minzhengtong.base.settings import Settings
from minzhengtong.registry.manifest import Manifest
from minzhengtong.registry.oidc_client import Oidc

_WITHOUT_SECRET = {
    "none": "No secret: token_endpoint_auth_method is none, so PKCE alone protects its codes.",
    "private_key_jwt": "No secret: it proves itself by a private key that only it has.",
}
_WITHOUT_PKCE = (
    "require_pkce is false: a code that somebody stole can be used in a login of theirs (RFC 9700 §4.5). "
    "Leave it out when the app's library knows PKCE."
)
_IN_MANY_HANDS = (
    "A secret in a native app is in the hands of all who install it (RFC 8252 §8.5): use "
    "token_endpoint_auth_method none."
)
_SCANS_NOTHING = "Without the grant client_credentials nothing can be scanned at its terminals."


def why_no_secret(oidc: Oidc) -> str:
    """Why the client has no secret; empty if it has one."""
    return _WITHOUT_SECRET.get(oidc.token_endpoint_auth_method, "")


def findings(settings: Settings, manifest: Manifest) -> list[str]:
    """The warnings, one sentence or two each; none if everything is as strict as by default."""
    oidc = manifest.mzt.oidc
    return [*_of_client(manifest, oidc), *_of_cookies(settings, oidc)] if oidc else []


def _of_client(manifest: Manifest, oidc: Oidc) -> Iterator[str]:
    if not oidc.require_pkce:
        yield _WITHOUT_PKCE
    if oidc.application_type == "native" and not why_no_secret(oidc):
        yield _IN_MANY_HANDS
    if manifest.mzt.terminals and "client_credentials" not in oidc.grant_types:
        yield _SCANS_NOTHING


def _of_cookies(settings: Settings, oidc: Oidc) -> Iterator[str]:
    if oidc.application_type == "native":
        return
    uris = (uri for uri in oidc.redirect_uris if uri.startswith("http:"))
    for host in dict.fromkeys(cookie_host(uri) for uri in uris):
        if host == cookie_host(settings.public_url):
            other = "127.0.0.1" if host == "localhost" else "another host name"
            yield (
                f"Cookies ignore ports: this app gets the platform's session cookie of everybody who visits "
                f"it at {host}, and can act as them. Use {other} unless you trust it with that."
            )
        elif is_loopback(host):
            yield f"Cookies ignore ports: all programs on {host} get this app's cookies, and it gets theirs."
