"""办事: every mini-app with search; one that is off says why."""

from flask import Blueprint, render_template, request

from minzhengtong.registry.apps import list_apps
from minzhengtong.web.current import runtime
from minzhengtong.web.guards import login_required

MAX_QUERY = 50

blueprint = Blueprint("services", __name__, url_prefix="/services")


@blueprint.get("")
@login_required
def list_services() -> str:
    """Show the mini-apps that hold every word of `q`."""
    query = request.args.get("q", "").strip()[:MAX_QUERY]
    with runtime().db.reading() as conn:
        apps = list_apps(conn, query)
    return render_template("portal/services.html", apps=apps, query=query)
