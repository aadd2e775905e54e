"""What machines write is read a column at once: plain numbers, ISO times, texts without anything odd in them.

Most of most files is written so. What is not is left to the careful ways, which read each distinct text by itself; both
give the same.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_DAY_US = 86_400_000_000
#: Lengths of ISO texts -> how much of the zone stands behind the time.
_TAILS = {10: 0, 16: 0, 19: 0, 20: 1, 22: 3, 24: 5, 25: 6}
_DIGITS = (0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18)


def _codes(letters: str) -> NDArray[np.bool_]:
    flags = np.zeros(256, dtype=bool)
    flags[[ord(letter) for letter in letters]] = True
    return flags


_OF_NUMBERS = {mark: _codes("0123456789-" + mark) for mark in (".", ",")}
#: What trimming, unguarding and the search for other blanks do not change.
_QUIET = np.zeros(256, dtype=bool)
_QUIET[0x21:0x7F] = True
_QUIET[ord("'")] = False
_QUIET_NAMES = _QUIET.copy()
_QUIET_NAMES[0x20] = True


def text_bytes(texts: pa.Array) -> Bytes:
    """All letters of a column of texts, one behind the other."""
    offsets, data = _layout(texts)
    return data[offsets[0] : offsets[-1]]


def is_quiet(texts: pa.Array, *, spaces: bool = False) -> bool:
    """Whether all letters of a column are plain visible ASCII, so that there is nothing to trim.

    Args:
        texts: the column.
        spaces: whether blanks may be among them.
    """
    return bool((_QUIET_NAMES if spaces else _QUIET)[text_bytes(texts)].all())


def holds(texts: pa.Array, letters: str) -> bool:
    """Whether one of these letters stands anywhere in a column."""
    return bool(_codes(letters)[text_bytes(texts)].any())


def lengths_of(texts: pa.Array) -> NDArray[np.int32]:
    """Bytes of each text; 0 where there is none."""
    return np.diff(_layout(texts)[0])


def might_be_short(texts: pa.Array, most: int) -> NDArray[np.bool_]:
    """Which texts may have so few letters once they are trimmed; empty ones are not among them.

    A long text that begins and ends with a visible letter stays as long as it is.
    """
    offsets, letters = _layout(texts)
    lengths = np.diff(offsets)
    if not letters.size:
        return np.zeros(len(lengths), dtype=bool)
    first = letters[np.minimum(offsets[:-1], letters.size - 1)]
    quiet = _QUIET[first] & _QUIET[letters[offsets[1:] - 1]]
    found: NDArray[np.bool_] = (lengths > 0) & ((lengths <= most) | ~quiet)
    return found


def plain_numbers(texts: pa.Array, decimal: str) -> pa.Array | None:
    """The numbers of a column in which nothing but plain numbers and empty places stand; else nothing.

    Args:
        texts: the column.
        decimal: its decimal separator; empty where it leaves that open.
    """
    if not _OF_NUMBERS[decimal or "."][text_bytes(texts)].all():
        return None
    written = lengths_of(texts) > 0
    filled = texts if written.all() else texts.filter(pa.array(written))
    if decimal == ",":
        filled = pc.replace_substring(filled, ",", ".")
    try:
        found = np.asarray(pc.cast(filled, pa.float64()))
    except pa.ArrowInvalid:
        return None
    if np.isinf(found).any():
        return None
    values = np.zeros(len(texts))
    values[written] = found
    return pa.array(values, mask=~written)


def plain_times(texts: pa.Array, *, utc: bool) -> tuple[pa.Array, NDArray[np.bool_]]:
    """The times of texts in ISO 8601 (``2026-01-31 10:00:00 +0100``) in UTC, and which texts were read.

    Args:
        texts: the column.
        utc: whether texts that name no zone are in UTC; else they are not read.
    """
    offsets, data = _layout(texts)
    lengths = np.diff(offsets)
    moments = np.zeros(len(texts), dtype=np.int64)
    read = np.zeros(len(texts), dtype=bool)
    for length in np.unique(lengths).tolist():
        if length not in _TAILS or (_TAILS[length] == 0 and not utc):
            continue
        rows = np.flatnonzero(lengths == length)
        letters = data[offsets[rows][:, None] + np.arange(length)]
        moments[rows], read[rows] = _iso(letters, _TAILS[length])
    return pa.array(moments, pa.int64(), mask=~read).cast(pa.timestamp("us")), read


def _iso(letters: Bytes, tail: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Microseconds since 1970, and where the letters are such a time."""
    size = letters.shape[1] - tail
    places = [place for place in _DIGITS if place < size]
    digits = letters.astype(np.int64) - ord("0")
    good = ((digits[:, places] >= 0) & (digits[:, places] <= 9)).all(axis=1)
    good &= (letters[:, 4] == ord("-")) & (letters[:, 7] == ord("-"))
    year = digits[:, 0] * 1000 + digits[:, 1] * 100 + digits[:, 2] * 10 + digits[:, 3]
    month, day = (digits[:, at] * 10 + digits[:, at + 1] for at in (5, 8))
    good &= (year >= 1970) & (year <= 2100) & (month >= 1) & (month <= 12) & (day >= 1)
    months = (np.where(good, year, 1970) - 1970) * 12 + np.where(good, month, 1) - 1
    first, after = (part.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
                    for part in (months, months + 1))  # fmt: skip
    good &= day <= after - first
    clock = np.zeros(len(letters), dtype=np.int64)
    if size > 10:
        good &= (letters[:, 10] == ord(" ")) | (letters[:, 10] == ord("T"))
        for at, most, seconds in ((11, 23, 3600), (14, 59, 60), (17, 59, 1)):
            if at < size:
                part = digits[:, at] * 10 + digits[:, at + 1]
                good &= part <= most
                good &= (letters[:, at - 1] == ord(":")) if at > 11 else True
                clock += part * seconds
    if tail:
        shift, known = _zone(letters[:, size:], digits[:, size:])
        clock -= shift
        good &= known
    return (first + day - 1) * _DAY_US + clock * 1_000_000, good


def _zone(letters: Bytes, digits: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Seconds that a zone is before UTC, and where it is one: Z, +01, +0100, +01:00 or one of these behind a blank."""
    width = letters.shape[1]
    if width == 1:
        return np.zeros(len(letters), dtype=np.int64), letters[:, 0] == ord("Z")
    begins = np.zeros(len(letters), dtype=np.int64)
    good = np.ones(len(letters), dtype=bool)
    if width == 6:
        blank = letters[:, 0] == ord(" ")
        begins += blank
        good &= blank | (letters[:, 3] == ord(":"))
    rows = np.arange(len(letters))
    sign = np.where(letters[rows, begins] == ord("-"), -1, 1)
    good &= (letters[rows, begins] == ord("+")) | (sign < 0)
    parts = [digits[rows, begins + 1], digits[rows, begins + 2]]
    if width > 3:
        # Behind ' +01' as behind '+01:' the minutes begin at the fifth letter, behind '+01' at the fourth.
        ends = 4 if width == 6 else 3
        parts += [digits[:, ends], digits[:, ends + 1]]
    for part in parts:
        good &= (part >= 0) & (part <= 9)
    hours = parts[0] * 10 + parts[1]
    minutes = parts[2] * 10 + parts[3] if width > 3 else 0
    return sign * (hours * 3600 + minutes * 60), good


def _layout(texts: pa.Array) -> tuple[NDArray[np.int32], Bytes]:
    """Where each text begins and ends among the letters of all; empty ones where there is none."""
    if texts.null_count:
        texts = pc.fill_null(texts, "")
    size = len(texts)
    _, offsets, data = texts.buffers()
    if size == 0 or offsets is None:
        return np.zeros(size + 1, dtype=np.int32), np.zeros(0, dtype=np.uint8)
    places = np.frombuffer(offsets, dtype=np.int32, count=size + 1, offset=4 * texts.offset)
    letters = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8)
    return places, letters
