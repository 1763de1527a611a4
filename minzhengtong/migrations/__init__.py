"""The schema's history, and the two commands that walk it. On the top floor: it knows every table."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from minzhengtong.core.paths import MIGRATIONS


def upgrade(conn: Connection, revision: str = "head") -> None:
    """Bring the schema up to `revision`. The caller commits."""
    command.upgrade(_config(conn), revision)


def downgrade(conn: Connection, revision: str) -> None:
    """Take the schema down to `revision` (`base`: empty). The caller commits."""
    command.downgrade(_config(conn), revision)


def _config(conn: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = conn
    return config
