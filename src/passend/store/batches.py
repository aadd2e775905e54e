"""Many rows in one statement: about 1,000 a batch, on SQLite one by one in C, on PostgreSQL as arrays."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, text

from passend.store.rows import Row

Rows = Sequence[Mapping[str, Any]]


def insert_rows(connection: Connection, kind: type[Row], rows: Rows) -> int:
    """Insert rows that have the same columns; those whose key is there already are left out.

    Returns the number of rows inserted.
    """
    if not rows:
        return 0
    columns = tuple(rows[0])
    if connection.dialect.name == "sqlite":
        names, places = ", ".join(columns), ", ".join("?" * len(columns))
        statement = f"insert or ignore into {kind.__tablename__} ({names}) values ({places})"
        before = int(connection.exec_driver_sql("select total_changes()").scalar_one())
        connection.exec_driver_sql(
            statement, list(zip(*_arrays(connection, kind, rows, columns), strict=True))
        )
        return int(connection.exec_driver_sql("select total_changes()").scalar_one()) - before
    source = f"select * from unnest({_casts(connection, kind, columns)})"
    statement = (
        f"insert into {kind.__tablename__} ({', '.join(columns)}) {source} on conflict do nothing returning 1"
    )
    done = connection.exec_driver_sql(statement, tuple(_arrays(connection, kind, rows, columns)))
    return len(done.all())


def update_rows(connection: Connection, kind: type[Row], rows: Rows, key: str = "id") -> None:
    """Set columns of rows that are named by their key; all rows name the same columns."""
    if not rows:
        return
    columns = tuple(name for name in rows[0] if name != key)
    arrays = _arrays(connection, kind, rows, (*columns, key))
    if connection.dialect.name == "sqlite":
        sets = ", ".join(f"{name} = ?" for name in columns)
        statement = f"update {kind.__tablename__} set {sets} where {key} = ?"
        connection.exec_driver_sql(statement, list(zip(*arrays, strict=True)))
        return
    sets = ", ".join(f"{name} = v.{name}" for name in columns)
    given = f"unnest({_casts(connection, kind, (*columns, key))}) as v({', '.join((*columns, key))})"
    statement = f"update {kind.__tablename__} t set {sets} from {given} where t.{key} = v.{key}"
    connection.exec_driver_sql(statement, tuple(arrays))


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


def _arrays(connection: Connection, kind: type[Row], rows: Rows, columns: tuple[str, ...]) -> list[list[Any]]:
    """The rows by column, as the driver takes them."""
    made = []
    for name, bind in zip(columns, _binders(connection.dialect, kind, columns), strict=True):
        values = [row[name] for row in rows]
        made.append([bind(value) for value in values] if bind else values)
    return made


def _casts(connection: Connection, kind: type[Row], columns: tuple[str, ...]) -> str:
    kinds = (_table(kind).c[name].type.compile(connection.dialect) for name in columns)
    return ", ".join(f"%s::{one}[]" for one in kinds)
