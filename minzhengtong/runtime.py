"""What a process has for its whole life: settings, clock, database, keys."""

from dataclasses import dataclass
from pathlib import Path

from minzhengtong.base.clock import Clock, SystemClock
from minzhengtong.base.private import private_file, private_folder
from minzhengtong.base.settings import Settings
from minzhengtong.db.database import Database
from minzhengtong.keys.keyring import KeyRing, Keys


@dataclass(frozen=True, slots=True)
class Runtime:
    """For code that opens transactions: web, worker, command line. Rooms get connections instead."""

    settings: Settings
    clock: Clock
    db: Database
    keyring: KeyRing

    @classmethod
    def open(cls, settings: Settings, clock: Clock | None = None) -> "Runtime":
        """Prepare a process. Connects on first use only. Raises: FolderShared."""
        private_folder(settings.var_dir)
        db = Database(
            settings.database_url,
            sqlite_sync=settings.sqlite_sync,
            pool_size=2 * settings.web_threads + 2,
        )
        if db.is_sqlite:
            for suffix in ("", "-wal", "-shm", "-lock"):
                private_file(Path(f"{db.engine.url.database}{suffix}"))
        return cls(settings, clock or SystemClock(), db, KeyRing(settings.var_dir / "keys"))

    def keys(self) -> Keys:
        """The keys that are valid now, for callers without a connection: one is opened every two seconds."""
        if fresh := self.keyring.fresh:
            return fresh
        with self.db.read() as conn:
            return self.keyring.current(conn)

    def close(self) -> None:
        """Close the database connections of a process that goes on without them."""
        self.db.dispose()
