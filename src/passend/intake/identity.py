"""Who is who: numbers and addresses written in different ways become one, in one place for all tables.

One person may stand as ``Kim@Example.com`` in the orders, as ``kim@example.com`` in the consents and as
``Kim <kim@example.com>`` in a request to be forgotten; 00815 in one file is 815 in another, because a spreadsheet ate
the zeros. Two steps make one of them. When a file is read, blanks, invisible signs and the letters of addresses become
the same, and guests become nobody. When tables meet, numbers that differ in leading zeros or in capital letters alone
are linked, unless one file of orders holds both: then the firm tells them apart, and so does passend.
"""

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.texts import emptied

_ADDRESS = r"^[^@\s]+@[^@\s]+$"
_IN_BRACKETS = r"(?i)^(?:.*<|mailto:)\s*([^<>@\s]+@[^<>@\s]+?)\s*>?$"
#: What is invisible, and what separates.
_INVISIBLE, _SPACE = r"[\p{Cf}]+", r"[\s\p{Z}\p{Cc}]+"


def as_written_alike(texts: pa.Array) -> pa.Array:
    """Customer numbers and addresses in one way of writing: no stray blanks, addresses alone and in small letters."""
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
    names = pa.array(sorted({guest.strip().lower() for guest in guests} - {""}), pa.string())
    before = pc.replace_substring_regex(pc.utf8_lower(texts), r"@[^@\s]+$", "")
    return pc.fill_null(pc.is_in(_without_zeros(before), value_set=names), False)


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
    pairs = pa.table({"key": keys, "spelling": spelling}).group_by(["key", "spelling"], use_threads=False)
    ways = pairs.aggregate([]).group_by("key", use_threads=False).aggregate([([], "count_all")])
    several = ways.filter(pc.greater(ways["count_all"], 1))["key"]
    some = written.append_column("key", keys).filter(pc.is_in(keys, value_set=several.combine_chunks()))
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
