"""Calls that wait at the same time share a transaction; each gets its own answer, and its own problem."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest

from passend.errors import InvalidInput
from passend.flow.serving.together import Together, _Waiting


class Counted:
    """A store that counts transactions and keeps what was committed."""

    def __init__(self) -> None:
        self.transactions: list[list[int]] = []

    @contextmanager
    def change(self) -> Iterator[list[int]]:
        """A transaction: nothing of it stays where it fails."""
        part: list[int] = []
        yield part
        self.transactions.append(part)


def write(transaction: Any, part: int) -> int:
    """Refuses 13."""
    transaction.append(part)
    if part == 13:
        raise InvalidInput("13 is not written.")
    return part * 2


def test_whoever_waits_is_written_by_the_first_in_one_transaction() -> None:
    store, begun, line_is_long = Counted(), Event(), Event()

    def slow(transaction: Any, part: int) -> int:
        if part == 0:
            begun.set()
            line_is_long.wait(10)
        return write(transaction, part)

    together: Together[int, int] = Together(store, slow)  # type: ignore[arg-type]  # only ``change`` is asked for
    answers: dict[int, int] = {}
    threads = [Thread(target=lambda n=n: answers.update({n: together.do(n)})) for n in range(6)]
    threads[0].start()
    assert begun.wait(10)
    for one in threads[1:]:
        one.start()
    while len(together._line) < 5:
        pass
    line_is_long.set()
    for one in threads:
        one.join()
    assert answers == {n: 2 * n for n in range(6)}
    assert [sorted(one) for one in store.transactions] == [[0], [1, 2, 3, 4, 5]]


def test_a_part_that_cannot_be_written_spoils_no_other_one() -> None:
    store = Counted()
    together: Together[int, int] = Together(store, write)  # type: ignore[arg-type]  # likewise
    waiting = [_Waiting[int, int](part) for part in (1, 13, 2)]  # as three calls at once would
    together._commit(waiting)
    assert [one.answer for one in waiting] == [2, None, 4]
    assert isinstance(waiting[1].problem, InvalidInput)
    assert store.transactions == [[1], [2]]


def test_the_problem_of_a_part_is_raised_where_it_was_asked_for() -> None:
    together: Together[int, int] = Together(Counted(), write)  # type: ignore[arg-type]  # likewise
    with pytest.raises(InvalidInput):
        together.do(13)
    assert together.do(3) == 6
