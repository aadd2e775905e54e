"""Opening the store: a SQLite file in the workspace, or PostgreSQL by its address. Migrated when it is opened."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import QueuePool

from passend.errors import MissingPart, StoreError
from passend.store.migrating import migrate

log = logging.getLogger("passend.store")
FILE = "operations.db"
#: How long a writer waits for another one on SQLite before it is told.
_BUSY_SECONDS = 30


class Store:
    """The operational state of one workspace.

    Args:
        engine: SQLAlchemy's, for SQLite or PostgreSQL.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"

    @contextmanager
    def change(self) -> Iterator[Connection]:
        """One transaction that writes: all of it or nothing. On SQLite it holds the one write lock from its start."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that reads a single state and holds nobody up."""
        with self.engine.connect() as connection:
            reading = connection.execution_options(passend_reads=True)
            with reading.begin():
                yield reading

    def wipe(self) -> None:
        """Leave no byte of what was deleted in the files: on SQLite; a server keeps its files itself.

        Deleted bytes are overwritten at once (``secure_delete``), and older pages leave the journal here. Pages that
        were freed before passend overwrote them go the first time, when the file is written anew.
        """
        if not self.is_sqlite:
            return
        raw = self.engine.raw_connection()
        try:
            cursor = raw.cursor()
            if not cursor.execute("PRAGMA user_version").fetchone()[0]:
                cursor.execute("PRAGMA temp_store = FILE")  # a whole file may be more than the memory
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA temp_store = MEMORY")
                cursor.execute("PRAGMA user_version = 1")
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            cursor.close()
        finally:
            raw.close()
        if busy:
            log.warning("The journal of %s is in use: it is emptied when its readers have ended.", FILE)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        """The store itself; it is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


def open_store(folder: Path, address: str = "") -> Store:
    """The store of a workspace, brought to the present schema.

    Args:
        folder: of the workspace; a SQLite file is kept there where no address is given.
        address: ``postgresql://user@host/database``.

    Raises:
        StoreError: it cannot be reached, or was written by a newer version.
        MissingPart: the driver of PostgreSQL is not installed.
    """
    engine = _postgres(address) if address else _sqlite(folder / FILE)
    try:
        migrate(engine)
    except OperationalError as problem:
        engine.dispose()
        reason = str(problem.orig).strip()
        raise StoreError(
            f"The store of campaigns cannot be opened: {reason}.",
            record=engine.url.render_as_string(hide_password=True),
            remedy="Check the setting store.url, that the server runs, and that the disk has room.",
        ) from problem
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)


def _sqlite(file: Path) -> Engine:
    engine = create_engine(f"sqlite:///{file}", poolclass=QueuePool, pool_size=4, max_overflow=8)

    @event.listens_for(engine, "connect")
    def settle(raw: Any, _: object) -> None:
        raw.isolation_level = None  # transactions begin below, where it is known what they are for
        for pragma in (
            f"busy_timeout = {_BUSY_SECONDS * 1000}",
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            "cache_size = -65536",
            # 64 MB: pages that many steps change are written to the file, and waited for, once instead of often.
            "wal_autocheckpoint = 16384",
            "temp_store = MEMORY",
            # Who is erased must not be readable in freed pages.
            "secure_delete = ON",
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("passend_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _postgres(address: str) -> Engine:
    plain = address.replace("postgres://", "postgresql://", 1)
    try:
        return create_engine(
            plain.replace("postgresql://", "postgresql+psycopg://", 1), pool_pre_ping=True, pool_size=5
        )
    except ModuleNotFoundError as problem:
        raise MissingPart(
            "PostgreSQL needs a driver that is not installed.",
            remedy="Install it: pip install passend[postgres]",
        ) from problem
    except ArgumentError as problem:
        raise StoreError(
            "The address of the store cannot be read.",
            record="setting store.url",
            remedy="Write it like postgresql://user@host/database, or leave it empty for a file in the workspace.",
        ) from problem
