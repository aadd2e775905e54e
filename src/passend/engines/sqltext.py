"""The project's SQL: found by room and name, checked for traps, translated for Spark.

Every statement is one SELECT in DuckDB's dialect in a ``.sql`` file, opened by a header of comment lines that
says what one row is (``grain``), what it ``reads`` and what it ``writes``.

A passage that several files of a room share, some CTEs, is a file of the folder ``parts``; the line
``-- include: NAME`` stands for it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from passend.errors import EngineError
from passend.ports import Statement

_INCLUDE = re.compile(r"^-- include: (\w+)(,?)$", re.MULTILINE)
ROOMS = ("intake", "products", "customers", "decisions", "results", "report")


@dataclass(frozen=True)
class SqlFile:
    """A ``.sql`` file with what its header says."""

    room: str
    name: str
    text: str
    says: str
    grain: str
    reads: tuple[str, ...]
    writes: str

    @property
    def path(self) -> str:
        """Where people find the file."""
        return f"src/passend/{self.room}/sql/{self.name}.sql"


def sql(room: str, name: str, **values: str | float | bool | None) -> Statement:
    """A statement by its room and name, with the values of its parameters."""
    return Statement(f"{room}/{name}", sql_file(room, name).text, values)


@cache
def sql_file(room: str, name: str) -> SqlFile:
    """A ``.sql`` file by its room and name."""
    text = _INCLUDE.sub(lambda found: _read(f"{room}/sql/parts/{found[1]}.sql").rstrip() + found[2],
                        _read(f"{room}/sql/{name}.sql"))  # fmt: skip
    return _with_header(room, name, text)


def _read(place: str) -> str:
    try:
        return files("passend").joinpath(*place.split("/")).read_text("utf-8")
    except FileNotFoundError:
        raise EngineError(f"There is no SQL file {place.replace('/sql/', '/')}.") from None


def sql_files() -> Iterator[SqlFile]:
    """All ``.sql`` files, room by room."""
    for room in ROOMS:
        folder = files("passend").joinpath(room, "sql")
        for name in sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql")):
            yield sql_file(room, name.removesuffix(".sql"))


def _with_header(room: str, name: str, text: str) -> SqlFile:
    says: list[str] = []
    facts: dict[str, str] = {}
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        comment = line.removeprefix("--").strip()
        key, colon, value = comment.partition(":")
        if colon and key in {"grain", "reads", "writes"}:
            facts[key] = value.strip()
        else:
            says.append(comment)
    missing = {"grain", "reads", "writes"} - facts.keys()
    if missing:
        raise EngineError(f"The header of {room}/{name}.sql lacks: {', '.join(sorted(missing))}.")
    reads = tuple(table.strip() for table in facts["reads"].split(",") if table.strip())
    return SqlFile(room, name, text, " ".join(says), facts["grain"], reads, facts["writes"])


@cache
def to_spark(name: str, text: str) -> str:
    """The statement in Spark's SQL, its ``$parameters`` written ``:parameters``.

    Raises:
        UntranslatableSql: the statement holds something that the two engines understand differently.
    """
    from passend.engines.mends import mended  # noqa: PLC0415 - sqlglot is for Spark alone
    from passend.engines.traps import refuse_traps  # noqa: PLC0415

    return str(mended(refuse_traps(name, text)).sql("spark", comments=False))
