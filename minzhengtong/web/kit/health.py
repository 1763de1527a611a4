"""Whether this process can serve: for supervisors and tests."""

from flask import Blueprint
from sqlalchemy import text

from minzhengtong import __version__
from minzhengtong.web.kit.current import runtime
from minzhengtong.web.kit.guards import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> dict[str, str]:
    """Read from the database and answer 200."""
    with runtime().db.read() as conn:
        conn.execute(text("SELECT 1"))
    return {"status": "ok", "version": __version__}
