"""Calls that spend or pay are done once for each Idempotency-Key: act and answer are one commit."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from flask import Response, request
from pydantic import BaseModel
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from minzhengtong.base.digest import digest
from minzhengtong.base.errors import DomainError, InvalidInput
from minzhengtong.idempotency import answers as idempotency
from minzhengtong.idempotency.answers import Answer
from minzhengtong.web.kit.current import runtime

CREATED = 201
_KEY = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")


class IdempotencyKeyMissing(InvalidInput):
    """A call that spends or pays came without its key."""

    code = "idempotency_key_missing"
    title = "This call needs an Idempotency-Key"


class IdempotencyKeyMalformed(InvalidInput):
    """The key is not one that can be kept and compared."""

    code = "idempotency_key_malformed"
    title = "The Idempotency-Key is not well-formed"


def idempotency_key() -> str:
    """The key of this request: 1 to 255 printable ASCII characters.

    Raises: IdempotencyKeyMissing, IdempotencyKeyMalformed.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        raise IdempotencyKeyMissing("the header Idempotency-Key", "none", "send a new random key each time")
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyMalformed("1 to 255 printable ASCII characters", f"{len(key)} characters")
    return key


@dataclass(frozen=True, slots=True)
class Once:
    """One call of one client under its key; the digest tells another request under the same key."""

    client_id: str
    key: str
    request_digest: str

    @classmethod
    def of(cls, client_id: str, body: BaseModel, key: str) -> Self:
        """This request, with `body` as it was read, under its `idempotency_key`."""
        content = body.model_dump_json()  # in the order of the model, whatever the order of the caller's
        return cls(client_id, key, digest(f"{request.method} {request.path}\n{content}"))

    def answer(self, now: datetime, act: Callable[[Connection], str]) -> Response:
        """Act in one transaction that keeps the JSON answer too; what `act` raises is kept by nobody.

        `act` may be called twice, and in another thread: see `Database.write_rerunnable`. Two calls under one
        key may run at once: whoever comes second gets the first one's answer, whether it failed over the key
        or over what the first one had changed.
        """

        def deed(conn: Connection) -> Answer:
            made = Answer(CREATED, act(conn))
            facts = (self.client_id, self.key)
            idempotency.keep(conn, now, *facts, request_digest=self.request_digest, answer=made)
            return made

        try:
            kept = runtime().db.write_rerunnable(deed)
        except (IntegrityError, DomainError) as error:
            return self.first_answer_or(error)
        return _response(kept)

    def first_answer_or(self, error: Exception) -> Response:
        """The first answer under this key, if there was one; else `error` is raised.

        So a call that was answered is answered again even if it may no longer be made. Raises also:
        IdempotencyKeyReused.
        """
        with runtime().db.read() as conn:
            kept = idempotency.find(conn, self.client_id, self.key, self.request_digest)
        if kept is None:
            raise error
        return _response(kept)


def _response(kept: Answer) -> Response:
    return Response(kept.body, kept.status, mimetype="application/json")
