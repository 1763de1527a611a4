"""谁用了我的数据: every use of the citizen's code and data, for the citizen only."""

from flask import Blueprint, render_template

from minzhengtong.web.citizen.uses import refused_logins_of, uses_of
from minzhengtong.web.kit.current import runtime
from minzhengtong.web.kit.guards import login_required, signed_in

blueprint = Blueprint("activity", __name__)


@blueprint.get("/activity")
@login_required
def list_uses() -> str:
    """Show who read or charged what, where and when."""
    with runtime().db.read() as conn:
        uses = refused_logins_of(conn, signed_in().id) + uses_of(conn, signed_in().id)
    return render_template("citizen/activity.html", uses=uses)
