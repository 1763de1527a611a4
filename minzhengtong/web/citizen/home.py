"""The citizen's first page: greeting, search, the code, mini-apps, recent uses."""

from flask import Blueprint, render_template
from flask_babel import gettext as _

from minzhengtong.base.clock import FUJIAN
from minzhengtong.registry.apps import list_apps
from minzhengtong.web.citizen.uses import uses_of
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import login_required, signed_in

TILES = 12
RECENT_ROWS = 30
RECENT_USES = 3

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@login_required
def show_home() -> str:
    """Show mini-apps and the latest uses at terminals."""
    with runtime().db.read() as conn:
        apps = list_apps(conn, limit=TILES, only_active=True)
        uses = [use for use in uses_of(conn, signed_in().id, limit=RECENT_ROWS) if use.where]
    return render_template("citizen/home.html", greeting=_greeting(), apps=apps, uses=uses[:RECENT_USES])


def _greeting() -> str:
    hour = now().astimezone(FUJIAN).hour
    if 5 <= hour < 12:
        return _("早上好")
    return _("下午好") if 12 <= hour < 18 else _("晚上好")
