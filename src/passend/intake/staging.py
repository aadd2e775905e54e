"""Writing what was read into Parquet files, part by part: a file of any size fits into little memory."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from passend.intake.amounts_tally import Agreement
from passend.intake.columns import Recognition
from passend.intake.source import Source
from passend.intake.texts import as_text

_PART_ROWS = 1_000_000
_GROUP_ROWS = 100_000
_RAW_LENGTH = 2_000


@dataclass(frozen=True)
class SetAside:
    """A row of a product list that cannot be used."""

    row: int
    reason: str
    raw: str


@dataclass(frozen=True)
class Staged:
    """A source, read and typed.

    Attributes:
        files: Parquet files in the contract's columns.
        source_id: hash of the source's content and of what its columns were taken to mean.
        rows: records read, broken ones included.
        problems: for each reason the number of rows that cannot be used.
        set_aside: unusable rows of a product list, the first hundred thousand; those of orders stand in the files.
        aside_files: Parquet files of the table ``set_aside``, for a firm's further tables.
        agreements: how many lines and orders add up, where the file lets that be seen.
        notes: what was decided about values while they were read.
        as_of: latest moment that a file of orders with numbers tells of.
    """

    files: tuple[Path, ...]
    source_id: str
    rows: int
    problems: Mapping[str, int] = field(default_factory=dict)
    set_aside: tuple[SetAside, ...] = ()
    aside_files: tuple[Path, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    notes: tuple[str, ...] = ()
    as_of: datetime | None = None


def source_identity(source: Source, recognition: Recognition) -> str:
    """One name for this content read in this way: the same again changes nothing."""
    text = json.dumps([source.fingerprint(), recognition.kind, recognition.remember()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


class PartWriter:
    """Parquet files of a bounded number of rows, in one folder."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self._folder = folder
        self._schema = schema
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []
        self._rows = self._waiting_rows = 0
        self.files: list[Path] = []

    def write(self, table: pa.Table) -> int:
        """Add rows; returns the number of the file in ``files`` that they went to."""
        if self._writer is None:
            self.files.append(self._folder / f"part-{len(self.files):05d}.parquet")
            self._writer = pq.ParquetWriter(self.files[-1], self._schema, compression="zstd")
        self._waiting.append(table)
        self._waiting_rows += table.num_rows
        self._rows += table.num_rows
        part = len(self.files) - 1
        if self._rows >= _PART_ROWS:
            self.close()
        elif self._waiting_rows >= _GROUP_ROWS:
            self._write_group()
        return part

    def close(self) -> None:
        """End the present file."""
        if self._writer is not None:
            self._write_group()
            self._writer.close()
        self._writer, self._rows = None, 0

    def _write_group(self) -> None:
        """One group of rows of many batches: engines read large groups sooner."""
        if self._writer is not None and self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting))
        self._waiting, self._waiting_rows = [], 0


def raw_texts(table: pa.RecordBatch) -> list[str]:
    """Each row as a line of a CSV file, for people to look at."""
    columns = [as_text(column).to_pylist() for column in table.columns]
    lines = []
    for values in zip(*columns, strict=True):
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(values)
        lines.append(text.getvalue()[:_RAW_LENGTH])
    return lines
