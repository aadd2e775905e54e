"""Ids into small whole numbers: what a shop calls "ORD-000123" becomes 0, 1, 2 ... as it appears.

Files name orders and products as they like: numbers with gaps, texts, emoji. Counting wants dense codes. Two
coders do the same for numbers and for texts, batch by batch, so that a file never lies in memory as a whole.
Lines of one order mostly stand together and order numbers mostly rise: both are used, neither is needed.
"""

# Numba's functions take their arguments by position
from __future__ import annotations

from typing import Any, Protocol

import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.kernels.memory import prefetch

_GOLDEN = np.uint64(
    0x9E3779B97F4A7C15
)  # Knuth, The Art of Computer Programming 3, 6.4: multiplicative hashing
_FNV_START = np.uint64(0xCBF29CE484222325)  # FNV-1a, draft-eastlake-fnv
_FNV_PRIME = np.uint64(0x100000001B3)
_EMPTY = np.int32(-1)
_CACHED_SLOTS = 1 << 17
"""Tables up to this size stay in the processor's cache; larger ones are asked from memory ahead of time."""
_AHEAD = 12
"""Ids asked for before their turn."""


class Coder(Protocol):
    """Turns the ids of one column into codes, batch after batch."""

    def code(self, ids: pa.Array[Any], codes: NDArray[np.int32]) -> None:
        """Write the code of every id into `codes`; ids must not be null."""

    def ids(self) -> pa.Array[Any]:
        """All ids met so far; code i is at place i."""

    def __len__(self) -> int:
        """The number of different ids met so far."""


class NumberCoder:
    """Codes whole numbers (int64).

    As long as numbers only rise, a new number is a new code and no table is needed. At the first number that
    falls back, a hash table is made of all numbers met.
    """

    def __init__(self) -> None:
        self._known: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._n = 0
        self._table: NDArray[np.int32] | None = None

    def code(self, ids: pa.Array[Any], codes: NDArray[np.int32]) -> None:
        """Write the code of every id into `codes`."""
        numbers = values(ids)
        done = 0
        if self._table is None:
            self._known = _with_room(self._known, self._n, len(numbers))
            done, self._n = _code_rising(numbers, self._known, self._n, codes)
        while done < len(numbers):
            self._make_room()
            more, self._n = _code_numbers(numbers[done:], self._table, self._known, self._n, codes[done:])
            done += more

    def ids(self) -> pa.Array[Any]:
        """All numbers met so far, by code."""
        known = _buffer(self._known[: self._n].copy())
        return pa.Array.from_buffers(pa.int64(), self._n, [None, known])

    def __len__(self) -> int:
        return self._n

    def _make_room(self) -> None:
        """See to it that at least one more number fits into a table that is at most half full."""
        if self._table is None or 2 * self._n >= len(self._table):
            self._table = np.full(_slots(self._n), _EMPTY)
            _enter_numbers(self._table, self._known, self._n)
        self._known = _with_room(self._known, self._n, len(self._table) // 2 - self._n)


class TextCoder:
    """Codes texts by their bytes (UTF-8); case, spaces and leading zeros make a difference."""

    def __init__(self) -> None:
        self._table: NDArray[np.int32] = np.full(_slots(0), _EMPTY)
        self._hashes: NDArray[np.uint64] = np.empty(0, dtype=np.uint64)
        self._offsets: NDArray[np.int64] = np.zeros(1, dtype=np.int64)
        self._bytes: NDArray[np.uint8] = np.empty(0, dtype=np.uint8)
        self._n = 0

    def code(self, ids: pa.Array[Any], codes: NDArray[np.int32]) -> None:
        """Write the code of every id into `codes`."""
        if isinstance(ids, pa.DictionaryArray):
            words = np.empty(len(ids.dictionary), dtype=np.int32)
            self.code(ids.dictionary, words)
            np.take(words, values(ids.indices), out=codes)
            return
        if not len(ids):
            return
        offsets, data = _text_buffers(ids)
        self._bytes = _with_room(self._bytes, int(self._offsets[self._n]), int(offsets[-1] - offsets[0]))
        done = 0
        while done < len(ids):
            self._make_room()
            known = self._table, self._hashes, self._offsets, self._bytes
            more, self._n = _code_texts(offsets[done:], data, *known, self._n, codes[done:])
            done += more

    def ids(self) -> pa.Array[Any]:
        """All texts met so far, by code."""
        offsets = self._offsets[: self._n + 1].copy()
        data = self._bytes[: offsets[-1]].copy()
        return pa.LargeStringArray.from_buffers(self._n, _buffer(offsets), _buffer(data))

    def __len__(self) -> int:
        return self._n

    def _make_room(self) -> None:
        """See to it that at least one more text fits into a table that is at most half full."""
        if 2 * self._n >= len(self._table):
            self._table = np.full(_slots(self._n), _EMPTY)
            _enter_hashes(self._table, self._hashes, self._n)
        more = len(self._table) // 2 - self._n
        self._hashes = _with_room(self._hashes, self._n, more)
        self._offsets = _with_room(self._offsets, self._n + 1, more)


def values(array: pa.Array[Any]) -> NDArray[Any]:
    """The numbers of an Arrow array without nulls, without a copy.

    Arrow's own `to_numpy` would import pandas wherever that is installed, which takes longer than coding a
    million lines.
    """
    kind = np.dtype(str(array.type))
    return np.frombuffer(
        memoryview(array.buffers()[1] or b""), kind, len(array), array.offset * kind.itemsize
    )


def _slots(n: int) -> int:
    """The size of a hash table for n ids and as many to come: a power of two, no larger than it needs."""
    return 1 << max(8, (4 * n).bit_length())


def _with_room(array: NDArray[Any], used: int, more: int) -> NDArray[Any]:
    """The array itself or, if `more` do not fit behind the `used` ones, a copy of at least twice the size."""
    if len(array) >= used + more:
        return array
    larger = np.empty(max(2 * len(array), used + more), dtype=array.dtype)
    larger[:used] = array[:used]
    return larger


def _buffer(array: NDArray[Any]) -> pa.Buffer:
    """The array's memory as Arrow's, without a copy."""
    return pa.py_buffer(array.data)


def _text_buffers(texts: pa.Array[Any]) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Where each text starts and ends, and the bytes, without a copy."""
    width = np.dtype(np.int64) if pa.types.is_large_string(texts.type) else np.dtype(np.int32)
    _, offsets, data = texts.buffers()
    places = np.frombuffer(memoryview(offsets or b""), width, len(texts) + 1, texts.offset * width.itemsize)
    return places, np.frombuffer(memoryview(data or b""), np.uint8)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _code_rising(
    numbers: NDArray[np.int64], known: NDArray[np.int64], n: int, codes: NDArray[np.int32]
) -> tuple[int, int]:
    """Code numbers as long as they do not fall; returns the lines done and the numbers now known."""
    for line in range(len(numbers)):
        if n == 0 or numbers[line] > known[n - 1]:
            known[n] = numbers[line]
            n += 1
        elif numbers[line] < known[n - 1]:
            return line, n
        codes[line] = n - 1
    return len(numbers), n


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _slot_of(value: np.uint64, slots: int) -> np.int64:
    """Where a value's search begins: the upper bits of its product with the golden ratio."""
    mixed = value * _GOLDEN
    return np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(slots - 1))


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _enter_numbers(table: NDArray[np.int32], known: NDArray[np.int64], n: int) -> None:
    """Fill an empty table with known, different numbers."""
    for code in range(n):
        slot = _slot_of(np.uint64(known[code]), len(table))
        while table[slot] != _EMPTY:
            slot = (slot + 1) & (len(table) - 1)
        table[slot] = code


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _code_numbers(
    numbers: NDArray[np.int64],
    table: NDArray[np.int32],
    known: NDArray[np.int64],
    n: int,
    codes: NDArray[np.int32],
) -> tuple[int, int]:
    """Code numbers by hash table (open addressing) until it is half full; returns as `_code_rising` does."""
    ahead = _AHEAD if len(table) > _CACHED_SLOTS else len(numbers)
    for line in range(len(numbers)):
        if line + 2 * ahead < len(numbers):
            prefetch(table, _slot_of(np.uint64(numbers[line + 2 * ahead]), len(table)))
            prefetch(known, np.int64(table[_slot_of(np.uint64(numbers[line + ahead]), len(table))]))
        number = numbers[line]
        if line and number == numbers[line - 1]:
            codes[line] = codes[line - 1]
            continue
        slot = _slot_of(np.uint64(number), len(table))
        while table[slot] != _EMPTY and known[table[slot]] != number:
            slot = (slot + 1) & (len(table) - 1)
        if table[slot] == _EMPTY:
            if 2 * n >= len(table):
                return line, n
            table[slot] = n
            known[n] = number
            n += 1
        codes[line] = table[slot]
    return len(numbers), n


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _enter_hashes(table: NDArray[np.int32], hashes: NDArray[np.uint64], n: int) -> None:
    """Fill an empty table with known, different texts by their hashes."""
    for code in range(n):
        slot = _slot_of(hashes[code], len(table))
        while table[slot] != _EMPTY:
            slot = (slot + 1) & (len(table) - 1)
        table[slot] = code


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _same(
    one: NDArray[np.uint8], start: int, stop: int, other: NDArray[np.uint8], other_start: int, other_stop: int
) -> bool:
    """Whether two stretches hold the same bytes."""
    if stop - start != other_stop - other_start:
        return False
    same = True
    i = stop - start - 1  # from the end, where ids with a running number differ first
    while same and i >= 0:
        same = one[start + i] == other[other_start + i]
        i -= 1
    return same


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _code_texts(
    offsets: NDArray[Any],
    data: NDArray[np.uint8],
    table: NDArray[np.int32],
    hashes: NDArray[np.uint64],
    known_offsets: NDArray[np.int64],
    known: NDArray[np.uint8],
    n: int,
    codes: NDArray[np.int32],
) -> tuple[int, int]:
    """Code texts as `_code_numbers` codes numbers; two texts are one only if all their bytes are."""
    for line in range(len(offsets) - 1):
        start, stop = np.int64(offsets[line]), np.int64(offsets[line + 1])
        if line and _same(data, start, stop, data, np.int64(offsets[line - 1]), start):
            codes[line] = codes[line - 1]
            continue
        hashed = _FNV_START
        for i in range(start, stop):
            hashed = (hashed ^ np.uint64(data[i])) * _FNV_PRIME
        slot = _slot_of(hashed, len(table))
        code = table[slot]
        while code != _EMPTY and not (
            hashes[code] == hashed
            and _same(data, start, stop, known, known_offsets[code], known_offsets[code + 1])
        ):
            slot = (slot + 1) & (len(table) - 1)
            code = table[slot]
        if code == _EMPTY:
            if 2 * n >= len(table):
                return line, n
            code = np.int32(n)
            table[slot] = code
            hashes[n] = hashed
            end = known_offsets[n]
            for i in range(start, stop):
                known[end + i - start] = data[i]
            known_offsets[n + 1] = end + stop - start
            n += 1
        codes[line] = code
    return len(offsets) - 1, n
