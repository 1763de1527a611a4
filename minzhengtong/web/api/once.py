"""Calls that spend or pay are done once for each Idempotency-Key: act and answer commit together."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self, TypeVar

from flask import Response, request
from pydantic import BaseModel
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from minzhengtong.base.digest import digest
from minzhengtong.base.errors import DomainError, InvalidInput
from minzhengtong.idempotency import answers as idempotency
from minzhengtong.idempotency.answers import Answer
from minzhengtong.web.kit.current import runtime

_KEY = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")

_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
"""A String of RFC 9651 §3.3.3, as the IETF's draft writes the key."""


class IdempotencyKeyMissing(InvalidInput):
    """A call that spends or pays has no Idempotency-Key."""

    code = "idempotency_key_missing"
    title = "This call needs an Idempotency-Key"


class IdempotencyKeyMalformed(InvalidInput):
    """The key is too long, or not printable ASCII."""

    code = "idempotency_key_malformed"
    title = "The Idempotency-Key is not well-formed"


def idempotency_key() -> str:
    """The key of this request: 1 to 255 printable ASCII characters, `"k"` and `k` being the same key.

    Raises: IdempotencyKeyMissing, IdempotencyKeyMalformed.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        raise IdempotencyKeyMissing("the header Idempotency-Key", "none", "send a new random key each time")
    if quoted := _QUOTED.fullmatch(key):
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyMalformed("1 to 255 printable ASCII characters", f"{len(key)} characters")
    return key


Result = TypeVar("Result")
Act = Callable[[Connection], Result]
"""Changes the database in the transaction that keeps the answer. It may run twice and in another thread, so
it must do nothing else: see `Database.write_rerunnable`."""


@dataclass(frozen=True, slots=True)
class Once:
    """One call of one client under its key; the digest tells another request under the same key."""

    client_id: str
    key: str
    request_digest: str

    @classmethod
    def of(cls, client_id: str, body: BaseModel, key: str) -> Self:
        """This request, with `body` as it was read, under its `idempotency_key`."""
        content = body.model_dump_json()  # in the order of the model, not in the caller's
        return cls(client_id, key, digest(f"{request.method} {request.path}\n{content}"))

    def answer(self, now: datetime, status: int, act: Act[str]) -> Response:
        """Act and keep the JSON answer in one transaction. If `act` raises, nothing is kept.

        Of two calls at once under one key, the second gets the answer of the first: it fails over the key, or
        over what the first has changed.
        """

        def act_and_keep(conn: Connection) -> Answer:
            made = Answer(status, act(conn))
            idempotency.keep(
                conn, now, self.client_id, self.key, request_digest=self.request_digest, answer=made
            )
            return made

        try:
            kept = runtime().db.write_rerunnable(act_and_keep)
        except (IntegrityError, DomainError) as error:
            return self.first_answer_or(error)
        return _response(kept)

    def first_answer_or(self, error: Exception) -> Response:
        """The first answer under this key; raises `error` if there is none.

        A call that was answered gets its answer again even if it may no longer be made. Raises also:
        IdempotencyKeyReused.
        """
        with runtime().db.read() as conn:
            kept = idempotency.find(conn, self.client_id, self.key, self.request_digest)
        if kept is None:
            raise error
        return _response(kept)


def _response(kept: Answer) -> Response:
    return Response(kept.body, kept.status, mimetype="application/json")
