"""DuckDB: one machine, tables on disk, a memory limit that holds because it spills."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from passend.errors import EngineError
from passend.ports import Statement

#: A laptop has room for this beside other programs, and ten million order lines need no more; the rest spills.
_USUAL_MB = 1_000
#: As many threads as the machine has cores; tests, whose workers share them, take one.
USUAL_THREADS = 0
#: Rows that are read together where a few of a table in order are looked up.
_FOUND_AMONG = 61_440


class DuckDBEngine:
    """Computes tables in a scratch database that lives as long as the engine.

    Args:
        memory_mb: memory before DuckDB spills to disk; 0 takes 1,000 MB.
        threads: 0 takes all cores.
        scratch: parent folder of the scratch database; the system's temporary folder when none is given.
    """

    name = "duckdb"

    def __init__(self, memory_mb: int = 0, threads: int = 0, scratch: Path | None = None) -> None:
        if scratch:
            scratch.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="duckdb-", dir=scratch))
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mb or _USUAL_MB}MB",
            "temp_directory": str(self._folder / "spill"),
            "preserve_insertion_order": False,
            # Nothing is fetched from the network, ever.
            "autoinstall_known_extensions": False,
        }
        if threads or USUAL_THREADS:
            config["threads"] = threads or USUAL_THREADS
        self._kinds: dict[str, str] = {}
        self._files: dict[str, tuple[Path, tuple[str, ...]]] = {}
        self._connection = duckdb.connect(":memory:", config=config)
        self._connection.execute("SET TimeZone = 'UTC'")

    def load(self, table: str, source: pa.Table | Sequence[Path]) -> None:
        """Make an Arrow table or Parquet files known under a name."""
        if isinstance(source, pa.Table):
            self.drop(table)
            self._run(table, f'CREATE TABLE "{table}" AS SELECT * FROM given', given=source)
            self._kinds[table] = "TABLE"
            return
        names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in source)
        self.drop(table)
        self._run(table, f'CREATE VIEW "{table}" AS SELECT * FROM read_parquet([{names}])')
        self._kinds[table] = "VIEW"

    def create(self, table: str, statement: Statement, order: Sequence[str] = ()) -> int:
        """Compute a table by SQL and keep it under a name; returns its number of rows.

        Where an order is announced, the rows go straight to the file in which they will be stored, and are read from
        there: a large table is not held in memory beside it.
        """
        self.drop(table)
        file = self._folder / f"{table}.parquet"
        made = (
            _copied(f"{statement.text}\n", file, order)
            if order
            else f'CREATE TABLE "{table}" AS {statement.text}'
        )
        try:
            self._connection.execute(made, dict(statement.values))
        except duckdb.Error as problem:
            raise _told(statement.name, problem) from problem
        if order:
            self.load(table, [file])
            self._files[table] = (file, tuple(order))
        else:
            self._kinds[table] = "TABLE"
        return self._count(table)

    def fetch(self, table: str, limit: int | None = None) -> pa.Table:
        """The rows of a table (or the first few of them) as Arrow."""
        some = "" if limit is None else f" LIMIT {int(limit)}"
        try:
            return self._connection.cursor().sql(f'SELECT * FROM "{table}"{some}').to_arrow_table()
        except duckdb.Error as problem:
            raise _told(table, problem) from problem

    def write(self, table: str, folder: Path, order: Sequence[str] = ()) -> list[Path]:
        """Store a table as one Parquet file in a folder, its rows in order where columns are named."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "part-0.parquet"
        made, how = self._files.get(table, (None, ()))
        if made and how == tuple(order):
            _same_file(made, file)
        else:
            self._run(table, _copied(f'SELECT * FROM "{table}"', file, order))
        return [file]

    def close(self) -> None:
        """Give back memory and delete the scratch database."""
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _count(self, table: str) -> int:
        rows = self._run(table, f'SELECT count(*) FROM "{table}"').fetchall()
        return int(rows[0][0])

    def drop(self, table: str) -> None:
        """Forget a table and give back its room."""
        kind = self._kinds.pop(table, None)
        if kind:
            self._connection.execute(f'DROP {kind} "{table}"')
        if table in self._files:
            self._files.pop(table)[0].unlink(missing_ok=True)

    def _run(self, table: str, text: str, given: pa.Table | None = None) -> duckdb.DuckDBPyConnection:
        try:
            if given is not None:
                self._connection.register("given", given)
            return self._connection.execute(text)
        except duckdb.Error as problem:
            raise _told(table, problem) from problem
        finally:
            if given is not None:
                self._connection.unregister("given")


def _copied(rows: str, file: Path, order: Sequence[str]) -> str:
    """The statement that stores rows in a file."""
    name = str(file).replace("'", "''")
    by = ", ".join(f'"{column}"' for column in order)
    sorted_by, size = (f" ORDER BY {by}", f", ROW_GROUP_SIZE {_FOUND_AMONG}") if order else ("", "")
    return f"COPY (SELECT * FROM ({rows}){sorted_by}) TO '{name}' (FORMAT parquet, COMPRESSION zstd{size})"


def _same_file(made: Path, place: Path) -> None:
    """The file under a second name; a copy where the disk cannot do that."""
    try:
        os.link(made, place)
    except OSError:
        shutil.copyfile(made, place)


def _told(step: str, problem: Exception) -> EngineError:
    text = str(problem).splitlines()[0]
    if isinstance(problem, duckdb.OutOfMemoryException):
        return EngineError(
            f"DuckDB ran out of memory or disk: {text}",
            record=step,
            remedy="Give it more with --set engine.memory_mb=4000, or free space in the workspace's folder.",
        )
    return EngineError(f"DuckDB could not compute the step: {text}", record=step)
