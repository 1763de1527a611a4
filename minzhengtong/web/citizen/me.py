"""The citizen's own page: particulars, balance, logout."""

from flask import Blueprint, render_template

from minzhengtong.identity.masking import mask_id_number, mask_name, mask_phone
from minzhengtong.payments.ledger import balance_fen
from minzhengtong.places.divisions import division
from minzhengtong.web.kit.current import runtime
from minzhengtong.web.kit.filters import local
from minzhengtong.web.kit.guards import login_required, signed_in

blueprint = Blueprint("me", __name__)


@blueprint.get("/me")
@login_required
def show_me() -> str:
    """Show the particulars masked, because others may see the screen."""
    person = signed_in()
    with runtime().db.read() as conn:
        balance = balance_fen(conn, person.id)
    return render_template(
        "citizen/me.html",
        name=mask_name(local(person)),
        phone=mask_phone(person.phone or ""),
        id_number=mask_id_number(person.id_number),
        home=division(person.home),
        balance_fen=balance,
    )
