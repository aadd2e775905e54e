"""Bringing together what belongs together: the lines of an order, the purchases of a customer.

Lines that already stand together stay where they are. Others are dealt out in two rounds, first to some
hundred groups of neighbouring codes, then within each: both rounds write where the processor's cache still
is, which one round over millions of orders would not.
"""

# Numba's functions take their arguments by position
from __future__ import annotations

from itertools import pairwise
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from passend.errors import InvalidInput
from passend.kernels.partitions import in_threads

MOST_LINES = 2**32 - 1
"""Positions of lines are kept in 32 bits."""

_MOST_GROUPS = 1024


def checked_codes(
    name: str, codes: NDArray[np.integer[Any]], bound: int | None = None
) -> tuple[NDArray[np.int32], int]:
    """The codes as int32 and the number of different ones, after making sure that every code lies within it.

    Args:
        name: What the codes stand for, for the message.
        codes: Whole numbers, one a line.
        bound: The number of different codes if it is known.
    """
    if codes.ndim != 1 or not np.issubdtype(codes.dtype, np.integer):
        raise InvalidInput(
            f"The {name} codes are {codes.dtype} with {codes.ndim} dimensions, not a row of whole numbers.",
            remedy="Code the ids first: passend.kernels.order_lines does it for tables and files.",
        )
    lowest, highest = (int(codes.min()), int(codes.max())) if len(codes) else (0, -1)
    limit = highest + 1 if bound is None else bound
    if lowest < 0 or highest >= limit or limit > np.iinfo(np.int32).max:
        raise InvalidInput(
            f"The {name} codes run from {lowest} to {highest}; 0 to {limit - 1} was expected.",
            remedy="Codes must be 0 ... n - 1, and n below 2,147,483,647.",
        )
    if len(codes) > MOST_LINES:
        raise InvalidInput(
            f"There are {len(codes)} lines.", remedy="Use the Spark engine above 4 billion lines."
        )
    return np.ascontiguousarray(codes, dtype=np.int32), limit


def grouped(
    codes: NDArray[np.int32], payload: NDArray[np.uint32], n: int, workers: int
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Where each code's lines start, and the payload in the order of codes; equal codes keep their order.

    Args:
        codes: Whole numbers 0 ... n - 1 (lines).
        payload: uint32 (lines), what is to be grouped; not changed.
        n: The number of codes.
        workers: The number of threads.
    """
    if _ascending(codes):
        return _starts(codes, n), payload
    bits = max(0, (max(n, 1) - 1).bit_length() - (_MOST_GROUPS - 1).bit_length())
    n_groups = ((n - 1) >> bits) + 1
    cuts = np.linspace(0, len(codes), workers + 1).astype(np.int64)
    chunks = [(slice(cuts[i], cuts[i + 1]), i) for i in range(workers)]
    tally = np.zeros((workers, n_groups), dtype=np.int64)
    in_threads(lambda chunk: _count_groups(codes[chunk[0]], bits, tally[chunk[1]]), chunks, workers)
    group_starts = np.concatenate([[0], np.cumsum(tally.sum(axis=0))])
    begin = group_starts[:-1] + np.cumsum(tally, axis=0) - tally
    dealt = np.empty(len(codes), dtype=np.uint64)
    in_threads(
        lambda chunk: _deal(codes[chunk[0]], payload[chunk[0]], bits, begin[chunk[1]], dealt), chunks, workers
    )
    starts = np.empty(n + 1, dtype=np.int64)
    starts[n] = len(codes)
    result = np.empty_like(payload)
    places = np.linspace(0, n_groups, 4 * workers + 1).astype(np.int64)
    in_threads(
        lambda part: _settle(part[0], part[1], bits, group_starts, dealt, starts[:-1], result),
        list(pairwise(places)),
        workers,
    )
    return starts, result


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _ascending(codes: NDArray[np.int32]) -> bool:
    """Whether no code is smaller than the one before."""
    before = np.int32(0)
    for code in codes:
        if code < before:
            return False
        before = code
    return True


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _starts(codes: NDArray[np.int32], n: int) -> NDArray[np.int64]:
    """Where each code's lines start, for lines that stand in the order of codes."""
    starts = np.zeros(n + 1, dtype=np.int64)
    for code in codes:
        starts[code + 1] += 1
    for code in range(n):
        starts[code + 1] += starts[code]
    return starts


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _count_groups(codes: NDArray[np.int32], bits: int, tally: NDArray[np.int64]) -> None:
    """The number of lines in each group of 2 ** bits neighbouring codes."""
    for code in codes:
        tally[code >> bits] += 1


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _deal(
    codes: NDArray[np.int32],
    payload: NDArray[np.uint32],
    bits: int,
    begin: NDArray[np.int64],
    dealt: NDArray[np.uint64],
) -> None:
    """First round: each line to its group, its code (upper half) with its payload (lower half)."""
    for line in range(len(codes)):
        group = codes[line] >> bits
        dealt[begin[group]] = (np.uint64(codes[line]) << np.uint64(32)) | np.uint64(payload[line])
        begin[group] += 1


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _settle(
    first: int,
    last: int,
    bits: int,
    group_starts: NDArray[np.int64],
    dealt: NDArray[np.uint64],
    starts: NDArray[np.int64],
    result: NDArray[np.uint32],
) -> None:
    """Second round: lines of groups first ... last - 1 in the order of codes, and where each code starts."""
    for group in range(first, last):
        lowest = group << bits
        head = np.zeros(min(1 << bits, len(starts) - lowest) + 1, dtype=np.int64)
        lines = dealt[group_starts[group] : group_starts[group + 1]]
        for line in lines:
            head[np.int64(line >> np.uint64(32)) - lowest + 1] += 1
        head[0] = group_starts[group]
        for i in range(len(head) - 1):
            starts[lowest + i] = head[i]
            head[i + 1] += head[i]
        for line in lines:
            code = np.int64(line >> np.uint64(32)) - lowest
            result[head[code]] = line & np.uint64(0xFFFFFFFF)
            head[code] += 1
