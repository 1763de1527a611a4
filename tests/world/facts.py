"""Names and requests that many tests use: addresses, terminals of the demo, and what a terminal may want."""

from typing import Any

from pydantic import TypeAdapter

from minzhengtong.wants.wants import Want, Wants

PLATFORM, TRANSIT, CLINIC = (
    f"http://{host}:8000" for host in ("localhost", "transit.localhost", "clinic.localhost")
)
GATE, DESK = "fuzhou-bus-1-gate", "fuzhou-clinic-desk"

FARE = {"kind": "pay", "amount_fen": 200, "subject": "1 路公交"}
INSURED = {"kind": "certificate", "type": "medical-insurance", "claims": ["name", "insured_place"]}
SENIOR = {"kind": "predicate", "type": "senior-card"}

_WANTS: TypeAdapter[list[Want]] = TypeAdapter(Wants)


def wants(*items: dict[str, Any]) -> list[Want]:
    """Read wants as the API does."""
    return _WANTS.validate_python(list(items))
