"""A few rows out of large stored tables, within milliseconds: what a page about one product or customer reads.

DuckDB skips the parts of Parquet files in which a value cannot be (their statistics and Bloom filters say so), and
reads only the columns that are asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

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
        usual: look for the usual spellings of the words alone (as given, small, large, capitalised): many times
            quicker on a million names.
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
    usual: bool = False


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
        spellings = {word, word.lower(), word.upper(), word.capitalize()} if wanted.usual else {word.lower()}
        held = []
        for place, spelling in enumerate(sorted(spellings)):
            name = f"word{number}_{place}"
            values[name] = spelling
            held += [f"contains({_text(column, wanted)}, ${name})" for column in wanted.within]
        parts.append(f"({' or '.join(held)})")
    return (" where " + " and ".join(parts) if parts else ""), values


def _text(column: str, wanted: Wanted) -> str:
    return f'"{column}"' if wanted.usual else f'lower("{column}")'


def _fetched(query: str, values: dict[str, object]) -> pa.Table:
    try:
        return _connection().cursor().sql(query, params=values).to_arrow_table()
    except duckdb.Error as problem:
        text = str(problem).splitlines()[0]
        raise EngineError(f"DuckDB could not look it up: {text}", record="look-up") from problem


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
