"""Group commit on SQLite: writes of several threads become one transaction."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import copy_context
from threading import Condition
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from minzhengtong.db.write_lock import not_begun

Result = TypeVar("Result")
Act = Callable[[Connection], Result]


class GroupCommit:
    """The first thread that has something to write is the leader: it begins a transaction.

    The batch is its own act and those that other threads added while it waited for the write lock. The leader
    runs them all and commits once; then one of the waiters that came later leads. SQLite has one writer
    anyway; a batch writes each changed page once, and no thread has to be woken between two acts.

    When one act of a batch raises, the batch is rolled back and each thread runs its own act alone.
    """

    def __init__(
        self, transaction: Callable[[], AbstractContextManager[Connection]], wait_seconds: float
    ) -> None:
        self._transaction, self._wait_seconds = transaction, wait_seconds
        self._changed = Condition()  # guards the two below, and each waiter's `is_done`
        self._queue: list[_Waiter] = []
        self._has_leader = False

    def run(self, act: Act[Result]) -> Result:
        """Return what `act` returns, once that is committed.

        Raises: what `act` or the transaction raises; OperationalError when no leader takes the act within
        `wait_seconds`.
        """
        waiter = _Waiter(act)
        if self._must_lead(waiter):
            self._lead()
        if not isinstance(waiter.error, _RunAlone):
            return cast(Result, waiter.outcome())
        with self._transaction() as conn:
            return act(conn)

    def _must_lead(self, waiter: "_Waiter") -> bool:
        """Queue and wait: until a leader has run the act (False), or there is no leader (True)."""
        with self._changed:
            self._queue.append(waiter)
            if not self._changed.wait_for(
                lambda: waiter.is_done or not self._has_leader, timeout=self._wait_seconds
            ):
                self._give_up(waiter)
            if waiter.is_done:
                return False
            self._has_leader = True
            return True

    def _give_up(self, waiter: "_Waiter") -> None:
        if waiter in self._queue:
            self._queue.remove(waiter)
            raise not_begun(TimeoutError(f"no leader took the act within {self._wait_seconds:g} s"))
        self._changed.wait_for(lambda: waiter.is_done)  # a leader runs it now, and may commit it

    def _lead(self) -> None:
        batch: list[_Waiter] = []
        error: BaseException | None = _RunAlone()
        try:
            with self._transaction() as conn:
                batch = self._take_batch()
                for waiter in batch:
                    waiter.run(conn)
            error = None
        except Exception as raised:  # noqa: BLE001  (raised again by each waiter's own thread)
            if len(batch) < 2:
                error = raised
        finally:
            # Without a batch no transaction began: the others would only wait for the same lock again.
            self._finish(batch or self._take_batch(), error)

    def _take_batch(self) -> "list[_Waiter]":
        with self._changed:
            batch, self._queue = self._queue, []
        return batch

    def _finish(self, batch: "list[_Waiter]", error: BaseException | None) -> None:
        with self._changed:
            for waiter in batch:
                waiter.error, waiter.is_done = error, True
            self._has_leader = False
            self._changed.notify_all()


class _RunAlone(Exception):
    """The batch was rolled back because of another act: run this one by itself."""


class _Waiter:
    """An act with the context of the thread that waits for it."""

    def __init__(self, act: Act[Any]) -> None:
        self._act, self._context = act, copy_context()
        self._result: Any = None
        self.error: BaseException | None = None
        self.is_done = False

    def run(self, conn: Connection) -> None:
        self._result = self._context.run(self._act, conn)

    def outcome(self) -> Any:
        if self.error:
            raise self.error
        return self._result
