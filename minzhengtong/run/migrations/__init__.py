"""Upgrades and downgrades the database schema.

Alembic is imported only when the schema has to change: the import takes 0.1 s and 10 MB.
"""

from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from minzhengtong.base.errors import Conflict
from minzhengtong.base.paths import MIGRATIONS

if TYPE_CHECKING:
    from alembic.config import Config


class SchemaUnknown(Conflict):
    """Raised when the database has a schema revision that this version does not know."""

    code = "schema_unknown"
    title = "This version cannot use the database"


class NotMigrated(Conflict):
    """Raised when the database is empty or has the schema of an older version."""

    code = "not_migrated"
    title = "There is no simulator of this version here"

    def __init__(self, expected: str, received: str) -> None:
        advice = (
            "Type it where the simulator was started, with the same MZT_VAR_DIR and MZT_DATABASE_URL; "
            "`minzhengtong run` and `minzhengtong migrate` make or upgrade the database."
        )
        super().__init__(expected, received, advice)


def check(conn: Connection) -> None:
    """Check that the schema is the newest. Raises: NotMigrated, SchemaUnknown."""
    if (revision := _check(_revision(conn))) != newest_revision():
        raise NotMigrated(f"a database at revision {newest_revision()}", revision or "one without tables")


def upgrade(conn: Connection, revision: str = "head") -> None:
    """Upgrade the schema to `revision`. The caller commits. Raises: SchemaUnknown."""
    if revision == "head" and _check(_revision(conn)) == newest_revision():
        return
    from alembic import command

    command.upgrade(_config(conn), revision)


def downgrade(conn: Connection, revision: str) -> None:
    """Downgrade the schema to `revision` (`base`: no tables). The caller commits."""
    from alembic import command

    command.downgrade(_config(conn), revision)


def newest_revision() -> str:
    """Return the newest revision; a revision's file name begins with its number."""
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
