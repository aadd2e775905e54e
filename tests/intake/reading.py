"""What the tests of the intake share: writing a file, reading all of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from passend.intake.source import BrokenRow, Source


@dataclass
class Everything:
    """All that a source gave."""

    columns: tuple[str, ...]
    rows: list[int] = field(default_factory=list)
    records: list[tuple[Any, ...]] = field(default_factory=list)
    broken: list[BrokenRow] = field(default_factory=list)


def read_all(source: Source) -> Everything:
    """Every record, broken ones too; checks on the way what holds for all sources."""
    found = Everything(source.columns)
    for batch in source.batches():
        assert tuple(batch.table.schema.names) == source.columns
        assert len(batch.rows) == batch.table.num_rows
        found.rows += batch.rows.to_pylist()
        columns = [column.to_pylist() for column in batch.table.columns]
        found.records += list(zip(*columns, strict=True))
        found.broken += batch.broken
    numbers = sorted(found.rows + [each.row for each in found.broken])
    assert not numbers or numbers == list(range(numbers[0], numbers[0] + len(numbers))), "numbers have no gap"
    return found


def written(folder: Path, content: bytes | str, name: str = "orders.csv") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
