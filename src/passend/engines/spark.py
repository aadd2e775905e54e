"""Spark: the same tables on all cores of a machine, or on a cluster.

Every table is a folder of Parquet files in the scratch folder: a step is computed exactly once, and rows come
and go without passing through the Java process.
"""

import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from passend.engines.spark_session import close_session, java_end, open_session
from passend.engines.sqltext import to_spark
from passend.errors import EngineError
from passend.ports import Batches, Statement


class SparkEngine:
    """Computes tables in a Spark session of its own.

    Several engines may be open in one process: they share the Spark application, not their tables.

    Args:
        url: ``local[*]`` for the cores of this machine, ``spark://host:port`` for a standalone cluster.
        scratch: parent folder of the tables; a cluster needs one that all its machines see under one path.
        memory_mb: memory of the Java process, which on ``local`` does all the work; beyond it, Spark spills.
    """

    name = "spark"

    def __init__(self, url: str = "local[*]", scratch: Path | None = None, memory_mb: int = 2000) -> None:
        if scratch:
            scratch.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="spark-", dir=scratch)).resolve()
        self._files: dict[str, list[Path]] = {}
        self._steps = 0
        try:
            self._session = open_session(url, self._folder, memory_mb)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def load(self, table: str, source: pa.Table | Sequence[Path]) -> None:
        """Make an Arrow table or Parquet files known under a name."""
        if not isinstance(source, pa.Table):
            self._know(table, [Path(path).resolve() for path in source])
            return
        folder = self._new_folder()
        folder.mkdir()
        try:
            pq.write_table(
                _readable(source),
                folder / "part-0.parquet",
                coerce_timestamps="us",
                allow_truncated_timestamps=True,
            )
        except (pa.ArrowException, OSError) as problem:
            raise _told(table, problem) from problem
        self._know(table, [folder / "part-0.parquet"])

    def create(self, table: str, statement: Statement, order: Sequence[str] = ()) -> int:  # noqa: ARG002 - its signature
        """Compute a table by SQL and keep it under a name; returns its number of rows."""
        text = to_spark(statement.name, statement.text)
        folder = self._new_folder()
        try:
            frame = self._session.sql(text, args=dict(statement.values))
            frame.write.parquet(f"file://{folder.as_posix()}")
        except Exception as problem:
            shutil.rmtree(folder, ignore_errors=True)
            raise _told(statement.name, problem) from problem
        self._know(table, sorted(folder.glob("part-*.parquet")))
        return int(self._rows(table).count_rows())

    def fetch(self, table: str, limit: int | None = None) -> pa.Table:
        """The rows of a table (or the first few of them) as Arrow."""
        rows = self._rows(table)
        try:
            return _without_zones(rows.to_table() if limit is None else rows.head(limit))
        except (pa.ArrowException, OSError) as problem:
            raise _told(table, problem) from problem

    def write(self, table: str, folder: Path, order: Sequence[str] = ()) -> list[Path]:  # noqa: ARG002 - its signature
        """Store a table as Parquet files in a folder; rows stay where they are, to order them would move them all."""
        files = self._known(table)
        folder.mkdir(parents=True, exist_ok=True)
        copies = [folder / f"part-{number}.parquet" for number in range(len(files))]
        for file, copy in zip(files, copies, strict=True):
            shutil.copyfile(file, copy)
        return copies

    def spread(self, table: str, rows: Iterable[pa.Table]) -> None:
        """Keep a table in as many files as parts are given."""
        folder = self._new_folder()
        folder.mkdir()
        files = []
        for number, part in enumerate(rows):
            files.append(folder / f"part-{number:05d}.parquet")
            pq.write_table(part, files[-1], compression="zstd")
        self._know(table, files)

    def each(self, table: str, work: Batches, schema: pa.Schema) -> pa.Table:
        """Do the work in Python beside the rows, part by part, and collect what it yields."""
        from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415 - an extra, loaded where wanted

        try:
            rows = self._session.table(f"`{table}`").mapInArrow(work, from_arrow_schema(schema))
            return rows.toArrow().cast(schema)
        except Exception as problem:
            raise _told(table, problem) from problem

    def drop(self, table: str) -> None:
        """Forget a table and give back its room."""
        if table in self._files:
            self._session.catalog.dropTempView(table)
            self._delete(self._files.pop(table))

    def close(self) -> None:
        """Delete the tables, and end Spark when no other engine of this process uses it."""
        close_session(self._session)
        self._files.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _new_folder(self) -> Path:
        self._steps += 1
        return self._folder / f"step-{self._steps}"

    def _know(self, table: str, files: list[Path]) -> None:
        try:
            frame = self._session.read.parquet(*map(_address, files))
            frame.createOrReplaceTempView(f"`{table}`")
        except Exception as problem:
            raise _told(table, problem) from problem
        old, self._files[table] = self._files.get(table, []), files
        self._delete(old)

    def _delete(self, files: list[Path]) -> None:
        in_use = {file.parent for known in self._files.values() for file in known}
        for folder in {file.parent for file in files} - in_use:
            if folder.parent == self._folder:
                shutil.rmtree(folder, ignore_errors=True)

    def _known(self, table: str) -> list[Path]:
        if table not in self._files:
            raise EngineError(f"There is no table '{table}'.", record=table)
        return self._files[table]

    def _rows(self, table: str) -> ds.Dataset:
        return ds.dataset([str(file) for file in self._known(table)], format="parquet")


def _address(path: Path) -> str:
    """The path as Spark reads it: not percent-encoded, and with no sign taken for a pattern."""
    return "file://" + re.sub(r"([\[\]{}*?\\])", r"\\\1", path.as_posix())


def _readable(table: pa.Table) -> pa.Table:
    """The table with the types that Spark reads from Parquet as DuckDB reads them from Arrow."""
    fields = []
    for field in table.schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        kind = pa.int32() if pa.types.is_null(kind) else kind
        fields.append(pa.field(field.name, kind))
    return table.cast(pa.schema(fields))


def _without_zones(table: pa.Table) -> pa.Table:
    """The table with times as naive UTC: inside passend no time has a zone."""
    fields = [
        pa.field(field.name, pa.timestamp("us") if pa.types.is_timestamp(field.type) else field.type)
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def _told(step: str, problem: Exception) -> EngineError:
    """A Java stack trace of hundreds of lines as one line and a remedy."""
    text = java_end() or str(problem)
    if "OutOfMemoryError" in text or "No space left" in text:
        return EngineError(
            "Spark ran out of memory or disk.",
            record=step,
            remedy="Use more machines or fewer rows, or free space in the workspace's folder.",
        )
    named = re.search(r"\[[A-Z][A-Z0-9_.]+\] [^\n]+?(?= SQLSTATE|\n|$)", text)
    lines = [line.strip(": ") for line in text.splitlines() if not line.startswith("An error occurred while")]
    line = named[0] if named else next(filter(None, lines), type(problem).__name__)
    return EngineError(f"Spark could not compute the step: {line}", record=step)
