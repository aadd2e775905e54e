"""Databases by their address; apart from the files, because SQLAlchemy takes a moment to load."""

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from passend.errors import InvalidInput, UnreadableFile
from passend.intake.database import DatabaseSource
from passend.intake.duckdb_file import DuckDbSource
from passend.intake.formats import Kind
from passend.intake.selection import Selection
from passend.intake.source import Source

_REMOTE = ("http", "https", "ftp", "s3", "gs", "az", "abfss", "hdfs", "sftp")


def open_address(spec: str, selection: Selection, kind_of: Callable[[Path], Kind]) -> Source:
    """The database at an address; the files of DuckDB and SQLite are told by their content, too."""
    scheme = spec.split("://", 1)[0].lower()
    if scheme in _REMOTE:
        raise InvalidInput(
            "passend does not fetch files from the net", remedy="download it and give its path"
        )
    try:
        url = make_url(spec)
    except (sa.exc.ArgumentError, ValueError) as error:
        remedy = "write it like postgresql://user:password@host/database"
        raise InvalidInput("The address of the database cannot be read", remedy=remedy) from error
    if scheme in ("duckdb", "sqlite"):
        path = Path(url.database or "")
        if not url.database or url.database == ":memory:":
            raise InvalidInput("A database in memory has no rows to import", remedy=f"write {scheme}:///path")
        found = kind_of(path)
        if found is not (Kind.DUCKDB if scheme == "duckdb" else Kind.SQLITE):
            raise UnreadableFile(
                f"{path.name} is no {scheme} database", remedy="give its path without an address"
            )
        return DuckDbSource(path, selection) if scheme == "duckdb" else open_sqlite(path, selection)
    if scheme in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    return DatabaseSource(url, selection)


def open_sqlite(path: Path, selection: Selection) -> Source:
    """An SQLite file, read-only and never made anew."""
    address = path.resolve().as_uri()
    return DatabaseSource(
        URL.create("sqlite", database=address, query={"mode": "ro", "uri": "true"}), selection
    )
