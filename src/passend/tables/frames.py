"""The door for tables from outside: anything that speaks Arrow becomes an Arrow table."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from passend.errors import InvalidInput


def as_table(source: Any) -> pa.Table:
    """Any frame, relation, reader, dictionary of lists or Parquet path as an Arrow table.

    Raises:
        InvalidInput: it is nothing that holds a table, or the file cannot be read.
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
    if hasattr(source, "__arrow_c_stream__"):
        return pa.table(source)
    for name in ("to_arrow_table", "arrow", "to_arrow"):
        if hasattr(source, name):
            answer = getattr(source, name)()
            return answer.read_all() if isinstance(answer, pa.RecordBatchReader) else answer
    if isinstance(source, dict):
        return pa.table(source)
    raise InvalidInput(
        f"A table is needed; this is a {type(source).__name__}.",
        remedy="give a PyArrow, Polars or pandas frame, a DuckDB relation or the path of a Parquet file",
    )


def plain(table: pa.Table) -> pa.Table:
    """Text views and dictionaries, as Polars and pandas give them, become plain text."""
    for place, field in enumerate(table.schema):
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_string_view(kind) or pa.types.is_large_string(kind):
            kind = pa.string()
        if kind != field.type:
            table = table.set_column(place, field.name, table.column(place).cast(kind))
    return table
