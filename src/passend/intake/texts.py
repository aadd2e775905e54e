"""Identifiers and names as text: trimmed, with the many ways to write 'nothing' made empty."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.plain_values import is_quiet, lengths_of, might_be_short
from passend.tables.spreadsheets import unguarded

#: What programs and people write where there is nothing.
BLANKS = frozenset({"", "nan", "null", "none", "n/a", "#n/a", "<na>", "nat", "-", "--", "(null)", "\\n"})
_LONGEST_BLANK = max(map(len, BLANKS))
_WHOLE_AS_FRACTION = r"^(-?\d+)\.0+$"


@cache
def _blanks() -> pa.Array:
    # Made when it is needed: Arrow loads pandas, where that is installed, for the first list that it takes.
    return pa.array(sorted(BLANKS))


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for lists of words in code."""
    return frozenset(text.split())


def is_blank(text: str | None) -> bool:
    """Whether a text says nothing."""
    return text is None or text.strip().lower() in BLANKS


def as_text(column: pa.Array) -> pa.Array:
    """Any Arrow column as plain text; whole floats lose their fraction: ids are equal in every format."""
    kind = column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary_decode())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _distinct(column, _float_texts)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return pc.strftime(pc.cast(column, pa.timestamp("us")), format="%Y-%m-%d %H:%M:%S")
    try:
        return pc.cast(column, pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([_any_text(value) for value in column.to_pylist()], pa.string())


def clean_ids(column: pa.Array, *, whole: bool = False) -> pa.Array:
    """Identifiers: trimmed, blanks empty, leading zeros kept.

    Args:
        column: as it came.
        whole: the numbers of the column are all written as fractions (``13085.0``), so the fraction goes.
    """

    def cleaned(texts: pa.Array) -> pa.Array:
        if not is_quiet(texts):
            texts = pc.utf8_trim_whitespace(unguarded(pc.utf8_trim_whitespace(texts)))
        texts = emptied(texts)
        return pc.replace_substring_regex(texts, _WHOLE_AS_FRACTION, r"\1") if whole else texts

    return _distinct(as_text(column), cleaned)


def clean_names(column: pa.Array) -> pa.Array:
    """Names for people: trimmed, white space inside collapsed, blanks empty."""

    def cleaned(texts: pa.Array) -> pa.Array:
        if is_quiet(texts, spaces=True) and not pc.any(pc.match_substring(texts, "  ")).as_py():
            return emptied(pc.utf8_trim_whitespace(texts))
        spaced = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, r"[\s\p{Z}]+", " "))
        return emptied(pc.utf8_trim_whitespace(unguarded(spaced)))

    return _distinct(as_text(column), cleaned)


def emptied(texts: pa.Array) -> pa.Array:
    """The texts with blanks made null."""
    said = lengths_of(texts) > 0
    doubtful = np.flatnonzero(might_be_short(texts, _LONGEST_BLANK))
    if doubtful.size:
        words = pc.utf8_lower(pc.utf8_trim_whitespace(texts.take(pa.array(doubtful))))
        said[doubtful] = ~np.asarray(pc.is_in(words, value_set=_blanks()))
    return texts if said.all() else pc.if_else(pa.array(said), texts, pa.scalar(None, pa.string()))


def _distinct(column: pa.Array, change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """The change made once for each distinct value, then spread over the rows."""
    coded = pc.dictionary_encode(column)
    return change(coded.dictionary).take(coded.indices)


def read_texts(column: pa.Array, read: Callable[[str | None], object], kind: pa.DataType) -> pa.Array:
    """What a column's texts mean, each distinct text read once."""
    coded = pc.dictionary_encode(as_text(column), null_encoding="encode")
    return pa.array([read(text) for text in coded.dictionary.to_pylist()], kind).take(coded.indices)


def _any_text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)


def _float_texts(values: pa.Array) -> pa.Array:
    texts = [None if value is None or value != value else _float_text(value) for value in values.to_pylist()]  # noqa: PLR0124
    return pa.array(texts, pa.string())


def _float_text(value: float) -> str:
    whole = abs(value) < 1e15 and value == int(value)
    return str(int(value)) if whole else str(value)
