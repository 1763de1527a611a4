"""办事: every mini-app with search; one that is off says why."""

from flask import Blueprint, render_template, request, send_file
from werkzeug.wrappers import Response

from minzhengtong.base.errors import NotFound
from minzhengtong.registry.apps import list_apps
from minzhengtong.web.kit.current import hosted, runtime
from minzhengtong.web.kit.guards import login_required, public

MAX_QUERY = 50
ICON_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""An app's drawing stands on the platform's origin: opened by itself it may do nothing."""

blueprint = Blueprint("services", __name__, url_prefix="/services")


@blueprint.get("")
@login_required
def list_services() -> str:
    """Show the mini-apps that hold every word of `q`."""
    query = request.args.get("q", "").strip()[:MAX_QUERY]
    with runtime().db.read() as conn:
        apps = list_apps(conn, query)
    return render_template("citizen/services.html", apps=apps, query=query)


@blueprint.get("/<slug>/icon.svg")
@public
def show_icon(slug: str) -> Response:
    """Show a hosted app's icon: pages of ours load pictures from our own origin only."""
    path = hosted().icon(slug)
    if path is None:
        raise NotFound("the slug of a hosted mini-app", slug)
    answer = send_file(path, mimetype="image/svg+xml", max_age=3600)
    answer.headers["Content-Security-Policy"] = ICON_POLICY
    return answer
