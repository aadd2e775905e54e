"""Who bought this, and later that: exact counts of ordered pairs within a window of days.

A printer today, ink in six weeks: the order matters, and each customer counts once, however often they did
it. The work is cut into parts as for baskets, so memory stays bounded for customers with any number of
purchases.
"""

# Numba's functions take their arguments by position
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.errors import InvalidInput
from passend.kernels.grouping import checked_codes
from passend.kernels.histories import Histories, Window, histories
from passend.kernels.memory import prefetch
from passend.kernels.pair_counts import MEMORY_BUDGET_BYTES
from passend.kernels.partitions import Part, cut, stream, usable_cores

WITHIN_A_YEAR = Window()
"""From the next day on, for a year."""
_PARTS_A_WORKER = 16
_AHEAD = 12
"""Purchases asked from memory before their turn."""


@dataclass(frozen=True)
class SequenceBlock:
    """A part of all ordered pairs; no pair is in two blocks.

    Attributes:
        first: int32, the product bought before.
        then: int32, the product bought after.
        count: int64, the number of customers who did so within the window.
        lag_days: int64, the sum over these customers of the days between; divide by `count` for the mean.
        weight: float64, the sum of these customers' weights, or None if customers have no weights.
    """

    first: NDArray[np.int32]
    then: NDArray[np.int32]
    count: NDArray[np.int64]
    lag_days: NDArray[np.int64]
    weight: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.first)

    def to_arrow(self) -> pa.RecordBatch:
        """The block as Arrow: first, then, count, lag_days and, if there are weights, weight."""
        columns: dict[str, Any] = {
            "first": self.first,
            "then": self.then,
            "count": self.count,
            "lag_days": self.lag_days,
        }
        return pa.RecordBatch.from_pydict(
            columns if self.weight is None else {**columns, "weight": self.weight}
        )


class _Scratch(NamedTuple):
    """What one thread needs: counters for one product, all zero between products, and room for a block."""

    counts: NDArray[np.int32]
    lags: NDArray[np.int64]
    weights: NDArray[np.float64]
    seen: NDArray[np.int64]
    touched: NDArray[np.int32]
    first: NDArray[np.int32]
    then: NDArray[np.int32]
    counted: NDArray[np.int64]
    lag_days: NDArray[np.int64]
    weighed: NDArray[np.float64]


def count_sequences(
    customer: NDArray[np.integer[Any]],
    product: NDArray[np.integer[Any]],
    day: NDArray[np.integer[Any]],
    window: Window = WITHIN_A_YEAR,
    *,
    min_support: int = 1,
    weights: NDArray[np.floating[Any]] | None = None,
    memory_budget: int = MEMORY_BUDGET_BYTES,
    threads: int | None = None,
) -> Iterator[SequenceBlock]:
    """Count how many customers bought one product and, within the window, another one; block by block.

    A customer counts once for an ordered pair. Their lag is that of the earliest purchase of the first
    product which a purchase of the other follows within the window, to the earliest such purchase. A product
    that follows itself is left out. The order of blocks and pairs depends on the input only.

    Args:
        customer: The customer of each purchase, coded 0 ... n - 1, in any order.
        product: Its product, coded 0 ... n - 1.
        day: Its day, a whole number (days since any date).
        window: Which later purchases count.
        min_support: Pairs of fewer customers than this are left out.
        weights: float (customers); the pairs' `weight` sums it.
        memory_budget: Bytes for counters and blocks. Smaller means more, smaller blocks, never a failure.
        threads: The number of threads; by default all cores this process may use.
    """
    if window.min_days < 1 or window.max_days < window.min_days:
        raise InvalidInput(
            f"The window is {window.min_days} to {window.max_days} days.",
            remedy="It must begin at 1 day or later and not end before it begins.",
        )
    if min_support < 1 or memory_budget < 1:
        raise InvalidInput(
            f"min_support is {min_support} and memory_budget {memory_budget}.",
            remedy="Both must be at least 1.",
        )
    workers = threads or usable_cores()
    buyers, n_customers = checked_codes("customer", customer)
    products, n_products = checked_codes("product", product)
    if not len(buyers) == len(products) == len(day):
        raise InvalidInput(
            f"There are {len(customer)} customers, {len(product)} products and {len(day)} days.",
            remedy="Give one of each a purchase.",
        )
    if weights is not None and (len(weights) < n_customers or not np.isfinite(weights).all()):
        raise InvalidInput(
            f"There are {len(weights)} customer weights for {n_customers} customers, or some are missing.",
            remedy="Give one finite weight a customer.",
        )
    per_customer = np.empty(0) if weights is None else np.ascontiguousarray(weights, dtype=np.float64)
    bought = histories(buyers, products, day, (n_customers, n_products), window, workers)
    return _blocks(bought, window, min_support, per_customer, memory_budget, workers)


def _blocks(
    bought: Histories,
    window: Window,
    min_support: int,
    per_customer: NDArray[np.float64],
    memory_budget: int,
    workers: int,
) -> Iterator[SequenceBlock]:
    n_products = len(bought.heads) - 1
    weighted = len(per_customer) > 0
    work = _work(bought, window.min_days, window.max_days)
    room = np.minimum(work // min_support, max(0, n_products - 1))
    most_room = max(1, (memory_budget // workers - 32 * n_products) // (3 * (32 if weighted else 24)))
    parts = cut(
        work,
        room,
        most_work=max(1, int(work.sum()) // (workers * _PARTS_A_WORKER)),
        most_room=most_room,
    )
    room_so_far = np.concatenate([[0], np.cumsum(room)])
    widest = max((int(room_so_far[last] - room_so_far[first]) for first, last in parts), default=0)

    def count(part: Part, space: _Scratch) -> SequenceBlock:
        n = _count_rows(*part, window.min_days, window.max_days, min_support, bought, per_customer, space)
        return SequenceBlock(
            space.first[:n].copy(),
            space.then[:n].copy(),
            space.counted[:n].copy(),
            space.lag_days[:n].copy(),
            space.weighed[:n].copy() if weighted else None,
        )

    yield from stream(parts, count, lambda: _scratch(n_products, widest, weighted=weighted), workers)


def _scratch(n_products: int, room: int, *, weighted: bool) -> _Scratch:
    return _Scratch(
        np.zeros(n_products, np.int32),
        np.zeros(n_products, np.int64),
        np.zeros(n_products if weighted else 0),
        np.full(n_products, -1, np.int64),
        np.empty(n_products, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room if weighted else 0),
    )


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _work(bought: Histories, min_days: int, max_days: int) -> NDArray[np.int64]:
    """How many later purchases each product has within the window; two pointers move along each history."""
    work = np.zeros(len(bought.heads) - 1, dtype=np.int64)
    for customer in range(len(bought.starts) - 1):
        start, stop = bought.starts[customer], bought.starts[customer + 1]
        begin = end = start
        for place in range(start, stop):
            day = np.int64(bought.days[place])
            while begin < stop and bought.days[begin] < day + min_days:
                begin += 1
            while end < stop and bought.days[end] <= day + max_days:
                end += 1
            work[bought.products[place]] += max(0, end - begin)
    return work


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _begin(days: NDArray[np.int32], place: int, stop: int, day: int) -> int:
    """The first purchase from `place` on that is not before `day`: doubling steps, then halving."""
    step = 1
    while place + step < stop and days[place + step] < day:
        step *= 2
    low, high = place + step // 2, min(place + step, stop)
    while low < high:
        middle = (low + high) // 2
        if days[middle] < day:
            low = middle + 1
        else:
            high = middle
    return low


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _add_followers(
    product: int,
    min_days: int,
    max_days: int,
    bought: Histories,
    per_customer: NDArray[np.float64],
    space: _Scratch,
) -> int:
    """Count what follows the product within the window, a customer once; returns how many products do."""
    n = 0
    mark, customer = np.int64(-1), np.int32(-1)
    for where in range(bought.heads[product], bought.heads[product + 1]):
        if where + _AHEAD < len(bought.places):
            prefetch(bought.products, np.int64(bought.places[where + _AHEAD]))
            prefetch(bought.days, np.int64(bought.places[where + _AHEAD]))
        if bought.owners[where] != customer:
            # No two customers of any products share a mark, so that marks need not be taken back.
            customer, mark = bought.owners[where], np.int64(where)
        place = np.int64(bought.places[where])
        day = np.int64(bought.days[place])
        stop = bought.starts[customer + 1]
        for later in range(_begin(bought.days, place, stop, day + min_days), stop):
            lag = bought.days[later] - day
            if lag > max_days:
                break
            other = bought.products[later]
            if other == product or space.seen[other] == mark:
                continue
            space.seen[other] = mark
            if space.counts[other] == 0:
                space.touched[n] = other
                n += 1
            space.counts[other] += 1
            space.lags[other] += lag
            if len(per_customer):
                space.weights[other] += per_customer[customer]
    return n


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _count_rows(
    first: int,
    last: int,
    min_days: int,
    max_days: int,
    min_support: int,
    bought: Histories,
    per_customer: NDArray[np.float64],
    space: _Scratch,
) -> int:
    """Count the followers of products first ... last - 1 into the block; returns the number of pairs kept."""
    n = 0
    for product in range(first, last):
        n_touched = _add_followers(product, min_days, max_days, bought, per_customer, space)
        for i in range(n_touched):
            other = space.touched[i]
            if space.counts[other] >= min_support:
                space.first[n] = product
                space.then[n] = other
                space.counted[n] = space.counts[other]
                space.lag_days[n] = space.lags[other]
                if len(per_customer):
                    space.weighed[n] = space.weights[other]
                n += 1
            space.counts[other] = 0
            space.lags[other] = 0
            if len(per_customer):
                space.weights[other] = 0.0
    return n
