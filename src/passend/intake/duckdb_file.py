"""A table or query of a DuckDB file as a source of rows; opened natively and only for reading."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from passend.errors import EmptyTable, InvalidInput, UnreadableFile
from passend.intake.content_hash import content_hash
from passend.intake.frame import BATCH_ROWS, numbered
from passend.intake.headers import unique_names
from passend.intake.selection import Selection, choose_table, need_reading
from passend.intake.source import Batch

_TABLES = """
    SELECT schema_name, table_name AS name FROM duckdb_tables() WHERE NOT internal
    UNION ALL
    SELECT schema_name, view_name AS name FROM duckdb_views() WHERE NOT internal
    ORDER BY ALL"""


class DuckDbSource:
    """A table, view or query of a DuckDB database file.

    Attributes:
        name: the file and the table or query.
        columns: names, made unique.
        size: rows.
    """

    def __init__(self, path: Path, selection: Selection) -> None:
        """Open the file and look at the columns.

        Args:
            path: the file.
            selection: the table or query.

        Raises:
            UnreadableFile: it is damaged or in use.
            InvalidInput: it has no such table, or the query is wrong.
        """
        self._path = path
        self.name = path.name
        self._position = 0
        with self._opened() as connection:
            table, self._sql = selection.table, selection.query.strip().rstrip(";")
            if not selection.query:
                known = {_label(*row): _quoted(*row) for row in connection.execute(_TABLES).fetchall()}
                table = choose_table(path.name, table, tuple(known))
                self._sql = f"SELECT * FROM {known[table]}"
            need_reading(self._sql)
            self.name = f"{path.name} [{table or 'query'}]"
            counted = connection.sql(f"SELECT count(*) FROM ({self._sql}) AS t").fetchall()
            self.size: int | None = int(counted[0][0])
            empty = connection.sql(f"SELECT * FROM ({self._sql}) AS t LIMIT 0")
            self._kinds = empty.to_arrow_table().schema
        self.columns = unique_names(self._kinds.names)
        if not self.size:
            raise EmptyTable(
                f"{self.name} has no rows", table=self.name, columns=self.columns,
                remedy="choose another table or query",
            )  # fmt: skip

    def fingerprint(self) -> str:
        """A hash of names, types and values; it reads all rows once."""
        schema = pa.schema(
            [column.with_name(name) for column, name in zip(self._kinds, self.columns, strict=True)]
        )
        return content_hash(schema, (batch.table for batch in self.batches()))

    def position(self) -> int:
        """Rows read so far."""
        return self._position

    def batches(self) -> Iterator[Batch]:
        """The rows, in native types."""
        self._position = 0
        with self._opened() as connection:
            for part in connection.sql(self._sql).to_arrow_reader(BATCH_ROWS):
                first = self._position + 1
                self._position += part.num_rows
                yield Batch(numbered(first, part.num_rows), part.rename_columns(list(self.columns)))

    def _opened(self) -> "_Reading":
        return _Reading(self._path, self.name)


class _Reading:
    """A read-only connection whose errors are our own."""

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        try:
            self._connection = duckdb.connect(str(self._path), read_only=True)
        except (duckdb.Error, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            remedy = "close the program that uses it, or copy the file again"
            raise UnreadableFile(f"{self._name} cannot be opened ({reason})", remedy=remedy) from error
        return self._connection

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._connection.close()
        if isinstance(error, duckdb.Error | pa.ArrowException):
            reason = str(error).splitlines()[0]
            remedy = "check the table or query"
            raise InvalidInput(f"{self._name} does not answer: {reason}", remedy=remedy) from error


def _label(schema: str, name: str) -> str:
    return name if schema == "main" else f"{schema}.{name}"


def _quoted(schema: str, name: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in (schema, name))
