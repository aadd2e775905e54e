"""The door for tables from outside: anything that speaks Arrow becomes an Arrow table of plain columns."""

import difflib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from passend.errors import InvalidInput, UnrecognisedColumns

NAMELESS_INDEX = re.compile(r"__index_level_\d+__")
#: Words for yes and no, as tables hold them.
YES = frozenset({"yes", "true", "1", "y", "t", "ja", "j", "wahr"})
NO = frozenset({"no", "false", "0", "n", "f", "nein", "falsch"})
#: A name that is so like a known one is a misspelt one.
_ALIKE = 0.85
_DATES = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")


def as_table(source: Any) -> pa.Table:
    """Any frame, relation, reader, array, dictionary of lists or Parquet path as an Arrow table of plain columns.

    Text views, dictionaries, categories and enums become plain text; a named index is a column. The columns of a
    NumPy array are called x0, x1, ...

    Raises:
        InvalidInput: it is nothing that holds a table, its columns differ in length or share a name, or the file
            cannot be read.
    """
    table = plain(arrow_table(source))
    twice = sorted({name for name in table.column_names if table.column_names.count(name) > 1})
    if twice:
        raise InvalidInput(
            f"Several columns are called {', '.join(twice)}.", remedy="give each column a name of its own"
        )
    return table


def arrow_table(source: Any) -> pa.Table:
    """Any frame as an Arrow table, with the types that it brings.

    Raises:
        InvalidInput: as in `as_table`, but for names that stand twice.
    """
    if type(source).__name__ == "LazyFrame":
        source = source.collect()
    if isinstance(source, str | Path):
        return _parquet(source)
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, pa.RecordBatch):
        return pa.Table.from_batches([source])
    if isinstance(source, np.ndarray):
        return _array(source)
    if isinstance(source, dict) or hasattr(source, "__arrow_c_stream__"):
        return _built(source)
    for name in ("to_arrow_table", "arrow", "to_arrow", "toArrow"):
        if hasattr(source, name):
            answer = getattr(source, name)()
            return answer.read_all() if isinstance(answer, pa.RecordBatchReader) else answer
    raise InvalidInput(
        f"A table is needed; this is a {type(source).__name__}.",
        remedy="give a PyArrow, Polars or pandas frame, a DuckDB relation, a NumPy array with a row for each row, a"
        " dictionary of lists or the path of a Parquet file",
    )


def plain(table: pa.Table) -> pa.Table:
    """Text views and dictionaries, as Polars and pandas give them, become plain text; UUIDs their usual writing."""
    for place, field in enumerate(table.schema):
        if str(field.type) == "extension<arrow.uuid>":
            written = [None if one is None else str(one) for one in table.column(place).to_pylist()]
            table = table.set_column(place, field.name, pa.array(written, pa.string()))
            continue
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_string_view(kind) or pa.types.is_large_string(kind):
            kind = pa.string()
        if kind != field.type:
            table = table.set_column(place, field.name, _cast(table.column(place), kind))
    return table


def with_column(table: pa.Table, name: str, values: Any) -> pa.Table:
    """The table with one more column, given beside it as scikit-learn gives ``y``.

    Raises:
        InvalidInput: the values are no column, or are not as many as the rows.
    """
    try:
        if hasattr(values, "__arrow_c_stream__"):
            column = pa.chunked_array(values)
        else:
            column = pa.array(np.asarray(values).ravel() if isinstance(values, np.ndarray) else values)
    except (TypeError, ValueError, pa.ArrowException) as problem:
        raise InvalidInput(
            f"The {name} is a {type(values).__name__}, which is no column of values: {problem}.",
            remedy="give a list, a NumPy array or a column of a frame, with a value for each row",
        ) from problem
    if len(column) != table.num_rows:
        raise InvalidInput(
            f"There are {table.num_rows:,} rows and {len(column):,} values of the {name}.",
            remedy="give a value for each row",
        )
    if name in table.column_names:
        raise InvalidInput(
            f"The table has a column '{name}' already.",
            remedy="rename it, or name the column instead of giving values",
        )
    return plain(table.append_column(name, column))


def insist_on_names(table: pa.Table, needed: Iterable[str], useful: Iterable[str], what: str) -> None:
    """Say so where a column is missing, holds no single values, or is called nearly, but not quite, as a known one.

    Raises:
        UnrecognisedColumns: it names the column and what it should be called.
        InvalidInput: a needed column holds lists or the like.
    """
    needed = tuple(needed)
    known = {_bare(name): name for name in (*needed, *useful)}
    has = set(table.column_names)
    for name in table.column_names:
        if name in known.values():
            continue
        near = difflib.get_close_matches(_bare(name), known, n=1, cutoff=_ALIKE)
        if near and known[near[0]] not in has:
            raise UnrecognisedColumns(
                f"The {what} have no column '{known[near[0]]}', but one called '{name}'.",
                remedy=f"rename it to {known[near[0]]}, or leave it out if it is something else",
            )
    missing = [name for name in needed if name not in has]
    if missing:
        raise UnrecognisedColumns(
            f"The {what} have no column {' and '.join(missing)}; they have "
            f"{', '.join(table.column_names) or 'no columns'}.",
            remedy=f"name it {' and '.join(missing)}",
        )
    insist_on_values(table, needed)


def insist_on_values(table: pa.Table, names: Iterable[str]) -> None:
    """Say so where a row of a column holds several values, or bytes.

    Raises:
        InvalidInput: it names the column.
    """
    for name in names:
        kind = table.schema.field(name).type
        if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            raise InvalidInput(
                f"The column '{name}' holds {kind}, and one value in a row is needed.",
                remedy="give text, numbers or times: a row for each value",
            )


def is_identifier(name: str) -> bool:
    """Whether a column tells rows apart by its name, and so says nothing of what they have in common."""
    return name == "id" or name.endswith("_id")


def moments(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """A column of times in microseconds; text is read where it can mean one time only.

    Read are ISO 8601 (2026-01-31, 2026-01-31 08:15:00) and German dates (31.01.2026).

    Raises:
        InvalidInput: it holds something else; the first such value is named.
    """
    kind = column.type
    if pa.types.is_string(kind):
        words = column.unique().to_pylist()
        read = {word: _moment(word) for word in words if word is not None and word.strip()}
        wrong = next((word for word, moment in read.items() if moment is None), None)
        if wrong is not None:
            row = pc.index(column, pa.scalar(wrong)).as_py() + 1
            raise InvalidInput(
                f"The column '{name}' holds '{wrong}', which may be read as a time in several ways or in none.",
                record=f"row {row}",
                remedy="give dates or times, or text such as 2026-01-31 or 31.01.2026",
            )
        times = pa.array([read.get(word) for word in words], pa.timestamp("us"))
        return pa.chunked_array(
            [times.take(pc.index_in(column.combine_chunks(), pa.array(words, pa.string())))]
        )
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_null(kind)):
        raise InvalidInput(
            f"The column '{name}' holds {kind}, and times are needed.", remedy="give dates or times"
        )
    zone = getattr(kind, "tz", None)
    return column.cast(pa.timestamp("us", zone)).cast(pa.timestamp("us"))


def amounts(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """A column of numbers as floats.

    Raises:
        InvalidInput: it holds something else.
    """
    try:
        return column.cast(pa.float64(), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
        raise InvalidInput(
            f"The column '{name}' holds {column.type}, and numbers are needed.",
            remedy="give numbers, without signs for thousands or currencies",
        ) from problem


def as_given(ids: pa.ChunkedArray | pa.Array, kind: pa.DataType) -> pa.ChunkedArray | pa.Array:
    """Identifiers that were text inside, in the type in which the caller gave them."""
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        try:
            return ids.cast(kind)
        except pa.ArrowInvalid:  # text came along: what a caller asked for, or what was read beside it
            return ids
    return ids


def _parquet(source: str | Path) -> pa.Table:
    try:
        return pq.read_table(source)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InvalidInput(
            f"The file {source} could not be read as Parquet.",
            remedy="give a Parquet file, or read it with `passend import` first",
        ) from error


def _array(source: np.ndarray[Any, Any]) -> pa.Table:
    if source.dtype.names:
        return _built({name: source[name] for name in source.dtype.names})
    if source.ndim != 2:
        raise InvalidInput(
            f"The array has {source.ndim} dimensions, and a table has two.",
            remedy="give a row for each row and a column for each column, for example X.reshape(-1, 1)",
        )
    return _built({f"x{place}": column.tolist() if source.dtype == object else column
                   for place, column in enumerate(source.T)})  # fmt: skip


def _built(source: Any) -> pa.Table:
    try:
        table = pa.table(source)
    except (TypeError, ValueError, KeyError, pa.ArrowException) as problem:
        raise InvalidInput(
            f"This cannot be read as a table: {problem}.",
            remedy="give columns of the same length, each with values of one type",
        ) from problem
    # pandas brings its index along. One with a name is a column; one without only says where a row once stood.
    return table.select(
        [place for place, name in enumerate(table.column_names) if not NAMELESS_INDEX.fullmatch(name)]
    )


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type) and pa.types.is_string_view(column.type.value_type):
        # Arrow cannot take from views; the words are made plain first.
        parts = [
            pa.DictionaryArray.from_arrays(one.indices, one.dictionary.cast(kind)).cast(kind)
            for one in column.chunks
        ]
        return pa.chunked_array(parts, kind)
    return column.cast(kind)


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _moment(word: str) -> datetime | None:
    word = word.strip()
    try:
        moment = datetime.fromisoformat(word) if "-" in word else None
    except ValueError:
        return None
    if moment is not None:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    for form in _DATES:
        try:
            return datetime.strptime(word, form)
        except ValueError:
            continue
    return None
