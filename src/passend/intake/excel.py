"""A sheet of a spreadsheet as a source of rows: .xlsx, .xls, .xlsb, .ods."""

import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine as calamine

from passend.errors import EmptyTable, InvalidInput, UnreadableFile
from passend.intake.frame import BATCH_ROWS, numbered
from passend.intake.headers import header_at, unique_names, usual_width
from passend.intake.raw_bytes import disk_errors_named, file_fingerprint
from passend.intake.source import Batch

Cell = int | float | str | bool | dt.date | dt.datetime | dt.time | dt.timedelta
_AS_XLSX = "open it in Excel and save it again as .xlsx or CSV"


class ExcelSource:
    """One sheet of a workbook: the one with the most rows unless another is asked for.

    Attributes:
        name: the file's name, with the sheet where there are several.
        columns: names from the header row, made unique.
        size: rows.
        sheet: the sheet that is read.
        sheets: all sheets of the workbook.
        preamble: title lines above the header.
    """

    def __init__(
        self, path: Path, sheet: str = "", read: Mapping[str, list[list[Cell]]] | None = None
    ) -> None:
        """Read a workbook.

        Args:
            path: the file.
            sheet: the name of a sheet, or nothing for the one with the most rows.
            read: the rows of its sheets, where they have been read before.

        Raises:
            UnreadableFile: it is protected, damaged or without rows.
            InvalidInput: it has no sheet of that name.
        """
        self._path = path
        sheets = _all_sheets(path) if read is None else read
        self._read = sheets
        self.sheets = tuple(sheets)
        if sheet and sheet not in sheets:
            choice = ", ".join(self.sheets)
            raise InvalidInput(f"{path.name} has no sheet '{sheet}'", remedy=f"choose one of: {choice}")
        self.sheet = sheet or max(sheets, key=lambda name: len(sheets[name]), default="")
        self.name = f"{path.name} [{self.sheet}]" if len(sheets) > 1 else path.name
        rows = sheets.get(self.sheet, [])
        texts = [[as_text(cell) for cell in row] for row in rows[:400]]
        place = header_at(texts)
        data = rows if place is None else rows[place + 1 :]
        if not data:
            what = f"{self.name} is empty" if not rows else f"{self.name} holds a header and no rows"
            raise EmptyTable(
                what,
                table=self.name,
                columns=texts[place] if place is not None else (),
                remedy="export it again, or name another sheet",
            )
        self.preamble = tuple(" ".join(filter(None, row)) for row in texts[: place or 0])
        width = max(map(len, rows))
        names = texts[place] if place is not None else [""] * max(width, usual_width(texts))
        self.columns = unique_names(names + [""] * (width - len(names)))
        self._table = _table(data, self.columns)
        self._first = 1 if place is None else 2
        self.size: int | None = len(data)
        self._position = 0

    def with_its_neighbours(self) -> list["ExcelSource"]:
        """All sheets of the workbook that hold a table of at least two columns."""
        found = []
        for sheet in self.sheets:
            try:
                other = self if sheet == self.sheet else ExcelSource(self._path, sheet, self._read)
            except EmptyTable:
                continue
            if len(other.columns) > 1:
                found.append(other)
        return found

    def fingerprint(self) -> str:
        """SHA-256 of the bytes of the file."""
        return file_fingerprint(self._path)

    def position(self) -> int:
        """Rows read so far."""
        return self._position

    def batches(self) -> Iterator[Batch]:
        """The rows in their order; blank rows of the sheet are left out and not counted."""
        self._position = 0
        for part in self._table.to_batches(max_chunksize=BATCH_ROWS):
            first = self._first + self._position
            self._position += part.num_rows
            yield Batch(numbered(first, part.num_rows), part)


def as_text(cell: Cell) -> str:
    """A cell as text: ISO dates, whole numbers without a fraction, midnight without a time."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return str(cell.date() if cell.time() == dt.time() else cell)
    return str(cell)


def as_column(cells: Sequence[Cell]) -> pa.Array:
    """Cells of one kind as a native column, of several kinds as text; empty cells become null."""
    kinds = {type(cell) for cell in cells if cell != ""}
    present: list[Any] = [None if cell == "" else cell for cell in cells]
    if kinds and kinds <= {int, float}:
        whole = all(cell is None or (abs(cell) < 1e15 and cell == int(cell)) for cell in present)
        if whole:
            return pa.array([None if cell is None else int(cell) for cell in present], pa.int64())
        return pa.array([None if cell is None else float(cell) for cell in present], pa.float64())
    if kinds == {bool}:
        return pa.array(present, pa.bool_())
    if kinds == {dt.date}:
        return pa.array(present, pa.date32())
    if kinds and kinds <= {dt.date, dt.datetime}:
        return pa.array([_moment(cell) for cell in present], pa.timestamp("us"))
    return pa.array([None if cell is None else as_text(cell) for cell in present], pa.string())


def _moment(cell: Any) -> dt.datetime | None:
    if cell is None or isinstance(cell, dt.datetime):
        return cell
    return dt.datetime.combine(cell, dt.time())


def _table(rows: Sequence[Sequence[Cell]], names: Sequence[str]) -> pa.Table:
    padded = [[*row, *[""] * (len(names) - len(row))] for row in rows]
    columns = [as_column(cells) for cells in zip(*padded, strict=True)]
    return pa.Table.from_arrays(columns, names=list(names))


def _all_sheets(path: Path) -> dict[str, list[list[Cell]]]:
    with disk_errors_named(path):
        content = path.read_bytes()
    return _sheets(path.name, content)


def _sheets(name: str, content: bytes) -> dict[str, list[list[Cell]]]:
    """The filled rows of each sheet."""
    try:
        book = calamine.load_workbook(io.BytesIO(content))
        names = [
            sheet.name for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet
        ]
        found = {sheet: _filled_rows(book, sheet) for sheet in names}
    except calamine.PasswordError as error:
        remedy = "save it in Excel without a password"
        raise UnreadableFile(f"{name} is protected by a password", remedy=remedy) from error
    except Exception as error:  # the reader has many error types; all mean the same to the user
        raise UnreadableFile(f"{name} is a damaged workbook ({error})", remedy=_AS_XLSX) from error
    except BaseException as error:
        # A panic of the reader is no Exception; Ctrl-C and the like are none of our business.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableFile(f"{name} is a damaged workbook", remedy=_AS_XLSX) from error
    return found


def _filled_rows(book: calamine.CalamineWorkbook, sheet: str) -> list[list[Cell]]:
    rows: list[list[Cell]] = book.get_sheet_by_name(sheet).to_python()
    return [row for row in rows if any(cell != "" for cell in row)]
