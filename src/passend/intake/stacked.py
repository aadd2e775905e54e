"""Tables of one form under one another: a sheet for each month, a table for each year."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import pyarrow as pa

from passend.intake.source import Batch, BrokenRow, Source
from passend.intake.synonyms import key
from passend.intake.texts import as_text


class StackedSource:
    """Several sources with the same columns, one after the other.

    Attributes:
        name: the file, with the parts.
        columns: those of the first part.
        size: rows or bytes of all parts.
        parts: what it is made of.
        notes: what was put together.
    """

    def __init__(self, name: str, parts: Sequence[Source]) -> None:
        self.name = name
        self.parts = parts
        self.columns = tuple(parts[0].columns)
        sizes = [part.size for part in parts]
        self.size: int | None = None if None in sizes else sum(size or 0 for size in sizes)
        self.notes: tuple[str, ...] = (f"{len(parts)} tables of one form are read together.",)
        self._done = 0
        self._now: Source = parts[0]

    def fingerprint(self) -> str:
        """A hash of all parts."""
        return hashlib.sha256("\n".join(part.fingerprint() for part in self.parts).encode()).hexdigest()

    def position(self) -> int:
        """How much of ``size`` has been read."""
        return self._done + self._now.position()

    def batches(self) -> Iterator[Batch]:
        """The records of all parts, numbered on, their values as text where the parts' types differ."""
        first, self._done = 2, 0
        for part in self.parts:
            self._now = part
            for batch in part.batches():
                yield self._renamed(batch, first, part)
                first += batch.table.num_rows + len(batch.broken)
            self._done += part.position()

    def _renamed(self, batch: Batch, first: int, part: Source) -> Batch:
        names = {key(name): name for name in part.columns}
        own = [batch.table.column(names[key(name)]) for name in self.columns]
        table = pa.RecordBatch.from_arrays([as_text(column) for column in own], names=list(self.columns))
        return renumbered(Batch(batch.rows, table, batch.broken), first)


def stacks(parts: Sequence[Source], name: str) -> list[Source]:
    """The parts, with those of one form put together; the form is the set of columns."""
    groups: dict[frozenset[str], list[Source]] = defaultdict(list)
    for part in parts:
        groups[frozenset(key(column) for column in part.columns)].append(part)
    return [group[0] if len(group) == 1 else StackedSource(name, group) for group in groups.values()]


def renumbered(batch: Batch, first: int) -> Batch:
    """The records with numbers that go on from ``first``, broken ones in their places."""
    old = sorted([*batch.rows.to_pylist(), *(item.row for item in batch.broken)])
    new = {number: first + place for place, number in enumerate(old)}
    rows = pa.array([new[number] for number in batch.rows.to_pylist()], pa.int64())
    broken = tuple(BrokenRow(new[item.row], item.reason, item.raw) for item in batch.broken)
    return Batch(rows, batch.table, broken)
