"""Who is who: numbers and addresses written in different ways become one, in one place for all tables.

One person may stand as ``Kim@Example.com`` in the orders, as ``kim@example.com`` in the consents and as
``Kim <kim@example.com>`` in a request to be forgotten; 00815 in one file is 815 in another, because a spreadsheet ate
the zeros. Two steps make one of them. When a file is read, blanks, invisible signs and the letters of addresses become
the same, and guests become nobody. When tables meet, numbers that differ in leading zeros or in capital letters alone
are linked, unless one file of orders holds both: then the firm tells them apart, and so does passend.
"""

from collections.abc import Iterable, Mapping
from string import ascii_uppercase

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.intake.plain_values import holds, is_quiet, lengths_of
from passend.intake.texts import emptied

_ADDRESS = r"^[^@\s]+@[^@\s]+$"
_IN_BRACKETS = r"(?i)^(?:.*<|mailto:)\s*([^<>@\s]+@[^<>@\s]+?)\s*>?$"
#: What is invisible, and what separates.
_INVISIBLE, _SPACE = r"[\p{Cf}]+", r"[\s\p{Z}\p{Cc}]+"


def as_written_alike(texts: pa.Array) -> pa.Array:
    """Customer numbers and addresses in one way of writing: no stray blanks, addresses alone and in small letters."""
    if (
        is_quiet(texts)
        and not holds(texts, "<:")
        and not (holds(texts, "@") and holds(texts, ascii_uppercase))
    ):
        return emptied(texts)  # nothing in it that the steps below would change
    texts = pc.replace_substring_regex(pc.utf8_normalize(texts, form="NFKC"), _INVISIBLE, "")
    texts = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, _SPACE, " "))
    texts = pc.replace_substring_regex(texts, _IN_BRACKETS, r"\1")
    address = pc.match_substring_regex(texts, _ADDRESS)
    return emptied(pc.if_else(address, pc.utf8_lower(texts), texts))


def written_alike(text: str) -> str:
    """One number or address, as :func:`as_written_alike` writes it; empty for nobody."""
    return as_written_alike(pa.array([text], pa.string()))[0].as_py() or ""


def is_guest(texts: pa.Array, guests: Iterable[str]) -> pa.Array:
    """Which numbers stand for nobody: 0, -1, 'guest', guest@...

    Args:
        texts: written alike.
        guests: the words for nobody, in small letters, as a number or before the @ of an address.
    """
    names = sorted({guest.strip().lower() for guest in guests} - {""})
    verdict = np.zeros(len(texts), dtype=bool)
    doubtful = _might_be(texts, max(map(len, names), default=0))
    before = pc.replace_substring_regex(pc.utf8_lower(texts.take(pa.array(doubtful))), r"@[^@\s]+$", "")
    found = pc.is_in(_without_zeros(before), value_set=pa.array(names, pa.string()))
    verdict[doubtful] = np.asarray(found)
    return pa.array(verdict)


def _might_be(texts: pa.Array, most: int) -> NDArray[np.int64]:
    """The places of texts of which no more than so many letters may stand before the @, leading zeros aside."""
    if not is_quiet(texts):
        return np.arange(len(texts))
    at = np.asarray(pc.fill_null(pc.find_substring(texts, "@"), -1))
    before = np.where(at < 0, lengths_of(texts), at)
    zeros = np.asarray(pc.fill_null(pc.starts_with(texts, "0"), False))
    return np.flatnonzero((before <= most) | zeros)


def keys_of(texts: pa.Array) -> pa.Array:
    """What two ways of writing one number share: no leading zeros, no capital letters."""
    return _without_zeros(pc.utf8_lower(texts))


def aliases(written: pa.Table, links: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ways of writing -> the one that stands for them; only those that differ from it.

    The way of the orders counts, and of several the longest, which has the zeros. The result hangs on what is written
    alone, not on the order in which it came.

    Args:
        written: spelling, origin, in_orders: which source (of orders) or table holds which number.
        links: further pairs of one and the same, e.g. an address and the number of the only customer who has it, or
            people's word; the number linked to stands for both.
    """
    found = {name: one for key in _shared(written) for name, one in _linked(key).items()}
    for name, one in sorted((links or {}).items()):
        start, end = _end_of(found, name), _end_of(found, one)
        if start != end:
            found[start] = end
    return {name: end for name in found if (end := _end_of(found, name)) != name}


def _shared(written: pa.Table) -> list[list[tuple[str, str, bool]]]:
    """The numbers that share a key with others, by key."""
    spelling = written["spelling"].combine_chunks()
    keys = keys_of(spelling)
    # Of several ways to write a number all but one differ from their key.
    other = pc.unique(keys.filter(pc.not_equal(keys, spelling)))
    some = written.append_column("key", keys).filter(pc.is_in(keys, value_set=other))
    groups: dict[str, list[tuple[str, str, bool]]] = {}
    for row in some.to_pylist():
        groups.setdefault(row["key"], []).append((row["spelling"], row["origin"], row["in_orders"]))
    return list(groups.values())


def _linked(rows: list[tuple[str, str, bool]]) -> dict[str, str]:
    sold = [row for row in rows if row[2]]
    by_source: dict[str, set[str]] = {}
    for name, origin, _ in sold:
        by_source.setdefault(origin, set()).add(name)
    if any(len(names) > 1 for names in by_source.values()):
        return {}
    names = {row[0] for row in rows}
    one = max({row[0] for row in sold} or names, key=lambda name: (len(name), name))
    return {name: one for name in names if name != one}


def _end_of(found: Mapping[str, str], name: str) -> str:
    seen = {name}
    while name in found and found[name] not in seen:
        name = found[name]
        seen.add(name)
    return name


def _without_zeros(texts: pa.Array) -> pa.Array:
    digits = pc.match_substring_regex(texts, r"^[0-9]+$")
    return pc.if_else(digits, pc.replace_substring_regex(texts, r"^0+([0-9])", r"\1"), texts)
