"""Compiles each template once for all the apps of a process: every test makes apps of its own."""

from types import CodeType
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """Code by the template's file and the digest of its text."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code:
            self._code[bucket.key, bucket.checksum] = bucket.code


_COMPILED = Compiled()


class Sharing(Environment):
    """Jinja's environment of one app, which shares the code of its templates with all others."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, bytecode_cache=_COMPILED, **options)


def share_compiled() -> None:
    """Let every Flask app that is made from now on share its templates' code."""
    Flask.jinja_environment = Sharing
