"""The seams where another part can be plugged in: an engine, progress, a clock.

Each has one to five methods and a fake in ``passend.testing``. A new part proves itself by inheriting the suite there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

import pyarrow as pa


@dataclass(frozen=True)
class Statement:
    """One SELECT from a ``.sql`` file in DuckDB's dialect, with the values of its ``$parameters``."""

    name: str
    text: str
    values: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


class Engine(Protocol):
    """Computes tables from tables. DuckDB on one machine, Spark on many: the same SQL, the same rows."""

    name: str

    def load(self, table: str, source: pa.Table | Sequence[Path]) -> None:
        """Make an Arrow table or Parquet files known under a name; it replaces what had the name."""

    def create(self, table: str, statement: Statement, order: Sequence[str] = ()) -> int:
        """Compute a table by SQL and keep it under a name; returns its number of rows.

        ``order`` announces that the table will be written in this order.
        """

    def fetch(self, table: str, limit: int | None = None) -> pa.Table:
        """The rows of a table (or the first few of them) as Arrow."""

    def write(self, table: str, folder: Path, order: Sequence[str] = ()) -> list[Path]:
        """Store a table as Parquet files in an empty folder; returns the files.

        ``order`` names columns by which the rows should lie in a file, so that a few of them are found without the
        others; an engine on many machines may leave them as they are.
        """

    def drop(self, table: str) -> None:
        """Forget a table and give back its room; nothing happens when there is none."""

    def close(self) -> None:
        """Give back memory, temporary files and processes."""


Batches = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
"""Work on some rows of a table, wherever they are: batches in, batches out."""


@runtime_checkable
class Spreads(Protocol):
    """An engine on many machines that also runs Python where the rows are. passend must be installed there."""

    def spread(self, table: str, rows: Iterable[pa.Table]) -> None:
        """Keep a table in as many parts as are given, so that machines can share them."""

    def each(self, table: str, work: Batches, schema: pa.Schema) -> pa.Table:
        """Do the work on all parts, and collect what it yields, in no order."""


class Progress(Protocol):
    """Told what goes on, so that people see that a long job lives."""

    def step(self, says: str, total: int | None = None) -> None:
        """A new step begins; ``total`` is its size where known (bytes, rows)."""

    def advance(self, amount: int) -> None:
        """A part of the step is done."""


class Silence:
    """Progress that tells nobody: for scripts, tests and notebooks."""

    def step(self, says: str, total: int | None = None) -> None:
        """Say nothing."""

    def advance(self, amount: int) -> None:
        """Say nothing."""


class Clock(Protocol):
    """Tells the time, so that tests and the simulated market can set it."""

    def now(self) -> datetime:
        """The present, naive UTC."""
