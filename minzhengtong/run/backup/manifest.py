"""The manifest of a backup: schema revision, numbers of rows and digests."""

import json
from datetime import UTC, datetime
from typing import Annotated, Literal
from zipfile import BadZipFile, ZipFile

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from minzhengtong.base.errors import InvalidInput

NAME = "manifest.json"
LARGEST = 1 << 20

FILE_NAME = r"^(keys/[A-Za-z0-9_-]+\.(pem|secret)|apps/[a-z0-9-]+\.db)$"
FileName = Annotated[str, StringConstraints(pattern=FILE_NAME)]
"""Files outside the database; no other file is written to an archive, or from one to disk."""

Revision = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
"""A schema revision by its number: Alembic would also accept `head`, and fails on an empty name."""


class BackupRefused(InvalidInput):
    """Raised when an archive cannot be read, or cannot be written or restored to the given place."""

    code = "backup_refused"
    title = "The backup cannot be used here"


Moment = Annotated[
    AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC))
]
"""A time that can be written in every time zone."""


class TableFacts(BaseModel):
    """A table's number of rows and the SHA-256 of its lines."""

    model_config = ConfigDict(extra="forbid")
    rows: int = Field(ge=0)
    sha256: str


class Manifest(BaseModel):
    """The contents of manifest.json."""

    model_config = ConfigDict(extra="forbid")
    format: Literal[1]
    made_at: Moment
    engine: str
    revision: Revision
    ledger_sha256: str
    tables: dict[str, TableFacts]
    files: dict[FileName, str]


def read(archive: ZipFile) -> Manifest:
    """Return the manifest of an archive. Raises: BackupRefused."""
    if NAME in archive.namelist() and archive.getinfo(NAME).file_size > LARGEST:
        raise BackupRefused(f"a manifest of at most {LARGEST:,} bytes", "a larger one")
    try:
        return Manifest.model_validate(json.loads(archive.read(NAME)))
    except (KeyError, ValueError, ValidationError, BadZipFile) as error:
        expected, received = "a backup of format 1 with a manifest", str(error).splitlines()[0]
        raise BackupRefused(expected, received) from error
