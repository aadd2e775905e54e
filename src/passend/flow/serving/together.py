"""Calls that come at the same time share one transaction: whoever is first writes for all that wait behind them.

A transaction costs as much as a hundred rows, and writers who wait for the one lock of SQLite look for it only now and
then. So a call puts its part into the line; the first in it writes the whole line, and everybody gets their own answer
when it is committed, not before.
"""

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy import Connection

from passend.store import Store

Part = TypeVar("Part")
Answer = TypeVar("Answer")
#: Parts of one transaction, so that nobody waits for a long line.
_MOST = 64


class _Waiting(Generic[Part, Answer]):
    """A part in the line; whoever waits for it is woken when it is done, or when it is their turn to write."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.answer: Answer | None = None
        self.problem: Exception | None = None
        self.is_done = False
        self.asleep = Lock()
        self.asleep.acquire()


class Together(Generic[Part, Answer]):
    """Writes the parts of several calls in one transaction.

    Args:
        store: where they go.
        write: writes one part; it gets the transaction.
    """

    def __init__(self, store: Store, write: Callable[[Connection, Part], Answer]) -> None:
        self._store = store
        self._write = write
        self._line: deque[_Waiting[Part, Answer]] = deque()
        self._somebody_writes = False
        self._guard = Lock()

    def do(self, part: Part) -> Answer:
        """Write a part; when this returns, it is committed. A part that cannot be written spoils no other one."""
        mine: _Waiting[Part, Answer] = _Waiting(part)
        with self._guard:
            self._line.append(mine)
            waits = self._somebody_writes
            self._somebody_writes = True
        if waits:
            mine.asleep.acquire()
        if not mine.is_done:
            self._write_line()
        if mine.problem is not None:
            raise mine.problem
        return mine.answer  # type: ignore[return-value]  # it is done

    def _write_line(self) -> None:
        """Write all that wait, wake them, and give the turn to whoever came meanwhile."""
        with self._guard:
            some = [self._line.popleft() for _ in range(min(len(self._line), _MOST))]
        self._commit(some)
        with self._guard:
            after = self._line[0] if self._line else None
            self._somebody_writes = after is not None
        for one in [*some, *([after] if after else [])]:
            one.asleep.release()

    def _commit(self, some: list[_Waiting[Part, Answer]]) -> None:
        try:
            with self._store.change() as connection:
                answers = [self._write(connection, one.part) for one in some]
        except Exception as problem:  # noqa: BLE001 - raised again where the call waits whose part it is
            if len(some) > 1:
                for one in some:
                    self._commit([one])
                return
            some[0].problem, some[0].is_done = problem, True
            return
        for one, answer in zip(some, answers, strict=True):
            one.answer, one.is_done = answer, True
