"""Clinic: choose a department, then pay at the desk with one scan that also shows the insurance."""

from secrets import token_hex

from flask import abort, redirect, request
from werkzeug.wrappers import Response

from minzhengtong.sdk import MiniApp, Scan, current_citizen

FEE_FEN = 1000
DEPARTMENTS = ("内科", "外科", "儿科", "眼科", "中医科")

app = MiniApp(__name__)


@app.get("/")
@app.login_required()
def index() -> str:
    visits = app.store.of("visit", current_citizen.sub)
    return app.render("index.html", fee_fen=FEE_FEN, departments=DEPARTMENTS, visits=visits)


@app.post("/visits")
@app.login_required(acr=2)
def register() -> Response:
    department = request.form.get("department", "")
    if department not in DEPARTMENTS:
        abort(400)
    visit = {"department": department, "patient": current_citizen.name, "phone": current_citizen.phone}
    app.store.put("visit", token_hex(8), owner=current_citizen.sub, **visit, paid=False)
    return redirect("/", 303)


@app.on_scan("desk")
def settle(scan: Scan) -> str:
    """Charge the fee of the oldest unpaid visit, if there is one; the scan has shown the insurance."""
    unpaid = [visit for visit in app.store.of("visit", scan.citizen) if not visit.body["paid"]]
    if not unpaid:
        return app.text("没有待缴费的挂号")
    scan.charge(FEE_FEN, subject="门诊挂号费", subject_en="Registration fee")
    app.store.put("visit", unpaid[-1].id, owner=scan.citizen, **unpaid[-1].body | {"paid": True})
    return app.text("医保已核验，已缴费")
