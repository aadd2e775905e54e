"""Calls that come at the same time share one transaction: whoever is first writes for all that wait behind them.

A transaction costs as much as a hundred rows, and writers who wait for the one lock of SQLite look for it only now and
then. So a call puts its part into the line; the first in it writes the whole line, and everybody gets their own answer
when it is committed, not before.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy import Connection

from passend.store import Store

Part = TypeVar("Part")
Answer = TypeVar("Answer")
#: Parts of one transaction, so that nobody waits for a long line.
_MOST = 64


@dataclass
class _Waiting(Generic[Part, Answer]):
    part: Part
    answer: Answer | None = None
    problem: Exception | None = None
    is_done: bool = False


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
        self._turn = Lock()

    def do(self, part: Part) -> Answer:
        """Write a part; when this returns, it is committed. A part that cannot be written spoils no other one."""
        mine = self._waiting(part)
        while not mine.is_done:
            with self._turn:
                if not mine.is_done:
                    self._commit([self._line.popleft() for _ in range(min(len(self._line), _MOST))])
        if mine.problem is not None:
            raise mine.problem
        return mine.answer  # type: ignore[return-value]  # it is done

    def _waiting(self, part: Part) -> _Waiting[Part, Answer]:
        """A part in the line."""
        mine: _Waiting[Part, Answer] = _Waiting(part)
        self._line.append(mine)
        return mine

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
