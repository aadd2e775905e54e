"""The customers in parts, each of which chooses alone at given prices: on threads here, or on many machines.

A part's answer depends on the part and the prices only, and answers are added up in the order of the parts. So the same
prices, and the same plan, come out wherever the parts are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.decisions.allocate.problem import Problem
from passend.kernels import allocation
from passend.kernels.partitions import in_threads, usable_cores

#: It does not depend on the machine, so neither do the prices.
PARTS = 32
_ARRAYS = ("starts", "value", "product", "channel", "limit", "weight", "room", "channel_room")
_KINDS = dict(zip(_ARRAYS, ["i8", "f8", "i4", "i1", "i4", "f4", "i2", "i2"], strict=True))
#: A part as a row: its arrays as bytes, and how many families of limits and channels there are.
_ROW = pa.schema(
    [("part", pa.int64()), ("families", pa.int64()), ("channels", pa.int64())]
    + [(name, pa.binary()) for name in _ARRAYS]
)
#: A part's answer as a row.
ANSWER = pa.schema(
    [("part", pa.int64()), ("gain", pa.float64()), ("usage", pa.binary()), ("chosen", pa.binary())]
)


@dataclass(frozen=True)
class Answers:
    """What the customers choose at some prices: float64 (parts), value less priced use; (parts, limits), the use."""

    gains: NDArray[np.float64]
    usage: NDArray[np.float64]


class Ask(Protocol):
    """Asks all parts what they choose at some prices; ``chosen`` is written."""

    def __call__(self, prices: NDArray[np.float64], chosen: NDArray[np.bool_]) -> Answers:
        """The answers in the order of the parts."""


#: Maps batches of rows to batches of answers, wherever it likes; returns all answers.
Spread = Callable[[Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]], pa.Table]


def here(problem: Problem) -> Ask:
    """Ask on the threads of this process."""
    cuts = _cuts(problem)

    def ask(prices: NDArray[np.float64], chosen: NDArray[np.bool_]) -> Answers:
        usage = np.zeros((PARTS, len(prices)))

        def one(at: int) -> float:
            return _choose(problem, (cuts[at], cuts[at + 1]), prices, chosen, usage[at])

        return Answers(np.array(in_threads(one, range(PARTS), usable_cores())), usage)

    return ask


def elsewhere(problem: Problem, spread: Spread) -> Ask:
    """Ask where the rows of ``rows_of`` have been spread to."""
    places = problem.starts[_cuts(problem)]

    def ask(prices: NDArray[np.float64], chosen: NDArray[np.bool_]) -> Answers:
        gains, usage = np.zeros(PARTS), np.zeros((PARTS, len(prices)))
        for row in spread(partial(answers, prices=prices.tobytes())).to_pylist():
            at = row["part"]
            gains[at], usage[at] = row["gain"], np.frombuffer(row["usage"], "<f8")
            first, last = places[at], places[at + 1]
            bits = np.frombuffer(row["chosen"], np.uint8)
            chosen[first:last] = np.unpackbits(bits, count=int(last - first)).astype(np.bool_)
        return Answers(gains, usage)

    return ask


def rows_of(problem: Problem) -> Iterator[pa.Table]:
    """A row a part, one after the other."""
    cuts = _cuts(problem)
    for at in range(PARTS):
        customers = slice(cuts[at], cuts[at + 1])
        begin, end = problem.starts[cuts[at]], problem.starts[cuts[at + 1]]
        of_customers = {"room": problem.room[customers], "channel_room": problem.channel_room[customers]}
        parts = {"starts": problem.starts[cuts[at] : cuts[at + 1] + 1] - begin, **of_customers}
        parts |= {name: getattr(problem, name)[begin:end] for name in _ARRAYS if name not in parts}
        row = {name: np.ascontiguousarray(part, f"<{_KINDS[name]}").tobytes() for name, part in parts.items()}
        shape = {"families": problem.limit.shape[1], "channels": problem.channel_room.shape[1]}
        yield pa.Table.from_pylist([{"part": at, **shape, **row}], schema=_ROW)


def answers(batches: Iterator[pa.RecordBatch], prices: bytes) -> Iterator[pa.RecordBatch]:
    """The answers of some parts; runs where the parts are."""
    for batch in batches:
        for row in batch.to_pylist():
            problem = _problem(row, np.frombuffer(prices, "<f8"))
            chosen, usage = np.zeros(len(problem.value), np.bool_), np.zeros(len(problem.capacity))
            gain = _choose(problem, (0, problem.n_customers), problem.capacity, chosen, usage)
            answer = {"part": row["part"], "gain": gain, "usage": usage.tobytes()}
            answer["chosen"] = np.packbits(chosen).tobytes()
            yield pa.RecordBatch.from_pylist([answer], schema=ANSWER)


def _problem(row: dict[str, Any], prices: NDArray[np.float64]) -> Problem:
    """A part as a problem of its own; prices stand in the place of the limits' sizes, which no choice looks at."""
    # A copy each: compiled code is made for arrays that may be written, and is compiled once.
    arrays = {name: np.frombuffer(row[name], f"<{_KINDS[name]}").copy() for name in _ARRAYS}
    for name, count, width in (
        ("limit", "value", "families"), ("weight", "value", "families"), ("channel_room", "room", "channels"),
    ):  # fmt: skip
        arrays[name] = arrays[name].reshape(len(arrays[count]), row[width])
    return Problem(capacity=prices.copy(), **arrays)


def _cuts(problem: Problem) -> NDArray[np.int64]:
    return np.linspace(0, problem.n_customers, PARTS + 1).astype(np.int64)


def _choose(
    problem: Problem,
    customers: tuple[int, int],
    prices: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    usage: NDArray[np.float64],
) -> float:
    return float(
        allocation.choose(
            *customers, problem.starts, problem.value, problem.product, problem.channel, problem.limit,
            problem.weight, prices, problem.room, problem.channel_room, chosen, usage,
        )
    )  # fmt: skip
