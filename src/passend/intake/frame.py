"""A table in memory as a source of rows: PyArrow, Polars, pandas, DuckDB, anything that speaks Arrow."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from passend.errors import EmptyTable, InvalidInput
from passend.intake.content_hash import content_hash
from passend.intake.headers import unique_names
from passend.intake.source import Batch
from passend.tables.frames import arrow_table, plain

BATCH_ROWS = 65_536


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
        table = plain(arrow_table(data))
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
