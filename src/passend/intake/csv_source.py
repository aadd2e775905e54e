"""A text file as a source of rows: encoding, layout, then blocks of lines by the fast or the careful way."""

import re
from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.errors import EmptyTable, UnreadableFile
from passend.intake.csv_careful import RAW_LENGTH, Records, read_careful
from passend.intake.csv_dialect import Dialect, sniff
from passend.intake.csv_fast import line_ends, lines_at, read_fast
from passend.intake.encodings import ToUtf8
from passend.intake.formats import HEAD_BYTES, refuse_foreign, refuse_markup
from passend.intake.raw_bytes import RawBytes, disk_errors_named, file_fingerprint
from passend.intake.source import Batch, BrokenRow

BATCH_ROWS = 65_536
BLOCK_BYTES = 6 << 20
PIECE_BYTES = 1 << 20
SAMPLE_BYTES = 256 << 10
LONGEST_LINE = 16 << 20
_BREAK = re.compile(rb"\r\n|\n|\r")


class CsvSource:
    """A file of delimited text. Nothing of its content is trimmed or guessed; every value stays text.

    Attributes:
        name: the file's name.
        columns: names, made unique.
        size: bytes of the file.
        dialect: the layout that was recognised.
        encoding: the encoding that was recognised.
    """

    def __init__(self, path: Path, *, packed: bool = False, careful: bool = False) -> None:
        """Look at the beginning of a file.

        Args:
            path: the file.
            packed: whether it is a gzip archive.
            careful: never take the fast way; the result is the same.

        Raises:
            UnreadableFile: it holds no table.
        """
        self.name = path.name
        self._path, self._packed, self._careful = path, packed, careful
        self._position = self._row = 0
        with disk_errors_named(path):
            self.size: int | None = path.stat().st_size
        self._sample, complete = self._head()
        self.dialect, self.encoding = _layout(self.name, self._sample, complete=complete)
        self.columns = self.dialect.columns
        if complete and not any(self.batches()):
            raise EmptyTable(
                f"{self.name} holds a header and no rows",
                table=self.name,
                columns=self.columns,
                record="record 1",
                remedy="export it again, with a period in which something was sold",
            )
        self._position = self._row = 0

    def fingerprint(self) -> str:
        """SHA-256 of the bytes of the file."""
        return file_fingerprint(self._path)

    def position(self) -> int:
        """Bytes of the file read so far, packed ones if it is packed."""
        return self._position

    def batches(self) -> Iterator[Batch]:
        """The records in their order.

        Raises:
            UnreadableFile: the file is cut off or damaged further down.
        """
        return self._batches(None)

    def narrow_batches(self, columns: Collection[str]) -> Iterator[Batch]:
        """The records in their order, with these columns at least; the others are read for single rows."""
        return self._batches(columns)

    def _batches(self, columns: Collection[str] | None) -> Iterator[Batch]:
        dialect = self.dialect
        row = 2 if dialect.header else 1
        for block, final in self._blocks():
            self._row = row - 1
            if isinstance(block, BrokenRow):
                broken = BrokenRow(row, block.reason, block.raw)
                yield _batch(Records(row + 1, broken=[broken]), dialect)
                row += 1
                continue
            whole = None if self._careful else read_fast(block.lines, dialect, columns)
            if whole is not None:
                yield from _slices(
                    whole, row, None if columns is None else _Whole(block.lines, dialect, whole)
                )
                row += int(whole.num_rows)
                continue
            row = yield from self._records(block, row, final=final)

    def _records(self, block: "_Block", row: int, *, final: bool) -> Generator[Batch, None, int]:
        """The records of a block that is not clean, in pieces, so that one bad record slows few others.

        Returns:
            The number of the record after them.
        """
        for piece, last in _pieces(block.lines):
            lines, block.rest = block.rest + piece, b""
            quick = None if self._careful else read_fast(lines, self.dialect)
            if quick is not None:
                yield from _slices(quick, row)
                row += quick.num_rows
                continue
            text = lines.decode("utf-8", "replace")
            for part in read_careful(text, self.dialect, row, final=final and last, most=BATCH_ROWS):
                row, block.rest = part.next_row, part.rest.encode()
                if part.rows or part.broken:
                    yield _batch(part, self.dialect)
        return row

    def _head(self) -> tuple[bytes, bool]:
        with disk_errors_named(self._path), RawBytes(self._path, packed=self._packed) as raw:
            sample = b""
            while len(sample) <= SAMPLE_BYTES and (piece := raw.read(SAMPLE_BYTES)):
                sample += piece
        if not sample:
            remedy = "export it again; the export wrote nothing"
            raise UnreadableFile(f"{self.name} is an archive of an empty file", remedy=remedy)
        return sample[:SAMPLE_BYTES], len(sample) <= SAMPLE_BYTES

    def _blocks(self) -> Iterator[tuple["_Block | BrokenRow", bool]]:
        """Whole lines after the header in large blocks; a reader may leave a rest for the next."""
        to_utf8 = ToUtf8(self._sample)
        skip, rest, skipping = self.dialect.skip_lines, b"", False
        with disk_errors_named(self._path), RawBytes(self._path, packed=self._packed) as raw:
            final = False
            while not final:
                piece = raw.read(BLOCK_BYTES, row=self._row)
                self._position, final = raw.position, not piece
                data = rest + to_utf8.feed(piece, final=final)
                if skipping:
                    found = _BREAK.search(data)
                    data, skipping = (data[found.end() :], False) if found else (b"", True)
                cut = len(data) if final else _last_break(data)
                if cut == 0 and len(data) > LONGEST_LINE:
                    raw_text = data[: RAW_LENGTH * 4].decode("utf-8", "replace")[:RAW_LENGTH]
                    yield (
                        BrokenRow(
                            0, f"a line of more than {LONGEST_LINE >> 20} million characters", raw_text
                        ),
                        False,
                    )
                    rest, skipping = b"", True
                    continue
                block = _Block(data[:cut])
                if skip:
                    block.lines, skip = _without_lines(block.lines, skip)
                rest = data[cut:]
                if block.lines:
                    yield block, final
                    rest = block.rest + rest


class _Block:
    """Whole lines, and what a reader leaves of them."""

    def __init__(self, lines: bytes) -> None:
        self.lines = lines
        self.rest = b""


def _layout(name: str, sample: bytes, *, complete: bool) -> tuple[Dialect, str]:
    to_utf8 = ToUtf8(sample)
    if not to_utf8.wide:
        refuse_foreign(name, sample[:HEAD_BYTES])
    data = to_utf8.feed(sample, final=complete)
    cut = len(data) if complete else _last_break(data)
    text = data[:cut].decode("utf-8", "replace")
    refuse_markup(name, text or data.decode("utf-8", "replace"))
    if not text.strip(" \t\r\n\x0b\x0c\x1a\ufeff"):
        what = (
            f"{name} holds only blank lines"
            if complete
            else f"{name} has no line break in its first {SAMPLE_BYTES >> 10} KB"
        )
        raise UnreadableFile(what, remedy="export the table again as CSV, one record a line")
    dialect = sniff(text)
    if not dialect.columns:
        raise UnreadableFile(
            f"{name} holds no table", remedy="export the table again as CSV, one record a line"
        )
    return dialect, to_utf8.name


def _pieces(data: bytes) -> Iterator[tuple[bytes, bool]]:
    """Whole lines in smaller parts, and whether each is the last."""
    at = 0
    while at < len(data):
        end = at + PIECE_BYTES
        end = len(data) if end >= len(data) else data.rfind(b"\n", at, end) + 1 or len(data)
        yield data[at:end], end == len(data)
        at = end


def _last_break(data: bytes) -> int:
    """Where the last whole line ends; a final CR may be the first half of a CRLF."""
    return data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, -1) + 1


def _without_lines(data: bytes, count: int) -> tuple[bytes, int]:
    """What follows so many lines, and how many of them are still to come."""
    at = 0
    while count and (found := _BREAK.search(data, at)):
        at = found.end()
        count -= 1
    return (b"" if count else data[at:]), count


@dataclass(frozen=True)
class _Whole:
    """All columns of single records of a clean block of which only some columns were read."""

    lines: bytes
    dialect: Dialect
    records: pa.RecordBatch

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """Where each line ends."""
        return line_ends(self.lines)

    def rows(self, start: int, places: NDArray[np.int64]) -> pa.RecordBatch:
        """The records at these places behind a start."""
        if self.ends.size == self.records.num_rows:  # no blank lines stand between
            wanted = lines_at(self.lines, self.ends, places + start)
            if (found := read_fast(wanted, self.dialect)) is not None:
                return found
        return read_fast(self.lines, self.dialect).take(pa.array(places + start))  # type: ignore[union-attr]


def _slices(records: pa.RecordBatch, row: int, whole: _Whole | None = None) -> Iterator[Batch]:
    for start in range(0, records.num_rows, BATCH_ROWS):
        part = records.slice(start, BATCH_ROWS)
        first = row + start
        rows = pa.array(np.arange(first, first + part.num_rows, dtype=np.int64))
        yield Batch(rows, part, whole=partial(whole.rows, start) if whole else None)


def _batch(records: Records, dialect: Dialect) -> Batch:
    columns = zip(*records.values, strict=True) if records.values else [()] * dialect.width
    arrays = [pa.array(column, pa.string()) for column in columns]
    schema = pa.schema([(name, pa.string()) for name in dialect.columns])
    table = pa.RecordBatch.from_arrays(arrays, schema=schema)
    return Batch(pa.array(records.rows, pa.int64()), table, tuple(records.broken))
