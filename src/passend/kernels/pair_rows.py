"""The inner loops of pair counting: one product's companions, over all its baskets.

`passend.kernels.pair_counts` is the door to use; here is only what runs a hundred million times.
"""

# Numba's functions take their arguments by position
from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from passend.kernels.baskets import Baskets, even_ranges
from passend.kernels.memory import prefetch
from passend.kernels.partitions import in_threads

_SCAN = 64
"""Counters looked at together when a row is read out."""
_AHEAD = 12
"""Baskets asked from memory before their turn."""
_CACHE_LINE = 16
"""Items in one cache line of 64 bytes."""


class Inverse(NamedTuple):
    """Where each product lies, by rank; the last product of a basket has no companion and is left out."""

    heads: NDArray[np.int64]  # (products + 1), where a product's positions start
    positions: NDArray[np.uint32]  # into the baskets' items
    owners: NDArray[np.int32]  # the basket of each position; empty without weights
    work: NDArray[np.int64]  # (products), companions over all baskets


class Scratch(NamedTuple):
    """What one thread needs: a row of counters, all zero between rows, and room for a block."""

    counts: NDArray[np.int32]
    weights: NDArray[np.float64]
    touched: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    counted: NDArray[np.int64]
    weighed: NDArray[np.float64]


def scratch(n_products: int, room: int, *, weighted: bool) -> Scratch:
    """Make one thread's space for blocks of up to `room` pairs; memory nobody writes to is not taken."""
    return Scratch(
        np.zeros(n_products, np.int32),
        np.zeros(n_products if weighted else 0),
        np.empty(n_products, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int64),
        np.empty(room if weighted else 0),
    )


def invert(baskets: Baskets, workers: int, *, weighted: bool) -> Inverse:
    """Turn "products of a basket" into "baskets of a product"; each thread takes a part of the baskets."""
    ranges = even_ranges(baskets.starts, workers)
    tally = np.zeros((len(ranges), baskets.n_products), dtype=np.int64)
    work = np.zeros((len(ranges), baskets.n_products), dtype=np.int64)
    tasks = [(first, last, place) for place, (first, last) in enumerate(ranges)]
    in_threads(
        lambda task: _tally(task[0], task[1], baskets.starts, baskets.items, tally[task[2]], work[task[2]]),
        tasks,
        workers,
    )
    heads = np.concatenate([[0], np.cumsum(tally.sum(axis=0))])
    # Each thread writes behind the threads before it, so that positions stay ascending within a product.
    begin = heads[:-1] + np.cumsum(tally, axis=0) - tally
    positions = np.empty(heads[-1], dtype=np.uint32)
    owners = np.empty(heads[-1] if weighted else 0, dtype=np.int32)
    in_threads(
        lambda task: _scatter(
            task[0], task[1], baskets.starts, baskets.items, begin[task[2]], positions, owners
        ),
        tasks,
        workers,
    )
    return Inverse(heads, positions, owners, work.sum(axis=0))


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _tally(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    tally: NDArray[np.int64],
    work: NDArray[np.int64],
) -> None:
    """How often each product has companions in baskets first ... last - 1, and how many."""
    for i in range(first, last):
        for line in range(starts[i], starts[i + 1] - 1):
            tally[items[line]] += 1
            work[items[line]] += starts[i + 1] - 1 - line


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _scatter(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    begin: NDArray[np.int64],
    positions: NDArray[np.uint32],
    owners: NDArray[np.int32],
) -> None:
    """Write the position (and basket) of each item that has companions behind its product's others."""
    with_owners = len(owners) > 0
    for i in range(first, last):
        for line in range(starts[i], starts[i + 1] - 1):
            rank = items[line]
            place = begin[rank]
            positions[place] = line
            if with_owners:
                owners[place] = i
            begin[rank] = place + 1


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def count_rows(
    first: int,
    last: int,
    min_support: int,
    inverse: Inverse,
    items: NDArray[np.int32],
    code_of_rank: NDArray[np.int32],
    per_basket: NDArray[np.float64],
    space: Scratch,
) -> int:
    """Count the companions of products first ... last - 1 into the block; returns how many pairs it holds."""
    n = np.int64(0)  # a plain 0 would be compiled as a case of its own
    n_products = len(code_of_rank)
    for rank in range(first, last):
        if inverse.work[rank] < min_support:
            continue
        if len(inverse.owners):
            _add_weights(rank, inverse, items, per_basket, space.weights)
        # Many companions touch most counters: read them all. Few: remember which.
        if inverse.work[rank] > (n_products - rank) // 8:
            _add_counts(rank, inverse, items, space.counts)
            n = _read_all(rank, min_support, code_of_rank, space, n)
        else:
            n_touched = _add_and_remember(rank, inverse, items, space.counts, space.touched)
            n = _read_touched(rank, min_support, n_touched, code_of_rank, space, n)
    return int(n)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _ask_ahead(place: int, inverse: Inverse, items: NDArray[np.int32]) -> None:
    """Ask for the basket that will be needed some steps later, also across the border to the next product."""
    if place + _AHEAD < len(inverse.positions):
        line = np.int64(inverse.positions[place + _AHEAD])
        prefetch(items, line)
        prefetch(items, line + _CACHE_LINE)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _add_counts(rank: int, inverse: Inverse, items: NDArray[np.int32], counts: NDArray[np.int32]) -> None:
    """Add one for every companion of the product, in all its baskets."""
    for place in range(inverse.heads[rank], inverse.heads[rank + 1]):
        _ask_ahead(place, inverse, items)
        line = inverse.positions[place] + 1
        other = items[line]
        while other >= 0:
            counts[other] += 1
            line += 1
            other = items[line]
        counts[~other] += 1


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _add_and_remember(
    rank: int,
    inverse: Inverse,
    items: NDArray[np.int32],
    counts: NDArray[np.int32],
    touched: NDArray[np.int32],
) -> int:
    """As `_add_counts`; also lists the companions, each once, and returns how many there are."""
    n = 0
    for place in range(inverse.heads[rank], inverse.heads[rank + 1]):
        _ask_ahead(place, inverse, items)
        line = inverse.positions[place] + 1
        more = True
        while more:
            other = items[line]
            if other < 0:
                other = ~other
                more = False
            # Written always, kept only if new: cheaper than a branch nobody can predict.
            touched[n] = other
            n += counts[other] == 0
            counts[other] += 1
            line += 1
    return n


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _add_weights(
    rank: int,
    inverse: Inverse,
    items: NDArray[np.int32],
    per_basket: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> None:
    """Add the basket's weight for every companion of the product, in all its baskets."""
    for place in range(inverse.heads[rank], inverse.heads[rank + 1]):
        _ask_ahead(place, inverse, items)
        weight = per_basket[inverse.owners[place]]
        line = inverse.positions[place] + 1
        other = items[line]
        while other >= 0:
            weights[other] += weight
            line += 1
            other = items[line]
        weights[~other] += weight


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _read_all(rank: int, min_support: int, code_of_rank: NDArray[np.int32], space: Scratch, n: int) -> int:
    """Move every frequent pair into the block and set all counters back to zero."""
    counts = space.counts
    n_products = len(counts)
    for start in range(rank + 1, n_products, _SCAN):
        stop = min(start + _SCAN, n_products)
        highest = np.int32(0)
        for other in range(start, stop):
            highest = max(highest, counts[other])
        if highest >= min_support:
            for other in range(start, stop):
                if counts[other] >= min_support:
                    _put(rank, other, code_of_rank, space, n)
                    n += 1
    counts[rank + 1 :] = 0
    if len(space.weights):
        space.weights[rank + 1 :] = 0.0
    return n


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _read_touched(
    rank: int, min_support: int, n_touched: int, code_of_rank: NDArray[np.int32], space: Scratch, n: int
) -> int:
    """As `_read_all`, for the companions that were listed."""
    for i in range(n_touched):
        other = np.int64(space.touched[i])
        if space.counts[other] >= min_support:
            _put(rank, other, code_of_rank, space, n)
            n += 1
        space.counts[other] = 0
        if len(space.weights):
            space.weights[other] = 0.0
    return n


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _put(rank: int, other: int, code_of_rank: NDArray[np.int32], space: Scratch, n: int) -> None:
    """Write one pair with the smaller product code first."""
    one, two = code_of_rank[rank], code_of_rank[other]
    space.left[n] = min(one, two)
    space.right[n] = max(one, two)
    space.counted[n] = space.counts[other]
    if len(space.weights):
        space.weighed[n] = space.weights[other]
