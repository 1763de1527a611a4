"""Answers requests whose Host is neither the platform's nor an app's: one redirect, or 421."""

import logging
from urllib.parse import quote
from wsgiref.types import WSGIEnvironment

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from minzhengtong.hosting.pages import host_is_foreign

MARK = "mzt_redirected=1"
"""Ends the query of a redirect to the public URL. The platform takes it off by one more redirect."""

log = logging.getLogger(__name__)


def answer_foreign(environ: WSGIEnvironment, public_url: str) -> Response:
    """Redirect a visitor who typed another name of this machine to the public URL.

    A proxy that sends its upstream's Host would be redirected to the same address for ever. So a request that
    a proxy forwarded, or that was redirected already, gets 421 (RFC 9110 §15.5.20) instead.
    """
    if not (_was_forwarded(environ) or is_marked(environ)):
        target = public_url + _path(environ)
        return redirect(f"{target}{'&' if environ.get('QUERY_STRING') else '?'}{MARK}", 307)
    host = environ.get("HTTP_HOST", "")[:200]
    log.warning("Host %r is neither %s nor an app's: does a proxy send another Host on?", host, public_url)
    return host_is_foreign(public_url, host)


def is_marked(environ: WSGIEnvironment) -> bool:
    """Whether this request was redirected by us."""
    return str(environ.get("QUERY_STRING", "")).endswith(MARK)


def without_mark(environ: WSGIEnvironment, public_url: str) -> Response:
    """Redirect to the same address without our mark."""
    query = environ["QUERY_STRING"].removesuffix(MARK).rstrip("&")
    return redirect(public_url + _path({**environ, "QUERY_STRING": query}), 307)


def _was_forwarded(environ: WSGIEnvironment) -> bool:
    names = ("HTTP_FORWARDED", "HTTP_VIA")
    return any(name in names or name.startswith("HTTP_X_FORWARDED_") for name in environ)


def _path(environ: WSGIEnvironment) -> str:
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/~!$&'()*+,;=:@")
    query = quote(environ.get("QUERY_STRING", "").encode("latin-1"), safe="/~!$&'()*+,;=:@?%")
    return f"{path}?{query}" if query else path
