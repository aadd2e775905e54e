"""Tables and queries of real databases: SQLite, DuckDB, PostgreSQL."""

import sqlite3
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import pytest
import sqlalchemy as sa

from passend.errors import InvalidInput, MissingPart, UnreadableFile
from passend.intake import database
from passend.intake.opening import open_source
from tests.intake.reading import read_all, written

LONG = 70_000


@pytest.fixture
def sqlite_file(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as shop:
        shop.execute('CREATE TABLE "my orders" (id INTEGER, code, price REAL, "a ""b" TEXT)')
        rows = [(n, n if n < LONG - 1 else "79323P", n / 4, "10:30 :x") for n in range(LONG)]
        shop.executemany('INSERT INTO "my orders" VALUES (?, ?, ?, ?)', rows)
    shop.close()
    return path


@pytest.fixture
def duckdb_file(tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as shop:
        shop.execute(
            "CREATE TABLE orders AS SELECT range AS id, 2.50::DECIMAL(9,2) AS price FROM range(70000)"
        )
        shop.execute('CREATE SCHEMA "old"; CREATE VIEW "old"."my orders" AS SELECT 1 AS id')
    return path


def test_sqlite_by_content(sqlite_file):
    source = open_source(sqlite_file)
    found = read_all(source)
    assert source.name == "shop.db [my orders]"
    assert found.columns == ("id", "code", "price", 'a "b')
    assert found.rows == list(range(1, LONG + 1))
    assert found.records[1] == (1, "1", 0.25, "10:30 :x")
    assert found.records[-1][1] == "79323P"
    assert source.position() == source.size == LONG
    assert source.fingerprint() == open_source(f"sqlite:///{sqlite_file}", table="MY ORDERS").fingerprint()


@pytest.mark.parametrize("name", ["t", "select", "passend rows", "o'clock", "100%", "a:b", "a.b"])
def test_any_name_of_a_table(tmp_path, name):
    for kind in ("sqlite", "duckdb"):
        path = tmp_path / f"shop.{kind}"
        shop = sqlite3.connect(path) if kind == "sqlite" else duckdb.connect(str(path))
        shop.execute(f'CREATE TABLE "{name}" AS SELECT 1 AS "a:b", 2 AS "50%"')
        if kind == "sqlite":
            shop.commit()
        shop.close()
        found = read_all(open_source(path))
        assert (found.columns, found.records) == (("a:b", "50%"), [(1, 2)])


def test_sqlite_query(sqlite_file):
    source = open_source(sqlite_file, query="SELECT id, '10:30' AS id FROM \"my orders\" WHERE id < 3;")
    found = read_all(source)
    assert (found.columns, found.records[2]) == (("id", "id_2"), (2, "10:30"))
    assert source.size is None


def test_sqlite_is_not_written(sqlite_file):
    before = sqlite_file.read_bytes()
    for query in (
        'DELETE FROM "my orders"',
        'WITH t AS (SELECT 1) DELETE FROM "my orders"',
        "PRAGMA user_version = 7",
    ):
        with pytest.raises(InvalidInput):
            open_source(sqlite_file, query=query)
    assert sqlite_file.read_bytes() == before


@pytest.mark.parametrize("query", ["SELECT nothing FROM nowhere", "SELEC 1", "SELECT 1; SELECT 2"])
def test_wrong_queries(sqlite_file, duckdb_file, query):
    for path in (sqlite_file, duckdb_file):
        with pytest.raises(InvalidInput) as caught:
            read_all(open_source(path, query=query))
        assert caught.value.remedy


def test_an_unknown_table_gets_near_names(sqlite_file, duckdb_file):
    with pytest.raises(InvalidInput, match="no table") as caught:
        open_source(sqlite_file, table="orders")
    assert "my orders" in caught.value.remedy
    with pytest.raises(InvalidInput) as caught:
        open_source(duckdb_file, table="order")
    assert "did you mean orders" in caught.value.remedy


def test_several_tables_are_listed(duckdb_file):
    with pytest.raises(InvalidInput, match="2 tables") as caught:
        open_source(duckdb_file)
    assert "old.my orders, orders" in caught.value.remedy


def test_databases_without_tables_or_rows(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as shop:
        shop.execute("CREATE TABLE orders (id INTEGER)")
    shop.close()
    with pytest.raises(UnreadableFile, match="no rows"):
        open_source(path)
    with sqlite3.connect(path) as shop:
        shop.execute("DROP TABLE orders")
    shop.close()
    with pytest.raises(InvalidInput, match="no tables"):
        open_source(path)


def test_duckdb_by_content_and_address(duckdb_file):
    source = open_source(duckdb_file, table="orders")
    found = read_all(source)
    assert found.records[-1] == (69_999, Decimal("2.50"))
    assert found.rows[-1] == source.size == source.position() == LONG
    same = open_source(f"duckdb:///{duckdb_file}", query="SELECT id, price FROM orders ORDER BY id")
    assert same.fingerprint() == source.fingerprint()
    assert read_all(open_source(duckdb_file, table="old.my orders")).records == [(1,)]
    with pytest.raises(InvalidInput, match="SELECT"):
        open_source(duckdb_file, query="DROP TABLE orders")


@pytest.mark.parametrize(
    "address", ["duckdb:///nowhere/x.duckdb", "sqlite:///nowhere/x.db", "sqlite://", "duckdb://"]
)
def test_addresses_without_a_database(address):
    with pytest.raises(InvalidInput) as caught:
        open_source(address)
    assert caught.value.remedy


def test_an_address_of_another_kind(tmp_path):
    path = written(tmp_path, "a,b\n1,2\n")
    with pytest.raises(UnreadableFile, match="no duckdb database"):
        open_source(f"duckdb:///{path}")


@pytest.mark.parametrize(
    "address", ["nothing://host/shop", "oracle://u@host/shop", "postgresql://h:port/shop"]
)
def test_addresses_that_cannot_be_used(address):
    with pytest.raises((InvalidInput, MissingPart)) as caught:
        open_source(address)
    assert caught.value.remedy


def test_a_missing_driver_names_the_extra(monkeypatch):
    def refuse(_url):
        raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")

    monkeypatch.setattr(database.sa, "create_engine", refuse)
    with pytest.raises(MissingPart) as caught:
        open_source("postgresql://me:secret@localhost/shop")
    assert "passend[postgres]" in caught.value.remedy


@pytest.mark.postgres
def test_an_unreachable_server_does_not_show_the_password():
    with pytest.raises(InvalidInput) as caught:
        open_source("postgresql://me:secret@127.0.0.1:1/shop")
    assert "secret" not in str(caught.value)


@pytest.mark.postgres
def test_postgres(postgres_url):
    engine = sa.create_engine(postgres_url)
    with engine.begin() as shop:
        shop.execute(sa.text("CREATE SCHEMA IF NOT EXISTS old"))
        shop.execute(sa.text('DROP TABLE IF EXISTS "my orders", old.lines'))
        shop.execute(sa.text("CREATE TABLE old.lines AS SELECT 1 AS id"))
        shop.execute(
            sa.text("""
            CREATE TABLE "my orders" AS
            SELECT n AS id, (n / 4.0)::numeric(12, 2) AS price, n::numeric AS free, 'A' || n AS code,
                   timestamptz '2024-05-01 10:00+02' AS bought_at, date '2024-05-01' AS day,
                   CASE WHEN n > 69000 THEN n END AS late, gen_random_uuid() AS key, n % 2 = 0 AS even
            FROM generate_series(1, 70000) AS n""")
        )
    engine.dispose()
    source = open_source(postgres_url, table="my orders")
    found = read_all(source)
    first = found.records[0]
    assert first[:4] == (1, Decimal("0.25"), 1.0, "A1")
    assert first[4] == datetime(2024, 5, 1, 8, tzinfo=UTC)
    assert (first[6], found.records[-1][6], first[8]) == (None, "70000", False)
    assert source.position() == source.size == LONG
    assert len(source.fingerprint()) == 64
    assert read_all(open_source(postgres_url, table="old.lines")).records == [(1,)]
    query = "SELECT '10:30'::text AS clock, 10 % 3 AS rest"
    assert read_all(open_source(postgres_url, query=query)).records == [("10:30", 1)]
    for query in (
        "WITH gone AS (DELETE FROM old.lines RETURNING *) SELECT * FROM gone",
        "SELECT nextval('x')",
    ):
        with pytest.raises(InvalidInput):
            open_source(postgres_url, query=query)
    assert read_all(open_source(postgres_url, table="old.lines")).records == [(1,)]
