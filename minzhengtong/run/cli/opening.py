"""Opens the runtime of a command that needs a simulator that was started before."""

from pathlib import Path

from sqlalchemy import make_url

from minzhengtong.base.settings import Settings
from minzhengtong.run import migrations
from minzhengtong.run.migrations import NotMigrated
from minzhengtong.runtime import Runtime


def existing_runtime() -> Runtime:
    """The runtime of a migrated database. Raises: NotMigrated, with no file or folder made; SchemaUnknown."""
    settings = Settings.from_env()
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise NotMigrated("a database", f"no file {url.database}")
    runtime = Runtime.open(settings)
    with runtime.db.read() as conn:
        migrations.check(conn)
    return runtime
