"""One WSGI callable in front of all: the Host header chooses the platform or a mini-app. Has no routes."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.utils import redirect

from minzhengtong.core.paths import STATIC
from minzhengtong.hosting.apps import HostedApps

ASSETS = "/_mzt"
"""Where every app's origin has the platform's stylesheets and icons."""
ANY_HOST_PATHS = ("/healthz", "/metrics")
ASSET_SECONDS = 3600
NOSNIFF = ("X-Content-Type-Options", "nosniff")


def serve_all(platform: WSGIApplication, hosted: HostedApps) -> WSGIApplication:
    """The platform at its public URL, each hosted app at its own origin, all else led to the public URL."""
    public_url = hosted.runtime.settings.public_url
    scheme, own_host = urlsplit(public_url).scheme, _host(public_url)
    apps = {
        _host(origin): _with_assets(partial(hosted.serve, slug)) for origin, slug in hosted.origins.items()
    }

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = _host(f"{scheme}://{environ.get('HTTP_HOST', '')}")
        if host == own_host or environ["PATH_INFO"] in ANY_HOST_PATHS:
            return platform(environ, start_response)
        if host in apps:
            return apps[host](environ, start_response)
        return redirect(public_url + _path(environ), 307)(environ, start_response)

    return serve


def _with_assets(app: WSGIApplication) -> WSGIApplication:
    shared = SharedDataMiddleware(app, {ASSETS: str(STATIC)}, cache_timeout=ASSET_SECONDS)

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            missing = all(name != NOSNIFF[0] for name, _ in headers)
            return start_response(status, [*headers, NOSNIFF] if missing else headers, *rest)

        return shared(environ, start)

    return serve


def _host(url: str) -> str:
    """Host and port as browsers write them: in lower case, without the scheme's default port."""
    scheme, _, host = url.lower().partition("://")
    return host.removesuffix({"http": ":80", "https": ":443"}[scheme])


def _path(environ: WSGIEnvironment) -> str:
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/~!$&'()*+,;=:@") or "/"
    query = quote(environ.get("QUERY_STRING", "").encode("latin-1"), safe="/~!$&'()*+,;=:@?%")
    return f"{path}?{query}" if query else path
