"""A few rows out of large stored tables, within milliseconds: what a page about one product or customer reads.

DuckDB skips the parts of Parquet files in which a value cannot be (their statistics and Bloom filters say so), and
reads only the columns that are asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

import duckdb
import pyarrow as pa

from passend.errors import EngineError

_MEMORY = "1GB"


@dataclass(frozen=True)
class Wanted:
    """Which rows.

    Attributes:
        column: whose value decides.
        values: one of these is held exactly; None where text is looked for.
        words: each of these stands in one of ``within``, in whatever letters.
        within: the columns in which words are looked for.
        first: columns by which the rows are ordered, the largest first.
        most: rows at most; 0 for all.
        after: rows to leave out before.
    """

    column: str = ""
    values: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    most: int = 0
    after: int = 0


def look_up(files: Sequence[Path], wanted: Wanted, columns: Sequence[str] = ()) -> pa.Table:
    """The rows of Parquet files that are wanted.

    Args:
        files: of one table, at least one; those written before a column existed have it empty.
        wanted: which rows.
        columns: to be read; all where none are named.
    """
    where, values = _where(wanted)
    names = ", ".join(f'"{name}"' for name in columns) or "*"
    order = ", ".join(f'"{name}" desc nulls last' for name in wanted.first)
    text = f"select {names} from read_parquet($files, union_by_name = true){where}"
    text += f" order by {order}" if order else ""
    text += f" limit {int(wanted.most)} offset {int(wanted.after)}" if wanted.most else ""
    return _fetched(text, {"files": [str(one) for one in files], **values})


def _where(wanted: Wanted) -> tuple[str, dict[str, object]]:
    parts: list[str] = []
    values: dict[str, object] = {f"value{number}": one for number, one in enumerate(wanted.values)}
    if wanted.column:
        equal = " or ".join(f'"{wanted.column}" = ${name}' for name in values)
        parts.append(f"({equal})" if equal else "false")
    for number, word in enumerate(wanted.words):
        values[f"word{number}"] = word.lower()
        held = [f'contains(lower("{column}"), $word{number})' for column in wanted.within]
        parts.append(f"({' or '.join(held)})")
    return (" where " + " and ".join(parts) if parts else ""), values


class Held:
    """A table made of stored files and held in memory, for questions that look at every row: words in a million names.

    Files are never changed once written, so the table is made when it is first asked for, and kept until another is.
    """

    def __init__(self) -> None:
        self._made_of: tuple[str, dict[str, list[str]]] | None = None
        self._name = f"held_{id(self)}"
        self._lock = Lock()

    def search(
        self, query: str, files: Mapping[str, Sequence[Path]], words: Sequence[str], most: int
    ) -> pa.Table:
        """The first rows of a table whose column ``words``, in small letters, holds each of the words.

        Args:
            query: makes the table of files that are given as ``$name``.
            files: by name.
            words: at least one.
            most: rows at most.
        """
        given = {name: [str(one) for one in some] for name, some in files.items()}
        where = " and ".join(f"contains(words, $word{number})" for number in range(len(words)))
        values: dict[str, object] = {f"word{number}": word.lower() for number, word in enumerate(words)}
        with self._lock:
            if self._made_of != (query, given):
                self._make(query, given)
            return _fetched(f"select * from {self._name} where {where} limit {int(most)}", values)

    def _make(self, query: str, given: dict[str, list[str]]) -> None:
        try:
            _connection().cursor().execute(f"create or replace table {self._name} as {query}", given)
        except duckdb.Error as problem:
            raise _told(problem) from problem
        self._made_of = query, given


def _fetched(query: str, values: dict[str, object]) -> pa.Table:
    try:
        return _connection().cursor().sql(query, params=values).to_arrow_table()
    except duckdb.Error as problem:
        raise _told(problem) from problem


def _told(problem: Exception) -> EngineError:
    return EngineError(f"DuckDB could not look it up: {str(problem).splitlines()[0]}", record="look-up")


@lru_cache(maxsize=1)
def _connection() -> duckdb.DuckDBPyConnection:
    """One for the process; each call has a cursor of its own, so that calls may come at the same time."""
    connection = duckdb.connect(
        ":memory:", config={"memory_limit": _MEMORY, "autoinstall_known_extensions": False}
    )
    connection.execute("SET TimeZone = 'UTC'")
    # Files are never changed once written, so what they say of their parts is read once.
    connection.execute("SET parquet_metadata_cache = true")
    return connection
