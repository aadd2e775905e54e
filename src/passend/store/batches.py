"""Many rows in one statement: about 1,000 a batch, on SQLite one by one in C, on PostgreSQL as one JSON text.

Python writes JSON in C, and PostgreSQL reads it in C; arrays and lists of parameters are put together value by value.
What is the same in all rows, as most of a batch is, stands in the text once.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, Table, Text, bindparam, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from passend.store.rows import Row

Rows = Sequence[Mapping[str, Any]]
Columns = Mapping[str, Sequence[Any]]


def insert_rows(connection: Connection, kind: type[Row], rows: Rows) -> int:
    """Insert rows that have the same columns; those whose key is there already are left out.

    Returns the number of rows inserted.
    """
    return insert_columns(connection, kind, _by_column(rows, tuple(rows[0]))) if rows else 0


def insert_columns(connection: Connection, kind: type[Row], given: Columns) -> int:
    """The same for rows that are told column by column, all of the same length."""
    columns = tuple(given)
    arrays = _arrays(connection, kind, given)
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(columns))
        statement = f"insert or ignore into {kind.__tablename__} ({names}) values ({places})"
        return connection.exec_driver_sql(statement, list(zip(*arrays, strict=True))).rowcount
    given_rows, written = _given(connection, kind, columns, arrays)
    statement = (
        f"insert into {kind.__tablename__} ({names}) select {names} from {given_rows} on conflict do nothing"
    )
    return connection.exec_driver_sql(statement, written).rowcount


def update_rows(connection: Connection, kind: type[Row], rows: Rows, key: str = "id") -> None:
    """Set columns of rows that are named by their key; all rows name the same columns."""
    if not rows:
        return
    columns = tuple(name for name in rows[0] if name != key)
    if connection.dialect.name == "sqlite":
        arrays = _arrays(connection, kind, _by_column(rows, (*columns, key)))
        sets = ", ".join(f"{name} = ?" for name in columns)
        statement = f"update {kind.__tablename__} set {sets} where {key} = ?"
        connection.exec_driver_sql(statement, list(zip(*arrays, strict=True)))
        return
    arrays = _arrays(connection, kind, _by_column(rows, (*columns, key)))
    given_rows, written = _given(connection, kind, (*columns, key), arrays)
    sets = ", ".join(f"{name} = v.{name}" for name in columns)
    statement = f"update {kind.__tablename__} t set {sets} from {given_rows} where t.{key} = v.{key}"
    connection.exec_driver_sql(statement, written)


def add_up(connection: Connection, kind: type[Row], rows: Rows, number: str) -> None:
    """Add to a number of the rows with the same primary key; rows that are not there yet are made."""
    table = _table(kind)
    keys = [column.name for column in table.primary_key]
    columns = [*keys, number]
    statement = text(
        f"insert into {kind.__tablename__} ({', '.join(columns)}) values ({', '.join(':' + one for one in columns)}) "
        f"on conflict ({', '.join(keys)}) do update set {number} = {kind.__tablename__}.{number} + excluded.{number}"
    )
    # In one order everywhere, so that two workers never wait for each other in a circle.
    ordered = sorted(rows, key=lambda row: tuple(str(row[name]) for name in keys))
    if ordered:
        connection.execute(statement, list(ordered))


def _table(kind: type[Row]) -> Table:
    table = kind.__table__
    if not isinstance(table, Table):  # pragma: no cover - every row is of a table
        raise TypeError(kind)
    return table


@lru_cache(maxsize=256)
def _binders(
    dialect: Any, kind: type[Row], columns: tuple[str, ...]
) -> tuple[Callable[[Any], Any] | None, ...]:
    return tuple(_table(kind).c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns)


def _by_column(rows: Rows, columns: tuple[str, ...]) -> Columns:
    return {name: [row[name] for row in rows] for name in columns}


def _arrays(connection: Connection, kind: type[Row], given: Columns) -> list[Sequence[Any]]:
    """The columns as the driver takes them."""
    binders = _binders(connection.dialect, kind, tuple(given))
    return [
        _bound(bind, values) if bind else values for bind, values in zip(binders, given.values(), strict=True)
    ]


def _bound(bind: Callable[[Any], Any], values: Sequence[Any]) -> list[Any]:
    """Each different value is made ready once: most rows of a batch share a moment."""
    made = {value: bind(value) for value in set(values)}
    return [made[value] for value in values]


def _given(
    connection: Connection, kind: type[Row], columns: tuple[str, ...], arrays: list[Sequence[Any]]
) -> tuple[str, tuple[str, ...]]:
    """The rows as a table ``v``, and the JSON texts that it reads: what is the same in all rows, and what is not."""
    count = len(arrays[0])
    same = [count > 1 and values.count(values[0]) == count for values in arrays]
    same[0] = same[0] and not all(same)  # rows that are all alike are still so many
    parts = [[place for place, one in enumerate(same) if one is which] for which in (False, True)]
    tables, texts = [], []
    for number, places in enumerate(parts):
        if not places:
            continue
        names = [columns[place] for place in places]
        rows = zip(*(arrays[place] if number == 0 else arrays[place][:1] for place in places), strict=True)
        texts.append(json.dumps([dict(zip(names, row, strict=True)) for row in rows], allow_nan=False))
        kinds = (f"{name} {_table(kind).c[name].type.compile(connection.dialect)}" for name in names)
        tables.append(f"json_to_recordset(%s::json) as v{number}({', '.join(kinds)})")
    return f"(select * from {' cross join '.join(tables)}) v", tuple(texts)


class _Among(FunctionElement[bool]):
    """A column, and a JSON text of values of which it is one."""

    type = Boolean()
    inherit_cache = True
    #: Else SQLAlchemy writes "= 1" behind it for SQLite, which then looks through the whole table.
    _is_implicitly_boolean = True


def among(column: Any, values: Iterable[str | int]) -> ColumnElement[bool]:
    """Whether a column is one of many values; one parameter, however many they are, and found by the index."""
    return _Among(column, bindparam(None, json.dumps(list(values)), Text))


@compiles(_Among, "sqlite")
def _on_sqlite(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, values = (compiler.process(one, **how) for one in element.clauses)
    return f"{column} in (select value from json_each({values}))"


@compiles(_Among, "postgresql")
def _on_postgres(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, values = element.clauses
    kind = column.type.compile(compiler.dialect)
    listed = f"select value::{kind} from json_array_elements_text({compiler.process(values, **how)}::json)"
    return f"{compiler.process(column, **how)} = any(array({listed}))"
