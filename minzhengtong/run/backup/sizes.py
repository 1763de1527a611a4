"""Bounds of what an archive may make of itself, checked before anything is unpacked."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from minzhengtong.run.backup.manifest import BackupRefused

MOST_ENTRIES = 1_000
LARGEST_LINE = 1 << 20
"""Bytes of one row as text; the largest of ours, a mini-app with its manifest, has some 60 kB."""
ALWAYS_ALLOWED = 64 << 20
LARGEST_RATIO = 50
"""Bytes for each byte of the archive, beyond the first 64 MB; rows of ours are 5 to 10, a bomb is 1,000."""


def check_sizes(archive: ZipFile, source: Path) -> None:
    """Refuse an archive that says it is too large. `zipfile` reads no entry beyond the size it says.

    Raises: BackupRefused.
    """
    entries = archive.infolist()
    most = max(ALWAYS_ALLOWED, LARGEST_RATIO * source.stat().st_size)
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or total > most:
        expected = f"at most {MOST_ENTRIES:,} entries and {most:,} bytes"
        raise BackupRefused(expected, f"{len(entries):,} entries and {total:,} bytes")
    if odd := next((entry.filename for entry in entries if not _is_plain(entry)), None):
        raise BackupRefused("entries that are deflated and not encrypted", odd[:200])
    if len({entry.filename for entry in entries}) < len(entries):
        raise BackupRefused("each entry once", "two of the same name")


def lines_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines of a file. Raises: BackupRefused for one that is too long."""
    while line := file.readline(LARGEST_LINE + 1):
        if len(line) > LARGEST_LINE:
            raise BackupRefused(f"rows of at most {LARGEST_LINE:,} bytes", "a longer one")
        yield line


def _is_plain(entry: ZipInfo) -> bool:
    return entry.compress_type in (ZIP_STORED, ZIP_DEFLATED) and not entry.flag_bits & 1
