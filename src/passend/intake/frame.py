"""A table in memory as a source of rows: PyArrow, Polars, pandas, DuckDB, anything that speaks Arrow."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from passend.errors import EmptyTable, InvalidInput
from passend.intake.content_hash import content_hash
from passend.intake.headers import unique_names
from passend.intake.source import Batch

BATCH_ROWS = 65_536
_NAMELESS_INDEX = re.compile(r"__index_level_\d+__")


class FrameSource:
    """A data frame as a source of rows.

    Attributes:
        name: what messages call it.
        columns: names, made unique.
        size: rows.
    """

    def __init__(self, data: Any, name: str = "frame") -> None:
        """Take over a frame.

        Args:
            data: anything with ``__arrow_c_stream__`` or ``to_arrow_table()``, or a dictionary of lists.
            name: what messages call it.

        Raises:
            InvalidInput: it does not speak Arrow, or has no columns or rows.
        """
        self.name = name
        table = _plain(_as_table(data, name))
        keep = [
            place for place, column in enumerate(table.column_names) if not _NAMELESS_INDEX.fullmatch(column)
        ]
        table = table.select(keep)
        if not table.num_columns:
            raise InvalidInput(f"{name} has no columns", remedy="give a table with at least one row")
        self.columns = unique_names(table.column_names)
        if not table.num_rows:
            raise EmptyTable(
                f"{name} has no rows",
                table=name,
                columns=self.columns,
                remedy="give a table with at least one row",
            )
        self._table = table.rename_columns(list(self.columns))
        self.size: int | None = table.num_rows
        self._position = 0

    def fingerprint(self) -> str:
        """A hash of names, types and values."""
        return content_hash(self._table.schema, self._table.to_batches())

    def position(self) -> int:
        """Rows read so far."""
        return self._position

    def batches(self) -> Iterator[Batch]:
        """The rows in their order, in native types."""
        self._position = 0
        for part in self._table.to_batches(max_chunksize=BATCH_ROWS):
            first = self._position + 1
            self._position += part.num_rows
            yield Batch(numbered(first, part.num_rows), part)


def numbered(first: int, count: int) -> pa.Array:
    """Record numbers without a gap."""
    return pa.array(np.arange(first, first + count, dtype=np.int64))


def open_frame(data: Any, name: str = "frame") -> FrameSource:
    """A data frame as a source of rows.

    Args:
        data: PyArrow, Polars, pandas, a DuckDB relation: anything that speaks Arrow.
        name: what messages call it.

    Raises:
        InvalidInput: it does not speak Arrow, or has no columns or rows.
    """
    return FrameSource(data, name)


def _plain(table: pa.Table) -> pa.Table:
    """Without string views, which Polars gives and which Arrow cannot yet take rows from."""
    views = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}
    fields = [field.with_type(views.get(field.type, field.type)) for field in table.schema]
    return table.cast(pa.schema(fields))


def _as_table(data: Any, name: str) -> pa.Table:
    try:
        if isinstance(data, pa.Table):
            return data
        if hasattr(data, "__arrow_c_stream__"):
            return pa.RecordBatchReader.from_stream(data).read_all()
        if hasattr(data, "to_arrow_table"):
            return data.to_arrow_table()
        if isinstance(data, pa.RecordBatch):
            return pa.Table.from_batches([data])
        if isinstance(data, dict):
            return pa.table(data)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise InvalidInput(
            f"{name} cannot be turned into an Arrow table: {error}",
            remedy="give each column values of one type, for example by .astype(str)",
        ) from error
    raise InvalidInput(
        f"{name} is a {type(data).__name__}, not a table",
        remedy="give a PyArrow, Polars or pandas table, a DuckDB relation, or the path of a file",
    )
