"""What every source of rows has in common, whatever its form: file, sheet, database table."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True)
class BrokenRow:
    """A record that cannot be split into the source's columns."""

    row: int
    reason: str
    raw: str


@dataclass(frozen=True)
class Batch:
    """Some consecutive records of a source.

    Attributes:
        rows: record number of each row (int64); a header is record 1, so the first data record is 2.
        table: the values, all columns of the source in order: text for CSV, native types elsewhere.
        broken: records between these that could not be split into columns.
        whole: all columns of some rows, by their places, where ``table`` has but a part of the columns.
    """

    rows: pa.Array
    table: pa.RecordBatch
    broken: tuple[BrokenRow, ...] = ()
    whole: Callable[[NDArray[np.int64]], pa.RecordBatch] | None = None

    def taken(self, places: NDArray[np.int64]) -> pa.RecordBatch:
        """Some rows with all columns of the source, as they stood there."""
        return self.whole(places) if self.whole else self.table.take(pa.array(places))


class Source(Protocol):
    """Rows with named columns, read in batches of bounded size."""

    name: str
    columns: tuple[str, ...]
    size: int | None

    def fingerprint(self) -> str:
        """A stable hash of the whole content: the same content gives the same, on any machine."""

    def batches(self) -> Iterator[Batch]:
        """The records in their order; may be called more than once."""

    def position(self) -> int:
        """How much of ``size`` has been read, for the progress bar."""


@runtime_checkable
class Narrow(Protocol):
    """A source that is quicker where only some of its columns are needed of every row."""

    def narrow_batches(self, columns: Collection[str]) -> Iterator[Batch]:
        """The records in their order, with these columns at least."""


def batches_of(source: Source, columns: Collection[str]) -> Iterator[Batch]:
    """The records of a source of which these columns are needed."""
    return source.narrow_batches(columns) if isinstance(source, Narrow) else source.batches()
