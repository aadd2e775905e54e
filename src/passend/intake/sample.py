"""A look at the first rows of a source: what each column holds, before anything is read in earnest."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.numbers import decimal_separator, parse_number
from passend.intake.source import Source
from passend.intake.texts import as_text, emptied
from passend.intake.times import parse_time

_HEAD_ROWS = 5_000
_SPREAD_ROWS = 2_000
_JUDGED = 400
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*([ap]\.?m\.?)?( uhr)?", re.IGNORECASE)


@dataclass(frozen=True)
class Facts:
    """What the sample says about one column.

    Attributes:
        filled: share of rows that hold something.
        number: share of the distinct values that are numbers; ``whole``, ``date`` and ``clock`` likewise.
        spaced: share of the distinct values with a space between letters, as names have.
        distinct: number of different values.
        rows: number of rows looked at.
        middle: the median of the numbers.
        numbered: whether it is a number column by its type, not by its text.
        no_number: a value that is no number, to be shown to people; ``no_date`` likewise.
    """

    filled: float
    number: float
    whole: float
    date: float
    clock: float
    spaced: float
    lettered: float
    distinct: int
    rows: int
    middle: float
    numbered: bool
    no_number: str = ""
    no_date: str = ""


@dataclass(frozen=True)
class Sample:
    """The first rows in their order, some more from further on, and what each column holds."""

    head: pa.Table
    values: dict[str, list[str]]
    facts: dict[str, Facts]


def take_sample(source: Source) -> Sample:
    """The first rows of a source and, since its first batches are in hand anyway, some spread over those."""
    batches: list[pa.RecordBatch] = []
    for batch in source.batches():
        batches.append(batch.table)
        if sum(part.num_rows for part in batches) >= _HEAD_ROWS:
            break
    names = list(source.columns)
    if not batches:
        empty = pa.table({name: pa.array([], pa.string()) for name in names})
        return Sample(
            empty, {name: [] for name in names}, {name: _facts([], 0, 0, numbered=False) for name in names}
        )
    table = pa.Table.from_batches(batches).combine_chunks()
    step = max(1, (table.num_rows - _HEAD_ROWS) // _SPREAD_ROWS)
    wanted = list(range(min(_HEAD_ROWS, table.num_rows))) + list(range(_HEAD_ROWS, table.num_rows, step))
    part = table.take(pa.array(wanted, pa.int64()))
    columns, values, facts = {}, {}, {}
    for name in names:
        column = _one_array(part.column(name))
        texts = emptied(as_text(column))
        columns[name] = texts.slice(0, _HEAD_ROWS)
        values[name] = pc.unique(texts.drop_null()).to_pylist()
        numbered = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
        facts[name] = _facts(values[name], len(texts), len(texts) - texts.null_count, numbered=numbered)
    return Sample(pa.table(columns), values, facts)


def distinct_texts(source: Source, columns: Iterable[str]) -> dict[str, list[str]]:
    """Every different value of some columns of the whole source, where the sample leaves a question open."""
    found: dict[str, dict[str, None]] = {name: {} for name in columns}
    for batch in source.batches():
        for name, seen in found.items():
            seen.update(dict.fromkeys(pc.unique(as_text(batch.table.column(name))).to_pylist()))
    return {name: [text for text in seen if text is not None] for name, seen in found.items()}


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _facts(values: list[str], rows: int, filled: int, *, numbered: bool) -> Facts:
    step = max(1, len(values) // _JUDGED)
    judged = values[::step]
    decimal = "." if numbered else decimal_separator(judged)
    read = {text: parse_number(text, decimal) for text in judged}
    numbers = [number.value for number in read.values() if number]
    dates = {text for text in judged if _is_date(text)}
    of = max(1, len(judged))
    return Facts(
        filled=filled / rows if rows else 0.0,
        number=len(numbers) / of,
        whole=sum(value == int(value) for value in numbers) / of,
        date=len(dates) / of,
        clock=sum(bool(_CLOCK.fullmatch(text.strip())) for text in judged) / of,
        spaced=sum(bool(re.search(r"[^\W\d]\S*\s+\S*[^\W\d]", text)) for text in judged) / of,
        lettered=sum(bool(re.search(r"[^\W\d]{3}", text)) for text in judged) / of,
        distinct=len(values),
        rows=rows,
        middle=sorted(numbers)[len(numbers) // 2] if numbers else 0.0,
        numbered=numbered,
        no_number=next((text for text, number in read.items() if not number), ""),
        no_date=next((text for text in judged if text not in dates), ""),
    )


def _is_date(text: str) -> bool:
    """With the day or the month in front."""
    return not isinstance(parse_time(text), str) or not isinstance(parse_time(text, "month-first"), str)
