"""Which row of a table is its header, and names for its columns that are all different."""

import re
from collections import Counter
from collections.abc import Sequence

from passend.intake.numbers import CURRENCIES
from passend.intake.synonyms import name_scores

LOOK_AT = 40

#: Numbers, money, dates, times, percentages: what stands in data and hardly ever in a header.
_DATA_LIKE = re.compile(
    r"[\s$€£¥+(-]*(?:[A-Z]{3}\s)?\d[\d\s.,:/'%T+Z-]*(?:\s?(?:[€$£¥%)]|[A-Z]{3}|[AP]M))?\s*"
    r"|\d{1,2}[\s./-][A-Za-zäÄ]{3,9}[\s./-]\d{2,4}.*|[^@\s]+@[^@\s]+\.\w+|true|false",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"([^\W\d]{2,})[\s_.-]*\d{1,3}")
_RATE = re.compile(r"\d{1,2}(?:[.,]\d{1,2})?\s?%")
_LONGEST_NAME = 200
_KNOWN = 0.6


def looks_like_header(fields: Sequence[str]) -> bool:
    """Whether a row reads like names of columns: at least half filled, and nothing in it like data."""
    filled = [field.strip() for field in fields if field.strip()]
    if len(filled) < max(1, len(fields) / 2):
        return False
    if any(len(field) > _LONGEST_NAME for field in filled):
        return False
    odd = [field for field in filled if _DATA_LIKE.fullmatch(field) and not _is_numbered(field)]
    if not odd:
        return True
    # A tax rate or the like may stand among names that are well known.
    known = sum(max(name_scores(field).values(), default=0.0) >= _KNOWN for field in filled)
    return all(_RATE.fullmatch(field) for field in odd) and len(odd) * 2 <= known and known >= 3


def _is_numbered(field: str) -> bool:
    """Whether this is a word with a number, as in ``Qty 1`` and ``EAN 13``, and no amount."""
    found = _NUMBERED.fullmatch(field)
    return found is not None and found[1].upper() not in CURRENCIES


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """The number of fields that most rows have; of equally frequent ones the larger."""
    widths = Counter(len(row) for row in rows)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def header_at(rows: Sequence[Sequence[str]]) -> int | None:
    """The row that holds the column names, or none.

    Title and date lines above the header are passed over only when a real header of about the usual width
    follows: without one the first rows are data, and none may be lost.
    """
    width = usual_width(rows)
    weak: int | None = None  # half filled: a header with gaps, or a pair like "Period:", "May" above it
    for index, row in enumerate(rows[:LOOK_AT]):
        least = width if row[0].startswith("#") else width * 0.6  # "#" begins a header or a comment
        if len(row) >= least and (width == 1 or _filled(row) > 1) and looks_like_header(row):
            if _filled(row) > len(row) / 2:
                return index
            weak = index if weak is None else weak
        if len(row) == width and _filled(row) > width / 2:
            break  # a full row of data: no header comes after it
    if weak is not None:
        return weak
    return 0 if rows and looks_like_header(rows[0]) and len(rows[0]) == width else None


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Column names without blanks and repeats: ``price``, ``price_2``, ``column_3``."""
    trimmed = [" ".join(name.split()) for name in names]
    taken = {name for name in trimmed if name}
    seen: set[str] = set()
    unique: list[str] = []
    for place, name in enumerate(trimmed, start=1):
        wanted = name or f"column_{place}"
        if wanted in seen or (not name and wanted in taken):
            wanted = _free(wanted, taken | seen)
        seen.add(wanted)
        unique.append(wanted)
    return tuple(unique)


def _free(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _filled(row: Sequence[str]) -> int:
    return sum(1 for field in row if field.strip())
