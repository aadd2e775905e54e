"""Tables as Excel workbooks, for people: numbers are numbers and dates dates in whatever country the file is opened.

A CSV file opens in one column where Excel expects semicolons, as it does in German. Texts are written as texts, so none
runs as a formula.
"""

import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from passend.errors import InvalidInput

#: Rows of a sheet, its header among them.
MOST_ROWS = 1_048_576
_WIDEST = 60
#: Signs of a number or day that is shown in a form of its own.
_FORMATTED = 10


def as_workbook(table: pa.Table, sheet_name: str, formats: Mapping[str, str] | None = None) -> bytes:
    """A table as the bytes of an ``.xlsx`` file with one sheet: a bold header that stays in sight, filters above it.

    Args:
        table: what the sheet holds.
        sheet_name: its name.
        formats: column -> how Excel shows its numbers or days, where not plainly.

    Raises:
        InvalidInput: the table has more rows than a sheet.
    """
    if table.num_rows >= MOST_ROWS:
        raise InvalidInput(
            f"{table.num_rows:,} rows do not fit into a sheet of Excel, which has {MOST_ROWS:,}.",
            remedy="Let the file's name end in .csv or .parquet.",
        )
    shapes = formats or {}
    book = Workbook(write_only=True)
    sheet = book.create_sheet(sheet_name)
    sheet.freeze_panes = "A2"
    for place, name in enumerate(table.column_names, start=1):
        column = table.column(place - 1).slice(0, 200).to_pylist()
        shown = (name, *(column if name not in shapes else ["0" * _FORMATTED]))
        longest = max((len(str(one)) for one in shown if one is not None), default=0)
        sheet.column_dimensions[get_column_letter(place)].width = min(longest + 2, _WIDEST)
    sheet.auto_filter.ref = f"A1:{get_column_letter(table.num_columns)}{table.num_rows + 1}"
    sheet.append([_cell(sheet, name, is_bold=True) for name in table.column_names])
    for batch in table.to_batches(max_chunksize=10_000):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            sheet.append(
                [
                    _cell(sheet, one)
                    if isinstance(one, str)
                    else _shaped(sheet, _plain(one), shapes.get(name))
                    for name, one in zip(table.column_names, row, strict=True)
                ]
            )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, text: str, *, is_bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub(" ", text))
    cell.data_type = "s"
    if is_bold:
        cell.font = Font(bold=True)
    return cell


def _shaped(sheet: Any, value: object, shape: str | None) -> object:
    """A value that Excel shows in a form of its own."""
    if shape is None or value is None:
        return value
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = shape
    return cell


def _plain(value: object) -> object:
    """What a cell can hold: Excel knows no time zones."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return value if value is None or isinstance(value, bool | int | float | date) else str(value)
