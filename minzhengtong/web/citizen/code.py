"""一码通, the citizen's one code: shown, renewed, frozen and unfrozen."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.draw import draw_svg
from minzhengtong.codes.holder import freeze, holder_of, unfreeze
from minzhengtong.codes.issue import REFRESH_SECONDS, issue_code
from minzhengtong.places.divisions import region_of
from minzhengtong.scans.outcome import Scan
from minzhengtong.web.citizen.results import (
    SHOWN_AFTER_RELOAD_FOR,
    SHOWN_FOR,
    last_scan,
    mark_of,
    result_of,
    seconds_left,
)
from minzhengtong.web.kit.current import keys, now, runtime
from minzhengtong.web.kit.guards import login_required, signed_in

ABILITIES = {
    CodeScope.PAY: {"picture": "money", "name": _("付款")},
    CodeScope.CERTIFICATES: {"picture": "certificate", "name": _("亮证")},
    CodeScope.TRANSIT: {"picture": "bus", "name": _("乘车")},
    CodeScope.MEDICAL_INSURANCE: {"picture": "clinic", "name": _("医保")},
}
"""The uses that the code is issued for. The page lists them, and to show the code is to consent to them."""
SCOPE = CodeScope(sum(ABILITIES))

blueprint = Blueprint("code", __name__, url_prefix="/code")


@blueprint.get("")
@login_required
def show_code() -> str:
    """Show a new code. Without JavaScript the page reloads itself, also for a result it has not `seen`."""
    with runtime().db.write() as conn:
        scan = last_scan(conn, now(), signed_in().id, SHOWN_AFTER_RELOAD_FOR)
        shown = _shown(conn, scan, request.args.get("seen"), SHOWN_FOR.seconds)
    return render_template("citizen/code.html", **shown)


@blueprint.post("/fresh")
@login_required
def fresh() -> str:
    """The part of the page that changes: a result that the page has not `seen` yet, else the next code."""
    with runtime().db.write() as conn:
        scan = last_scan(conn, now(), signed_in().id)
        shown = _shown(conn, scan, request.form.get("seen"), seconds_left(now(), scan) if scan else 0)
    return render_template("citizen/_code.html", **shown)


@blueprint.get("/status")
@login_required
def status() -> dict[str, str]:
    """The mark of the last scan. The page asks once a second, so this is one read by an index."""
    with runtime().db.read() as conn:
        return {"mark": mark_of(last_scan(conn, now(), signed_in().id))}


@blueprint.post("/freeze")
@login_required
def freeze_code() -> Response:
    """口头挂失: from now on none of the citizen's codes can be spent."""
    with runtime().db.write() as conn:
        freeze(conn, now(), signed_in().id, "holder")
    return redirect(url_for("code.show_code"), 303)


@blueprint.post("/unfreeze")
@login_required
def unfreeze_code() -> Response:
    """Lift a freeze that the citizen made."""
    with runtime().db.write() as conn:
        unfreeze(conn, now(), signed_in().id, "holder")
    return redirect(url_for("code.show_code"), 303)


def _shown(conn: Connection, scan: Scan | None, seen: str | None, seconds: int) -> dict[str, Any]:
    """The result of a scan that the page has not `seen`, for so many seconds, or else the next code.

    Never both: a green result above an unused code would pass a person who was not scanned.
    """
    mark = mark_of(scan)
    if scan and seen not in (None, mark):
        return {"mark": mark, "result": result_of(conn, scan), "seconds": seconds}
    return _code(conn) | {"mark": mark}


def _code(conn: Connection) -> dict[str, Any]:
    person = signed_in()
    state = holder_of(conn, person.id)
    if state.is_frozen:
        return {"frozen": state.frozen_by}
    code = issue_code(conn, now(), keys(conn), person.id, region_of(person.home), SCOPE)
    groups = [code.digits[:6], code.digits[6:12], code.digits[12:]]
    picture = Markup(draw_svg(code.text, str(_("一码通二维码"))))  # noqa: S704  (our own drawing, title escaped)
    return {
        "picture": picture,
        "digit_groups": groups,
        "refresh_seconds": REFRESH_SECONDS,
        "abilities": ABILITIES.values(),
    }
