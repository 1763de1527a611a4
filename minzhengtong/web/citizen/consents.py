"""The citizen's consents, and the button that revokes one."""

from flask import Blueprint, Response, flash, render_template, url_for
from flask_babel import gettext as _

from minzhengtong.access.consent import consents_of, revoke
from minzhengtong.registry.apps import apps_by_ids
from minzhengtong.registry.scopes import scope_named
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import login_required, signed_in
from minzhengtong.web.oidc.answers import see_other

blueprint = Blueprint("consents", __name__)


@blueprint.get("/me/consents")
@login_required
def list_consents() -> str:
    """Show each app with what it may read and until when."""
    with runtime().db.read() as conn:
        live = consents_of(conn, now(), signed_in().id)
        apps = apps_by_ids(conn, (one.app_id for one in live))
    rows = [(apps[one.app_id], [scope_named(name) for name in one.scopes], one) for one in live]
    return render_template("citizen/consents.html", rows=rows)


@blueprint.post("/me/consents/<app_id>/revoke")
@login_required
def take_back(app_id: str) -> Response:
    """Revoke a consent. One that is revoked already changes nothing."""
    person = signed_in()
    with runtime().db.write() as conn:
        ended = revoke(conn, now(), person.id, app_id)
    if ended:
        flash(_("已撤回授权，这个小程序不能再读取您的信息。"))
    return see_other(url_for("consents.list_consents"))
