"""Orders as sets of products: the form in which pairs are counted.

An order line says "this product was in that order". Here the lines are put together order by order, returns
are netted out, a product that stands twice in an order counts once, and products are renamed by popularity
(rank 0 sells most). Pair counting needs all of that, and needs it before anything else.
"""

# Numba's functions take their arguments by position
from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from passend.errors import InvalidInput
from passend.kernels.grouping import checked_codes, grouped
from passend.kernels.partitions import in_threads, usable_cores

LEAST_QUANTITY = 1e-9
"""Net quantities up to this are nothing: 0.1 + 0.2 - 0.3 is not a sale."""

_LINES_AT_ONCE = 1 << 15
"""Lines sorted together: their keys stay in the processor's second-level cache."""
_DIGIT_BITS = 11
"""The most bits sorted in one pass."""


@dataclass(frozen=True)
class Baskets:
    """Which products lie together in which order.

    Attributes:
        starts: int64 (n_baskets + 1); basket i holds `items[starts[i]:starts[i + 1]]`.
        items: int32 (lines), popularity ranks, ascending within a basket. The last one of each basket is
            stored as its complement (`~rank`), so that a scan finds the end of a basket without looking up
            `starts`.
        code_of_rank: int32 (products); the caller's product code of each rank.
        support: int64 (products); the number of baskets that hold the product, by rank.
    """

    starts: NDArray[np.int64]
    items: NDArray[np.int32]
    code_of_rank: NDArray[np.int32]
    support: NDArray[np.int64]

    @property
    def n_baskets(self) -> int:
        """The number of baskets, empty ones included."""
        return len(self.starts) - 1

    @property
    def n_products(self) -> int:
        """The number of products, those without a basket included."""
        return len(self.code_of_rank)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """The number of different products in each basket."""
        return np.diff(self.starts)


def group_lines(
    basket: NDArray[np.integer[Any]],
    product: NDArray[np.integer[Any]],
    *,
    quantity: NDArray[np.number[Any]] | None = None,
    n_baskets: int | None = None,
    n_products: int | None = None,
    threads: int | None = None,
) -> Baskets:
    """Put order lines together by order; a product counts once an order, if more was bought than returned.

    Args:
        basket: The order of each line, coded 0 ... n_baskets - 1, in any order. Lines that arrive order by
            order (ascending codes) are quicker.
        product: The product of each line, coded 0 ... n_products - 1.
        quantity: Pieces of each line, negative for returns; the sum over an order and product must be above
            zero. Without it every line counts.
        n_baskets: The number of orders; by default the highest code plus one.
        n_products: The number of products; by default the highest code plus one.
        threads: The number of threads; by default all cores this process may use.
    """
    workers = threads or usable_cores()
    orders, n_baskets = checked_codes("basket", basket, n_baskets)
    lines, n_products = checked_codes("product", product, n_products)
    if len(basket) != len(product):
        raise InvalidInput(
            f"There are {len(basket)} basket codes but {len(product)} product codes.",
            remedy="Give one basket and one product a line.",
        )
    if quantity is None:
        starts, together = grouped(orders, lines.view(np.uint32), n_baskets, workers)
        lines = together.view(np.int32)
    else:
        pieces = _pieces(quantity, len(basket))
        starts, order = grouped(orders, np.arange(len(basket), dtype=np.uint32), n_baskets, workers)
        starts, lines = _net(starts, lines[order], pieces[order], n_products)
    return _ranked(starts, lines, n_products, workers)


def even_ranges(starts: NDArray[np.int64], parts: int) -> list[tuple[int, int]]:
    """Cut baskets into ranges that hold about equally many lines each."""
    wanted = np.linspace(0, starts[-1], parts + 1)[1:-1]
    cuts = np.unique(np.concatenate([[0], np.searchsorted(starts, wanted), [len(starts) - 1]]))
    return [(int(first), int(last)) for first, last in pairwise(cuts)]


def _pieces(quantity: NDArray[np.number[Any]], n_lines: int) -> NDArray[np.float64]:
    pieces = np.ascontiguousarray(quantity, dtype=np.float64)
    if len(pieces) != n_lines:
        raise InvalidInput(
            f"There are {n_lines} lines but {len(pieces)} quantities.", remedy="Give one a line."
        )
    bad = np.flatnonzero(~np.isfinite(pieces))
    if len(bad):
        raise InvalidInput(
            f"{len(bad)} quantities are missing or infinite.",
            record=f"line {bad[0]}",
            remedy="Fill them (1 is a usual choice) or leave those lines out.",
        )
    return pieces


def _ranked(starts: NDArray[np.int64], lines: NDArray[np.int32], n_products: int, workers: int) -> Baskets:
    """Rename products by popularity, sort every basket, drop what stands in it twice."""
    popularity = _lines_of_each(lines, n_products, workers)
    code_of_rank = np.argsort(-popularity, kind="stable").astype(np.int32)
    rank_of_code = np.empty(n_products, dtype=np.int32)
    rank_of_code[code_of_rank] = np.arange(n_products, dtype=np.int32)
    items = np.empty(len(lines), dtype=np.int32)
    kept = np.zeros(len(starts), dtype=np.int64)
    in_threads(
        lambda part: _sort_baskets(part[0], part[1], starts, lines, rank_of_code, items, kept),
        even_ranges(starts, 4 * workers),
        workers,
    )
    np.cumsum(kept, out=kept)
    if kept[-1] < len(items):
        _close_gaps(starts, kept, items)
        items = items[: kept[-1]].copy()
    support = _lines_of_each(items, n_products, workers)
    _mark_ends(kept, items)
    return Baskets(kept, items, code_of_rank, support)


def _lines_of_each(codes: NDArray[np.int32], n_products: int, workers: int) -> NDArray[np.int64]:
    """How often each code occurs; NumPy's bincount would first copy the codes to a wider type."""
    parts = np.array_split(codes, workers)
    tallies: list[NDArray[np.int64]] = in_threads(lambda part: _tally(part, n_products), parts, workers)
    return np.asarray(np.sum(tallies, axis=0), dtype=np.int64)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _tally(codes: NDArray[np.int32], n: int) -> NDArray[np.int64]:
    tally = np.zeros(n, dtype=np.int64)
    for code in codes:
        tally[code] += 1
    return tally


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _net(
    starts: NDArray[np.int64], lines: NDArray[np.int32], pieces: NDArray[np.float64], n_products: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Keep each product of a basket once, and only where purchases exceed returns."""
    net = np.zeros(n_products)
    kept = np.empty_like(lines)
    ends = np.zeros_like(starts)
    n = 0
    for i in range(len(starts) - 1):
        for line in range(starts[i], starts[i + 1]):
            net[lines[line]] += pieces[line]
        for line in range(starts[i], starts[i + 1]):
            if net[lines[line]] > LEAST_QUANTITY:
                kept[n] = lines[line]
                n += 1
            net[lines[line]] = 0.0
        ends[i + 1] = n
    return ends, kept[:n].copy()


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _sort_baskets(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    lines: NDArray[np.int32],
    rank_of_code: NDArray[np.int32],
    items: NDArray[np.int32],
    kept: NDArray[np.int64],
) -> None:
    """Ranks of baskets first ... last - 1, ascending, without repeats, at the front of each one's stretch.

    Many baskets are sorted at once by rank, digit by digit, and then dealt out to their baskets in that
    order. That takes the same few steps a line for small baskets and for one with a hundred thousand lines.
    """
    room = _LINES_AT_ONCE
    for i in range(first, last):
        room = max(room, starts[i + 1] - starts[i])
    keys, sorted_keys = np.empty(room, dtype=np.uint64), np.empty(room, dtype=np.uint64)
    while first < last:
        until = first + 1
        while until < last and starts[until + 1] - starts[first] <= room:
            until += 1
        n = np.int64(0)  # a plain 0 would be compiled as a case of its own
        for i in range(first, until):
            for line in range(starts[i], starts[i + 1]):
                keys[n] = (np.uint64(i - first) << np.uint64(32)) | np.uint64(rank_of_code[lines[line]])
                n += 1
        keys, sorted_keys = _sort_by_rank(keys, sorted_keys, n, len(rank_of_code))
        for key in keys[:n]:
            basket = first + np.int64(key >> np.uint64(32))
            rank = np.int32(key & np.uint64(0xFFFFFFFF))
            place = starts[basket] + kept[basket + 1]
            if kept[basket + 1] == 0 or items[place - 1] != rank:
                items[place] = rank
                kept[basket + 1] += 1
        first = until


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _sort_by_rank(
    keys: NDArray[np.uint64], other: NDArray[np.uint64], n: int, n_ranks: int
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Sort the first n keys by their lower 32 bits (radix sort); returns the sorted and the spare array."""
    bits = 1
    while (1 << bits) < n_ranks:
        bits += 1
    passes = (bits + _DIGIT_BITS - 1) // _DIGIT_BITS
    width = (bits + passes - 1) // passes
    mask = np.uint64((1 << width) - 1)
    head = np.empty((1 << width) + 1, dtype=np.int64)
    for turn in range(passes):
        shift = np.uint64(turn * width)
        head[:] = 0
        for key in keys[:n]:
            head[((key >> shift) & mask) + np.uint64(1)] += 1
        for digit in range(1 << width):
            head[digit + 1] += head[digit]
        for key in keys[:n]:
            digit = (key >> shift) & mask
            other[head[digit]] = key
            head[digit] += 1
        keys, other = other, keys
    return keys, other


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _close_gaps(starts: NDArray[np.int64], kept: NDArray[np.int64], items: NDArray[np.int32]) -> None:
    """Move every basket to where it belongs after repeats were dropped."""
    for i in range(len(starts) - 1):
        shift = starts[i] - kept[i]
        for line in range(kept[i], kept[i + 1]):
            items[line] = items[line + shift]


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _mark_ends(starts: NDArray[np.int64], items: NDArray[np.int32]) -> None:
    """Store the last item of each basket as its complement."""
    for i in range(len(starts) - 1):
        if starts[i + 1] > starts[i]:
            items[starts[i + 1] - 1] = ~items[starts[i + 1] - 1]
