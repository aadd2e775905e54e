"""The databases on which operations are tried: SQLite in a file, PostgreSQL in a schema of its own."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from passend.store import Store, open_store

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
_numbers = itertools.count(1)


def opened(request: pytest.FixtureRequest, folder: Path) -> Iterator[Store]:
    """An empty store on the database that the parameter names; for fixtures with ``params=BOTH``."""
    if request.param == "sqlite":
        with open_store(folder) as store:
            yield store
        return
    server = request.getfixturevalue("postgres_url")
    name = f"store_{next(_numbers)}"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text(f"create schema {name}"))
    between = "&" if "?" in server else "?"
    with open_store(folder, f"{server}{between}options=-csearch_path%3D{name}") as store:
        yield store
    with engine.begin() as connection:
        connection.execute(text(f"drop schema {name} cascade"))
    engine.dispose()
