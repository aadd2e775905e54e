"""A source in memory, for tests."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from passend.intake.columns import recognise
from passend.intake.lines import stage_lines
from passend.intake.source import Batch, BrokenRow
from passend.intake.staging import Staged
from passend.ports import Silence
from passend.settings import Settings
from passend.tables.intake import LINES


class MemorySource:
    """Rows of a table in batches of a chosen size; ``broken`` records stand between them."""

    def __init__(self, table: pa.Table, *, batch: int = 1000, broken: Sequence[BrokenRow] = ()) -> None:
        self.name = "memory"
        self.columns = tuple(table.column_names)
        self.size: int | None = table.num_rows
        self._table, self._batch, self._broken = table, batch, broken
        self._read = 0

    def fingerprint(self) -> str:
        return hashlib.sha256(repr(self._table.to_pydict()).encode()).hexdigest()

    def batches(self) -> Iterator[Batch]:
        lost = {item.row for item in self._broken}
        numbers = (row for row in range(2, 10**9) if row not in lost)
        self._read = 0
        waiting = list(self._broken)
        for part in self._table.to_batches(max_chunksize=self._batch):
            rows = [next(numbers) for _ in range(part.num_rows)]
            broken = tuple(item for item in waiting if item.row <= rows[-1])
            waiting = [item for item in waiting if item.row > rows[-1]]
            self._read += part.num_rows
            yield Batch(pa.array(rows, pa.int64()), part, broken)
        if waiting:
            nothing = pa.RecordBatch.from_pylist([], schema=self._table.schema)
            yield Batch(pa.array([], pa.int64()), nothing, tuple(waiting))

    def position(self) -> int:
        return self._read


def texts(header: str, *rows: str, divider: str = ";") -> pa.Table:
    """A table of texts from lines such as a CSV file has."""
    names = header.split(divider)
    values = [row.split(divider) for row in rows]
    assert all(len(row) == len(names) for row in values)
    columns = list(zip(*values, strict=True)) if values else [[] for _ in names]
    return pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)}
    )


def lines_of(
    table: pa.Table,
    folder: Path,
    *,
    settings: Mapping[str, object] | None = None,
    maps: Mapping[str, str] | None = None,
    batch: int = 1000,
    broken: Sequence[BrokenRow] = (),
) -> tuple[pa.Table, Staged]:
    """The lines that a table becomes, checked against their contract."""
    source = MemorySource(table, batch=batch, broken=broken)
    recognition = recognise(source, overrides=maps or {})
    staged = stage_lines(source, recognition, Settings(settings), folder, Silence())
    if not staged.files:
        return LINES.empty(), staged
    lines = LINES.check(pa.concat_tables(pq.read_table(file) for file in staged.files))
    assert lines.num_rows == staged.rows
    return lines, staged
