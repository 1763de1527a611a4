"""One WSGI callable for the platform and all hosted apps: the Host header chooses among them."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.datastructures import Headers
from werkzeug.middleware.shared_data import SharedDataMiddleware

from minzhengtong.base.assets import APP_ASSETS, PARAMETER, cache_control, versions
from minzhengtong.base.paths import STATIC
from minzhengtong.hosting.apps import HostedApps
from minzhengtong.hosting.foreign_hosts import answer_foreign, is_marked, without_mark

ANY_HOST_PATH = "/healthz"


def serve_all(platform: WSGIApplication, hosted: HostedApps) -> WSGIApplication:
    """The platform at its public URL and each hosted app at its origin; for other hosts `answer_foreign`."""
    public_url = hosted.runtime.settings.public_url
    scheme, own_host = urlsplit(public_url).scheme, _host(public_url)
    apps = {
        _host(origin): _with_assets(partial(hosted.serve, slug)) for origin, slug in hosted.origins.items()
    }

    @_with_assets  # the page of the 421 has no other place to get its styles from
    def foreign(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return answer_foreign(environ, public_url)(environ, start_response)

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        _make_plain(environ)
        host = _host(f"{scheme}://{environ.get('HTTP_HOST', '')}")
        if host == own_host or environ["PATH_INFO"] == ANY_HOST_PATH:
            own = without_mark(environ, public_url) if is_marked(environ) else platform
            return own(environ, start_response)
        if host in apps:
            return apps[host](environ, start_response)
        return foreign(environ, start_response)

    return serve


def _make_plain(environ: WSGIEnvironment) -> None:
    """Serve from the root, with one slash at the start of each path, whatever the request says.

    Some servers read `SCRIPT_NAME` from a header. In a redirect, `//host` and `@host` would be another host.
    """
    environ["SCRIPT_NAME"] = ""
    environ["PATH_INFO"] = "/" + environ.get("PATH_INFO", "").lstrip("/")


def _with_assets(app: WSGIApplication) -> WSGIApplication:
    shared = SharedDataMiddleware(app, {APP_ASSETS: str(STATIC)})

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name = environ["PATH_INFO"].removeprefix(APP_ASSETS + "/")
        kept = cache_control(name, _asked_version(environ)) if name in versions() else None

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            answer = Headers(headers)
            answer.setdefault("X-Content-Type-Options", "nosniff")
            if kept:
                answer["Cache-Control"] = kept
                answer.remove("Expires")  # the middleware's guess
            return start_response(status, list(answer), *rest)

        return shared(environ, start)

    return serve


def _asked_version(environ: WSGIEnvironment) -> str:
    query: str = environ.get("QUERY_STRING", "")
    return parse_qs(query).get(PARAMETER, [""])[0]


def _host(url: str) -> str:
    """Host and port as browsers write them: in lower case, without the scheme's default port."""
    scheme, _, host = url.lower().partition("://")
    return host.removesuffix({"http": ":80", "https": ":443"}[scheme])
