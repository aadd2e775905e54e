"""Rows of a source laid out as other rows, one for each product, and numbered anew."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import pyarrow as pa

from passend.intake.source import Batch, BrokenRow, Source


def laid_out(source: Source, rows_of: Callable[[pa.RecordBatch], pa.RecordBatch]) -> Iterator[Batch]:
    """The rows that are made of each batch; those that could not be read stand behind those of theirs.

    Args:
        source: the file.
        rows_of: makes the rows of a batch.
    """
    first = 2
    for batch in source.batches():
        table = rows_of(batch.table)
        count = table.num_rows
        broken = tuple(
            BrokenRow(first + count + place, item.reason, item.raw) for place, item in enumerate(batch.broken)
        )
        yield Batch(pa.array(range(first, first + count), pa.int64()), table, broken)
        first += count + len(broken)


def texts_of(rows: Iterable[Sequence[str | None]], names: Sequence[str]) -> pa.RecordBatch:
    """Rows of texts as a batch; without rows the columns are there all the same."""
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, pa.string()) for column in columns], names=list(names)
    )
