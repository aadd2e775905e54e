"""Values of a database driver as Arrow columns with one type from the first row to the last."""

import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from passend.errors import UnreadableFile
from passend.intake.excel import as_text

_SIMPLE: dict[type, pa.DataType] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    dt.date: pa.date32(),
    dt.time: pa.time64("us"),
}


def kinds_of(rows: Sequence[Sequence[Any]], description: Sequence[Any]) -> list[pa.DataType]:
    """The type of each column, by the first rows and what the driver says of decimals.

    Args:
        rows: the first rows.
        description: of the columns, as the DB-API defines it.
    """
    columns = list(zip(*rows, strict=True))
    scales = [_scale(each) for each in description] or [None] * len(columns)
    return [_kind(values, scale) for values, scale in zip(columns, scales, strict=True)]


def sqlite_kinds(connection: Connection, query: str, names: Sequence[str]) -> list[pa.DataType]:
    """The type of each column of a SQLite query, where every value may have another type.

    Args:
        connection: to the database.
        query: what is read.
        names: of its columns, unique.
    """
    quote = connection.dialect.identifier_preparer.quote_identifier
    inner = f"WITH passend_rows({', '.join(map(quote, names))}) AS ({query})"
    asked = ", ".join(f"group_concat(DISTINCT typeof({quote(name)}))" for name in names)
    found = connection.execute(sa.text(f"{inner} SELECT {asked} FROM passend_rows".replace(":", "\\:"))).one()
    return [_sqlite_kind(set(str(each).split(",")) - {"null"}) for each in found]


def arrow_batch(rows: Sequence[Sequence[Any]], schema: pa.Schema, first: int) -> pa.RecordBatch:
    """Rows of a driver as an Arrow batch.

    Args:
        rows: values as Python objects.
        schema: the types that were found before.
        first: number of the first row, for messages.

    Raises:
        UnreadableFile: a value does not have the type of its column.
    """
    arrays = []
    for column, values in zip(schema, zip(*rows, strict=True), strict=True):
        try:
            arrays.append(pa.array(_plain(values, column.type), column.type))
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise UnreadableFile(
                f"Column {column.name} holds values of several types ({error})",
                record=f"in rows {first} to {first + len(rows) - 1}",
                remedy="turn it into text in a query: CAST(... AS varchar)",
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _kind(values: Sequence[Any], scale: tuple[int, int] | None) -> pa.DataType:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {Decimal}:
        return pa.decimal128(*scale) if scale else pa.float64()
    if kinds == {dt.datetime}:
        zoned = any(value.tzinfo is not None for value in values if value is not None)
        return pa.timestamp("us", "UTC" if zoned else None)
    if kinds == {int, float}:
        return pa.float64()
    return _SIMPLE.get(next(iter(kinds)), pa.string()) if len(kinds) == 1 else pa.string()


def _scale(column: Sequence[Any]) -> tuple[int, int] | None:
    """Precision and scale of a decimal column where the database fixes them."""
    precision, scale = (column[4], column[5]) if len(column) > 5 else (None, None)
    if not isinstance(precision, int) or not isinstance(scale, int) or not 0 < precision <= 38:
        return None
    return (precision, scale) if 0 <= scale <= precision else None


def _sqlite_kind(kinds: set[str]) -> pa.DataType:
    if kinds == {"integer"}:
        return pa.int64()
    if kinds and kinds <= {"integer", "real"}:
        return pa.float64()
    return pa.string()


def _plain(values: Sequence[Any], kind: pa.DataType) -> Sequence[Any]:
    if pa.types.is_string(kind):
        return [_text(value) for value in values]
    if pa.types.is_floating(kind):
        return [None if value is None else float(value) for value in values]
    return values


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value) if isinstance(value, uuid.UUID) else as_text(value)
