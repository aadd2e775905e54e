"""A table or query of a database as a source of rows: PostgreSQL, SQLite and whatever SQLAlchemy reaches."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, CursorResult, Engine

from passend.errors import EmptyTable, InvalidInput, MissingPart, UnreadableFile
from passend.intake.content_hash import content_hash
from passend.intake.frame import BATCH_ROWS, numbered
from passend.intake.headers import unique_names
from passend.intake.selection import Selection, choose_table, need_reading
from passend.intake.source import Batch
from passend.intake.sql_values import arrow_batch, kinds_of, sqlite_kinds


class DatabaseSource:
    """Rows that a database hands over piece by piece; nothing is ever written to it.

    Attributes:
        name: the database and the table or query, without a password.
        columns: names, made unique.
        size: rows, where the database was asked for a table.
    """

    def __init__(self, url: URL, selection: Selection) -> None:
        """Connect and look at the columns.

        Args:
            url: address of the database.
            selection: the table or query.

        Raises:
            MissingPart: the driver of the database is not installed.
            InvalidInput: it cannot be reached, or has no such table.
        """
        label = url.database.rsplit("/", 1)[-1] if url.database else url.render_as_string(hide_password=True)
        self.name = label
        self._engine = _engine(url)
        self._position = 0
        with self._connected() as connection:
            inspector = sa.inspect(connection)
            table, parts = selection.table, [selection.table]
            if not selection.query:
                known = (*inspector.get_table_names(), *inspector.get_view_names())
                table = choose_table(label, table, known, dotted=True)
                parts = [table] if table in known else table.split(".")
            self.name = f"{label} [{table or 'query'}]"
            self._sql = selection.query or f"SELECT * FROM {_quoted(self._engine, parts)}"
            need_reading(self._sql)
            inner = self._sql.strip().rstrip(";")
            self.size: int | None = None
            if not selection.query:
                self.size = int(
                    connection.execute(sa.text(f"SELECT count(*) FROM ({inner}) AS t")).scalar_one()
                )
            names, self._kinds = self._look(connection, inner)
        self.columns = unique_names(names)
        if not names or self._kinds is None:
            raise EmptyTable(
                f"{self.name} has no rows", table=self.name, columns=self.columns,
                remedy="choose another table or query",
            )  # fmt: skip

    def fingerprint(self) -> str:
        """A hash of names, types and values; it reads all rows once."""
        batches = (batch.table for batch in self.batches())
        return content_hash(self._schema(), batches)

    def position(self) -> int:
        """Rows read so far."""
        return self._position

    def batches(self) -> Iterator[Batch]:
        """The rows as the database gives them.

        Raises:
            UnreadableFile: the connection breaks, or a value does not fit its column.
        """
        self._position = 0
        schema = self._schema()
        with self._connected() as connection:
            result = connection.execute(sa.text(_literal(self._sql)))
            for rows in result.partitions(BATCH_ROWS):
                first = self._position + 1
                table = arrow_batch(rows, schema, first)
                self._position += table.num_rows
                yield Batch(numbered(first, table.num_rows), table)

    def _schema(self) -> pa.Schema:
        return pa.schema(list(zip(self.columns, self._kinds or (), strict=True)))

    def _look(self, connection: Connection, inner: str) -> tuple[list[str], list[pa.DataType] | None]:
        """Names and types of the columns; types from the first rows, in SQLite from all of them."""
        result: CursorResult[Any] = connection.execute(sa.text(_literal(self._sql)))
        names = list(result.keys())
        description = result.cursor.description if result.cursor is not None else ()
        rows = result.fetchmany(BATCH_ROWS)
        result.close()
        if not rows:
            return names, None
        if self._engine.dialect.name == "sqlite":
            return names, sqlite_kinds(connection, inner, unique_names(names))
        return names, kinds_of(rows, description or ())

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A connection that only reads, streams, and gives our own errors."""
        options = {"stream_results": True, "yield_per": BATCH_ROWS}
        if self._engine.dialect.name == "postgresql":
            options["postgresql_readonly"] = True
        try:
            with self._engine.connect() as connection:
                yield connection.execution_options(**options)
                connection.rollback()
        except sa.exc.SQLAlchemyError as error:
            raise self._failed(error) from error
        finally:
            self._engine.dispose()

    def _failed(self, error: sa.exc.SQLAlchemyError) -> InvalidInput:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        record = f"after row {self._position}" if self._position else ""
        if "not a database" in reason or "malformed" in reason or "disk image" in reason:
            remedy = "copy the file again while no program writes to it"
            return UnreadableFile(
                f"{self.name} is a damaged database ({reason})", record=record, remedy=remedy
            )
        return InvalidInput(
            f"The database {self.name} does not answer as expected: {reason}",
            record=record,
            remedy="check the address, the user's rights, and the table or query",
        )


def _engine(url: URL) -> Engine:
    extras = {"postgresql": "postgres"}
    backend = url.get_backend_name()
    try:
        return sa.create_engine(url)
    except (ModuleNotFoundError, sa.exc.NoSuchModuleError) as error:
        extra = extras.get(backend)
        install = (
            f"install it with pip install 'passend[{extra}]'"
            if extra
            else "install a SQLAlchemy driver for it with pip"
        )
        raise MissingPart(f"The driver for {backend} databases is not installed", remedy=install) from error
    except (sa.exc.ArgumentError, TypeError, ValueError) as error:
        raise InvalidInput(f"The database address is not valid: {error}", remedy=_EXAMPLE) from error


_EXAMPLE = "write it like postgresql://user:password@host/database"


def _quoted(engine: Engine, parts: list[str]) -> str:
    quote = engine.dialect.identifier_preparer.quote_identifier
    return ".".join(quote(part) for part in parts)


def _literal(sql: str) -> str:
    """SQL whose colons are no parameters: '10:30' and x::date stay as they are."""
    return sql.replace("\\:", ":").replace(":", "\\:")
