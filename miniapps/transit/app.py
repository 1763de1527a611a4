"""City bus: the fare, the citizen's own rides, and the gate that charges them."""

from minzhengtong.sdk import MiniApp, Scan, current_citizen, format_fen

LINE, LINE_EN = "1 路公交", "Bus 1"
FARE_FEN = 200
SENIOR_REASON, SENIOR_REASON_EN = "敬老证免费乘车", "Free ride with a senior card"

app = MiniApp(__name__)


@app.get("/")
@app.login_required()
def index() -> str:
    rides = app.store.of("ride", current_citizen.sub)
    return app.render("index.html", fare_fen=FARE_FEN, rides=rides)


@app.on_scan("gate")
def board(scan: Scan) -> str:
    """Free with a senior card, asked for as a yes or no; otherwise the fare."""
    senior = scan.has("senior-card")
    fare, reason, reason_en = (0, SENIOR_REASON, SENIOR_REASON_EN) if senior else (FARE_FEN, None, None)
    paid = scan.charge(fare, subject=LINE, subject_en=LINE_EN, reason=reason, reason_en=reason_en)
    ride = {"line": paid.subject, "amount_fen": paid.amount_fen, "reason": paid.reason}
    app.store.put("ride", scan.id, owner=scan.citizen, **ride)
    return app.text("敬老证，免费") if senior else app.text("{fare}，请上车", fare=format_fen(fare))
