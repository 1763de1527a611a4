"""Group commit on SQLite: what several threads want to write at one time becomes one transaction."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from contextvars import copy_context
from threading import Lock
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from minzhengtong.db.queue import not_written

Result = TypeVar("Result")
Act = Callable[[Connection], Result]


class GroupCommit:
    """The first thread that has something to write leads: it waits for the turn and begins a transaction.

    What others brought meanwhile it does too, each act in the context of its own thread, before one commit.
    There is one writer anyway. So pages that all of them change are written once, and between two acts nobody
    has to be woken, find the interpreter free and read SQLite's pages anew.

    When one of several acts raises, nothing of the group is kept, and each thread does its own act alone.
    Whoever no leader has taken along after `wait_seconds` gives up.
    """

    def __init__(
        self, transaction: Callable[[], AbstractContextManager[Connection]], wait_seconds: float
    ) -> None:
        self._transaction, self._wait_seconds = transaction, wait_seconds
        self._lock = Lock()
        self._waiting: list[_Deed] = []
        self._is_led = False

    def do(self, act: Act[Result]) -> Result:
        """What `act` gives, once that is committed. Raises: what `act` or the transaction raises."""
        deed = _Deed(act)
        if self._leads(deed) or self._is_told_to_lead(deed):
            self._lead()
        with suppress(_Alone):
            return cast(Result, deed.outcome())
        with self._transaction() as conn:
            return act(conn)

    def _leads(self, deed: "_Deed") -> bool:
        with self._lock:
            self._waiting.append(deed)
            leads, self._is_led = not self._is_led, True
        return leads

    def _is_told_to_lead(self, deed: "_Deed") -> bool:
        """Wait for news; say whether it is that this thread leads, else the act is over."""
        if not deed.has_news(self._wait_seconds):
            if self._withdraws(deed):
                raise not_written(TimeoutError(f"nobody wrote it within {self._wait_seconds:g} s"))
            deed.has_news()
        return not deed.is_over

    def _withdraws(self, deed: "_Deed") -> bool:
        """Whether nobody has begun with it, nor told it to lead: then nobody will."""
        with self._lock:
            withdraws = deed in self._waiting and not deed.leads
            if withdraws:
                self._waiting.remove(deed)
        return withdraws

    def _lead(self) -> None:
        group: list[_Deed] = []
        error: BaseException | None = _Alone()
        try:
            with self._transaction() as conn:
                group = self._taken()
                for deed in group:
                    deed.do(conn)
            error = None
        except Exception as raised:  # noqa: BLE001  (it is raised again, where it belongs)
            if len(group) < 2:
                error = raised
        finally:
            group = group or self._taken()  # no turn was to be had: nor is it for those who came later
            self._hand_on()
            for deed in group:
                deed.end(error)

    def _taken(self) -> "list[_Deed]":
        with self._lock:
            group, self._waiting = self._waiting, []
        return group

    def _hand_on(self) -> None:
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._is_led = following is not None
            if following:
                following.leads = True
        if following:
            following.tell()


class _Alone(Exception):
    """Another act of the group raised: do this one by itself."""


class _Deed:
    """An act that a thread waits for."""

    def __init__(self, act: Act[Any]) -> None:
        self._act, self._context = act, copy_context()
        self._news = Lock()
        self._news.acquire()
        self.leads = self.is_over = False
        self._result: Any = None
        self._error: BaseException | None = None

    def do(self, conn: Connection) -> None:
        self._result = self._context.run(self._act, conn)

    def end(self, error: BaseException | None) -> None:
        self._error, self.is_over = error, True
        self.tell()

    def tell(self) -> None:
        self._news.release()

    def has_news(self, wait_seconds: float = -1) -> bool:
        """Wait for them, by default without end."""
        return self._news.acquire(timeout=wait_seconds)

    def outcome(self) -> Any:
        if self._error:
            raise self._error
        return self._result
