"""办事: the mini-apps, page by page, with search, and the reason why one is off."""

from flask import Blueprint, render_template, request, send_file
from werkzeug.wrappers import Response

from minzhengtong.base.errors import NotFound
from minzhengtong.registry.apps import list_apps
from minzhengtong.web.kit.current import hosted, runtime
from minzhengtong.web.kit.guards import login_required, public

MAX_QUERY = 50
PAGE_SIZE = 50
MAX_PAGE = 1_000
ICON_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""An app's SVG is served from the platform's origin, so a browser that opens it must run nothing in it."""

blueprint = Blueprint("services", __name__, url_prefix="/services")


@blueprint.get("")
@login_required
def list_services() -> str:
    """Show one page of the mini-apps that hold every word of `q`."""
    query = request.args.get("q", "").strip()[:MAX_QUERY]
    page = min(max(request.args.get("page", 1, int), 1), MAX_PAGE)
    with runtime().db.read() as conn:
        apps = list_apps(conn, query=query, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    following = page + 1 if len(apps) > PAGE_SIZE else None
    return render_template("citizen/services.html", apps=apps[:PAGE_SIZE], query=query, following=following)


@blueprint.get("/<slug>/icon.svg")
@public
def show_icon(slug: str) -> Response:
    """Serve a hosted app's icon: our pages load pictures from our own origin only."""
    path = hosted().icon(slug)
    if path is None:
        raise NotFound("the slug of a hosted mini-app", slug)
    answer = send_file(path, mimetype="image/svg+xml", max_age=3600)
    answer.headers["Content-Security-Policy"] = ICON_POLICY
    return answer
