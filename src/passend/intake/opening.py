"""The door of the intake: whatever a firm has its orders in becomes a source of rows."""

import difflib
import re
from pathlib import Path

from passend.errors import InvalidInput, UnreadableFile
from passend.intake.csv_source import CsvSource
from passend.intake.excel import ExcelSource
from passend.intake.formats import HEAD_BYTES, Kind, kind_of
from passend.intake.frame import open_frame
from passend.intake.parquet import ParquetSource
from passend.intake.raw_bytes import cannot_read, disk_errors_named
from passend.intake.selection import Selection
from passend.intake.source import Source

__all__ = ["insist_on_file", "open_frame", "open_source"]

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9_+.-]+://")
_TABLES = (
    ".csv",
    ".tsv",
    ".txt",
    ".gz",
    ".parquet",
    ".xlsx",
    ".xls",
    ".xlsb",
    ".ods",
    ".duckdb",
    ".db",
    ".sqlite",
)


def open_source(spec: str | Path, *, table: str = "", query: str = "", sheet: str = "") -> Source:
    """Open a file or database by what it is, not by what it is called.

    Args:
        spec: a path, or the address of a database such as ``postgresql://user@host/shop``.
        table: of a database; not needed if it has only one.
        query: a SELECT, instead of a table.
        sheet: of a workbook; else the one with the most rows.

    Raises:
        UnreadableFile: the file is missing, empty, damaged or no table.
        InvalidInput: the address, table, query or sheet cannot be used.
        MissingPart: the driver of the database is not installed.
    """
    if table and query:
        raise InvalidInput("Both a table and a query were given", remedy="give one of them")
    selection = Selection(table, query)
    if isinstance(spec, str) and _ADDRESS.match(spec):
        from passend.intake.addresses import open_address  # noqa: PLC0415 - most imports are files

        return open_address(spec, selection, _kind)
    path = Path(spec)
    kind = _kind(path)
    if (table or query) and kind not in (Kind.DUCKDB, Kind.SQLITE):
        raise InvalidInput(f"{path.name} is no database", remedy="leave out the table and the query")
    if sheet and kind is not Kind.EXCEL:
        raise InvalidInput(f"{path.name} is no workbook", remedy="leave out the sheet")
    if kind is Kind.PARQUET:
        return ParquetSource(path)
    if kind is Kind.EXCEL:
        return ExcelSource(path, sheet)
    if kind is Kind.DUCKDB:
        from passend.intake.duckdb_file import DuckDbSource  # noqa: PLC0415 - most imports are files

        return DuckDbSource(path, selection)
    if kind is Kind.SQLITE:
        from passend.intake.addresses import open_sqlite  # noqa: PLC0415 - most imports are files

        return open_sqlite(path, selection)
    return CsvSource(path, packed=kind is Kind.GZIP)


def insist_on_file(spec: str | Path) -> None:
    """Say at once, before anything is read, that a file is not there or cannot be read; databases are not asked.

    Raises:
        UnreadableFile: the file is missing, empty, damaged or no table.
    """
    if not (isinstance(spec, str) and _ADDRESS.match(spec)):
        _kind(Path(spec))


def _kind(path: Path) -> Kind:
    try:
        if path.is_dir():
            raise _is_folder(path)
        if not path.exists():
            raise _is_missing(path)
        if not path.is_file():
            raise UnreadableFile(f"{path.name} is no regular file", remedy="save the table in a file first")
    except (OSError, ValueError) as error:
        reason = error if isinstance(error, OSError) else OSError(str(error))
        raise cannot_read(Path(path.name[:80]), reason) from error
    with disk_errors_named(path), path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return kind_of(path, head)


def _is_folder(path: Path) -> UnreadableFile:
    inside = sorted(each.name for each in path.iterdir() if each.suffix.lower() in _TABLES)
    shown = ", ".join(inside[:8]) + (" ..." if len(inside) > 8 else "")
    remedy = f"give one of its files: {shown}" if inside else "give the path of a file; no tables lie in it"
    return UnreadableFile(f"{path.name or path} is a folder, not a file", remedy=remedy)


def _is_missing(path: Path) -> UnreadableFile:
    """With names that are nearly the same in the folder: most missing files are misspelt."""
    folder = path.parent
    if not folder.is_dir():
        return UnreadableFile(f"There is no folder {folder}", remedy="check the path")
    names = {each.name.lower(): each.name for each in folder.iterdir()}
    near = [names[name] for name in difflib.get_close_matches(path.name.lower(), names, n=3, cutoff=0.6)]
    hint = f"did you mean {' or '.join(near)}?" if near else "check the spelling and the folder"
    return UnreadableFile(f"There is no file {path.name} in {folder.resolve()}", remedy=hint)
