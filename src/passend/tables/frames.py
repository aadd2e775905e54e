"""The door for tables from outside: anything that speaks Arrow becomes an Arrow table."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from passend.errors import InvalidInput

NAMELESS_INDEX = re.compile(r"__index_level_\d+__")


def as_table(source: Any) -> pa.Table:
    """Any frame, relation, reader, dictionary of lists or Parquet path as an Arrow table; a named index is a column.

    Raises:
        InvalidInput: it is nothing that holds a table, its columns differ in length, or the file cannot be read.
    """
    if isinstance(source, str | Path):
        try:
            return pq.read_table(source)
        except (OSError, pa.ArrowInvalid) as error:
            raise InvalidInput(
                f"The file {source} could not be read as Parquet.",
                remedy="give a Parquet file, or read it with `passend import` first",
            ) from error
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, pa.RecordBatch):
        return pa.Table.from_batches([source])
    if isinstance(source, dict) or hasattr(source, "__arrow_c_stream__"):
        return _built(source)
    for name in ("to_arrow_table", "arrow", "to_arrow"):
        if hasattr(source, name):
            answer = getattr(source, name)()
            return answer.read_all() if isinstance(answer, pa.RecordBatchReader) else answer
    raise InvalidInput(
        f"A table is needed; this is a {type(source).__name__}.",
        remedy="give a PyArrow, Polars or pandas frame, a DuckDB relation or the path of a Parquet file",
    )


def _built(source: Any) -> pa.Table:
    try:
        table = pa.table(source)
    except (TypeError, ValueError, pa.ArrowException) as problem:
        raise InvalidInput(
            f"This cannot be read as a table: {problem}.",
            remedy="give columns of the same length, each with values of one type",
        ) from problem
    # pandas brings its index along. One with a name is a column; one without only says where a row once stood.
    return table.drop_columns([name for name in table.column_names if NAMELESS_INDEX.fullmatch(name)])


def plain(table: pa.Table) -> pa.Table:
    """Text views and dictionaries, as Polars and pandas give them, become plain text."""
    for place, field in enumerate(table.schema):
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_string_view(kind) or pa.types.is_large_string(kind):
            kind = pa.string()
        if kind != field.type:
            table = table.set_column(place, field.name, table.column(place).cast(kind))
    return table
