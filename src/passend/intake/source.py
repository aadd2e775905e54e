"""What every source of rows has in common, whatever its form: file, sheet, database table."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa


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
    """

    rows: pa.Array
    table: pa.RecordBatch
    broken: tuple[BrokenRow, ...] = ()


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
