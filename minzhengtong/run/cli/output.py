"""Keeps a failure to print apart from the command: the exit code tells what the command did."""

import io
import os
import sys
from errno import EPIPE
from pathlib import Path
from typing import Any

import click


class OutputLost(click.ClickException):
    """The output of a command that does nothing but print could not be written."""

    exit_code = 2


class _Lenient(io.FileIO):
    """A standard stream that never raises: it remembers the first error and drops what it cannot write."""

    error: OSError | None = None

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.error = self.error or error
            return memoryview(data).nbytes


def make_lenient() -> None:
    """Replace the standard streams of this process; text that the terminal cannot show becomes `?`."""
    sys.stdout, sys.stderr = (_lenient(stream) for stream in (sys.stdout, sys.stderr))


def _lenient(stream: Any) -> io.TextIOWrapper:
    if stream is None:  # closed by the caller
        return Path(os.devnull).open("w", encoding="utf-8")
    raw = _Lenient(stream.fileno(), "w", closefd=False)
    buffer = io.BufferedWriter(raw)
    return io.TextIOWrapper(buffer, stream.encoding, errors="replace", line_buffering=True)


def lost() -> OSError | None:
    """The error that kept output from being written, except that its reader wanted no more."""
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    error = getattr(raw, "error", None)
    return error if error and error.errno != EPIPE else None


def must_be_shown() -> None:
    """Call at the end of a command that does nothing but print. Raises: OutputLost."""
    if error := lost():
        raise OutputLost(f"the output cannot be written: {error.strerror}")


def report_lost() -> None:
    """Say on stderr that output of a command that did its work is missing."""
    if error := lost():
        click.echo(f"Not all output could be written: {error.strerror}.", err=True)
