"""The schema's history, and the two commands that walk it. On the top floor: it knows every table.

Alembic is imported when there is a way to go: it takes a tenth of a second and ten megabytes.
"""

from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from minzhengtong.base.errors import Conflict
from minzhengtong.base.paths import MIGRATIONS

if TYPE_CHECKING:
    from alembic.config import Config


class SchemaUnknown(Conflict):
    """The database was made by a version whose schema this one does not know."""

    code = "schema_unknown"
    title = "This version cannot use the database"


def upgrade(conn: Connection, revision: str = "head") -> None:
    """Bring the schema up to `revision`. The caller commits. Raises: SchemaUnknown."""
    if revision == "head" and _check(_revision(conn)) == newest_revision():
        return
    from alembic import command

    command.upgrade(_config(conn), revision)


def downgrade(conn: Connection, revision: str) -> None:
    """Take the schema down to `revision` (`base`: empty). The caller commits."""
    from alembic import command

    command.downgrade(_config(conn), revision)


def newest_revision() -> str:
    """The revision that the newest file makes: files are named by it, in their order."""
    return max(_revisions())


def _revisions() -> set[str]:
    return {path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")}


def _check(revision: str | None) -> str | None:
    if revision is not None and revision not in _revisions():
        known = f"{min(_revisions())} to {newest_revision()}"
        raise SchemaUnknown(f"a database at revision {known}", revision, "set MZT_VAR_DIR to a new folder")
    return revision


def _revision(conn: Connection) -> str | None:
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _config(conn: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = conn
    return config
