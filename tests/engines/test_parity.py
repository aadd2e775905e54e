"""Every ``.sql`` file on DuckDB and on Spark, from the same input to the same rows.

Each engine goes on from its own tables, as in the main job. Numbers with a fraction may differ by one part in
1e9: sums of doubles depend on the order in which machines add them. In a shop without orders nearly every file gives
no row, and Spark takes a second to find no row: there it computes those that give rows, from the tables of DuckDB.
"""

import math
from pathlib import Path

import pyarrow as pa
import pytest

from passend.engines import DuckDBEngine, sql_files
from passend.engines.sqltext import SqlFile
from passend.errors import PassendError
from passend.flow.steps import statement
from passend.settings import Settings
from tests.engines.world import world

pytestmark = pytest.mark.spark

TOLERANCE = 1e-9
WORLDS = {"dated": world(), "undated": world(dated=False), "empty": world(orders=0)}
#: Settings under which a small world shows everything: exact choices at the borders, something on each list.
SETTINGS = Settings(
    {
        "products.min_together": 3,
        "customers.return_share": 0.05,
        "customers.return_orders": 2,
        "customers.service_share": 0.0,
        "customers.spending_elasticity": 1.0,
        "customers.kind_probability": 0.5,
    }
)
Outcome = dict[str, pa.Table | PassendError]


def in_order(files: list[SqlFile], given: set[str]) -> list[SqlFile]:
    """The files so that each comes after those that write what it reads."""
    ordered: list[SqlFile] = []
    known, waiting = set(given), files
    while waiting:
        ready = [file for file in waiting if set(file.reads) <= known]
        if not ready:
            lacking = {file.path: sorted(set(file.reads) - known) for file in waiting}
            pytest.fail(f"Tables that no file writes and tests/engines/world.py does not give: {lacking}")
        ordered += ready
        known |= {file.writes for file in ready}
        waiting = [file for file in waiting if file not in ready]
    return ordered


FILES = in_order(list(sql_files()), set(WORLDS["dated"]))


@pytest.fixture(scope="module", params=WORLDS)
def computed(
    request: pytest.FixtureRequest, spark_ends: None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Outcome, Outcome]:
    from passend.engines.spark import SparkEngine
    from tests.engines.sparks import SPARKS

    folder: Path = tmp_path_factory.mktemp("parity")
    tables, files = dict(WORLDS[request.param]), FILES
    duckdb = outcome(DuckDBEngine(threads=2, scratch=folder), tables, files)
    if request.param == "empty":
        made = {file.writes: duckdb[file.path] for file in FILES}
        tables |= {name: table for name, table in made.items() if isinstance(table, pa.Table)}
        files = [file for file in FILES if has_rows(duckdb[file.path])]
    return duckdb, outcome(SparkEngine(SPARKS.local(), folder), tables, files)


def has_rows(found: pa.Table | PassendError) -> bool:
    """Errors count, so that they are seen."""
    return not isinstance(found, pa.Table) or found.num_rows > 0


def outcome(engine, tables: dict[str, pa.Table], files: list[SqlFile]) -> Outcome:
    """The table of each file, or the error in its place."""
    found: Outcome = {}
    for name, table in tables.items():
        engine.load(name, table)
    for file in files:
        try:
            engine.create(file.writes, statement(file.room, file.name, SETTINGS))
            found[file.path] = engine.fetch(file.writes)
        except PassendError as problem:
            found[file.path] = problem
    engine.close()
    return found


@pytest.mark.parametrize("path", [file.path for file in FILES])
def test_a_file_gives_the_same_rows(computed, path):
    duckdb, spark = computed[0][path], computed[1].get(path)
    assert isinstance(duckdb, pa.Table), duckdb
    if spark is None:
        assert duckdb.num_rows == 0
        return
    assert isinstance(spark, pa.Table), spark
    decimals = [field.name for field in duckdb.schema if pa.types.is_decimal(field.type)]
    assert not decimals, "sums of whole numbers and decimals need a cast to bigint or double"
    assert duckdb.schema == spark.schema
    assert duckdb.num_rows == spark.num_rows
    differences = [
        f"{name}: {row[name]!r} on DuckDB, {other[name]!r} on Spark, in {row}"
        for row, other in zip(sorted_rows(duckdb), sorted_rows(spark), strict=True)
        for name in duckdb.schema.names
        if not same(row[name], other[name])
    ]
    assert differences == []


def test_the_small_world_shows_something(tmp_path):
    tables = outcome(DuckDBEngine(scratch=tmp_path), WORLDS["dated"], FILES)
    empty = [path for path, table in tables.items() if not isinstance(table, pa.Table) or not table.num_rows]
    assert empty == [], "a file that gives no rows is not compared"


def sorted_rows(table: pa.Table) -> list[dict[str, object]]:
    """The rows by their exact values first: those with a fraction may differ in the last digits."""
    fractions = {field.name for field in table.schema if pa.types.is_floating(field.type)}
    exact = [name for name in table.schema.names if name not in fractions]
    return sorted(
        table.to_pylist(),
        key=lambda row: (
            [str(row[name]) for name in exact],
            [row[name] or 0.0 for name in sorted(fractions)],
        ),
    )


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        both_undefined = math.isnan(one) and math.isnan(other)
        return both_undefined or math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-12)
    return one == other
