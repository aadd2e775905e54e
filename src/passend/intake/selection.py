"""What is wanted from a database: a table, or the answer to a query that only reads."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from passend.errors import InvalidInput

_COMMENTS = re.compile(r"^(?:\s+|--[^\n]*\n|/\*.*?\*/|\()*", re.DOTALL)
_READS = ("select", "with", "values", "from", "table")


@dataclass(frozen=True)
class Selection:
    """A table or a query; nothing means: the only table there is."""

    table: str = ""
    query: str = ""


def choose_table(database: str, wanted: str, known: Sequence[str], *, dotted: bool = False) -> str:
    """The table to read.

    Args:
        database: what messages call it.
        wanted: the table asked for, or nothing.
        known: the tables and views there are.
        dotted: a name with a dot may be a table of another schema and is left to the database.

    Raises:
        InvalidInput: there is no such table, or it is not clear which one is meant.
    """
    listed = ", ".join(sorted(known)) or "none"
    if not wanted:
        if len(known) == 1:
            return known[0]
        what = f"{database} has {len(known)} tables" if known else f"{database} has no tables"
        raise InvalidInput(what, remedy=f"name a table (there are: {listed}) or a query")
    if wanted in known or (dotted and "." in wanted):
        return wanted
    same = [name for name in known if name.lower() == wanted.lower()]
    if len(same) == 1:
        return same[0]
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise InvalidInput(f"{database} has no table '{wanted}'", remedy=hint + f"there are: {listed}")


def need_reading(sql: str) -> None:
    """Let only queries pass.

    Raises:
        InvalidInput: the statement is not one that reads.
    """
    bare = _COMMENTS.sub("", sql, count=1)
    if not bare.lower().startswith(_READS):
        raise InvalidInput("The query does not begin with SELECT", remedy="passend only reads; give a SELECT")
