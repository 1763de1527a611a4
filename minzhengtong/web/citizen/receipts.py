"""The citizen's copy of a receipt, with the same facts as the terminal's."""

from flask import Blueprint, render_template

from minzhengtong.identity.masking import mask_name
from minzhengtong.payments.receipts import receipt
from minzhengtong.registry.apps import app_by_id
from minzhengtong.web.citizen.uses import place_name
from minzhengtong.web.kit.current import runtime
from minzhengtong.web.kit.filters import local
from minzhengtong.web.kit.guards import login_required, signed_in

blueprint = Blueprint("receipts", __name__)


@blueprint.get("/receipts/<payment_id>")
@login_required
def show_receipt(payment_id: str) -> str:
    """Show a receipt to the person who paid."""
    with runtime().db.read() as conn:
        paid = receipt(conn, payment_id, payer_id=signed_in().id)
        app = app_by_id(conn, paid.app_id)
        place = place_name(conn, paid.terminal_id)
    payer = mask_name(local(signed_in()))
    return render_template("citizen/receipt.html", receipt=paid, app=app, place=place, payer=payer)
