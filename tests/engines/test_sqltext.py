"""What the SQL files must say of themselves, what they may not hold, and how they are translated."""

from pathlib import Path

import pytest

import passend
from passend.engines import sql, sql_file, sql_files
from passend.engines.sqltext import to_spark
from passend.errors import EngineError, UntranslatableSql
from passend.tables import CONTRACTS

TRAPS = {
    "select hash(a) as h from t": "use md5",
    "select random() as r from t": "cannot be repeated",
    "select median(a) as m from t": "use quantile_cont",
    "select mode(a) as m from t": "use row_number",
    "select arg_max(a, b) as m from t": "use row_number",
    "select max_by(a, b) as m from t": "use row_number",
    "select list(a) as l from t": "order that the engines do not share",
    "select array_agg(a order by b) as l from t": "order that the engines do not share",
    "select string_agg(a, ',' order by b) as l from t": "order that the engines do not share",
    "select first(a) as f from t": "order that the engines do not share",
    "select any_value(a) as f from t": "order that the engines do not share",
    "select max(a order by b) as m from t": "order that the engines do not share",
    "select * from t asof join u on t.a >= u.a": "ASOF",
    "select * from t using sample 10": "md5() of a key",
    "select a / b as q from t": "nullif",
    "select a / 0 as q from t": "nullif",
    "select a / nullif(b, 1) as q from t": "nullif",
    "select a % b as q from t": "nullif",
    "select a // 2 as q from t": "floor",
    "select round(a, 2) as r from t": "round(x * 100) / 100",
    "select log10(a) as l from t": "use ln",
    "select log(a) as l from t": "use ln",
    "select a ^ 2 as p, xor(a, b) as x from t": "power",
    "select a & b as x from t": "Bit arithmetic",
    "select quantile_disc(a, 0.5) as q from t": "quantile_cont",
    "select approx_count_distinct(a) as n from t": "count(distinct x)",
    "select try_cast(a as bigint) as n from t": "the intake does that",
    "select strptime(a, '%Y') as n from t": "the intake does that",
    "select cast(a as decimal(18, 2)) as n from t": "use bigint, double",
    "select cast(a as hugeint) as n from t": "use bigint, double",
    "select cast(a as float) as n from t": "use bigint, double",
    "select cast(a as timestamptz) as n from t": "use bigint, double",
    "select cast(a * 0.5 as bigint) as n from t": "cast(round(x) as bigint)",
    "select date_diff('month', a, b) as n from t": "Only days",
    "select date_diff('hour', a, b) as n from t": "Only days",
    "select date_sub('day', a, b) as n from t": "date_diff",
    "select dayofweek(a) as n from t": "isodow",
    "select extract(week from a) as n from t": "isodow",
    "select epoch_ms(a) as n from t": "epoch(x)",
    "select strftime(a, '%A') as n from t": "strftime",
    "select a + to_days(b) as n from t": "computed length",
    "select a + interval (b) day as n from t": "computed length",
    "select now() as n from t": "pass the time as a parameter",
    "select current_date as n from t": "pass the time as a parameter",
    "select upper(a) as n from t": "use lower",
    "select reverse(a) as n from t": "reverse",
    "select substr(a, 0, 2) as n from t": "count from 1",
    "select left(a, -1) as n from t": "count from 1",
    "select a like 'x\\_' as n from t": "backslash",
    "select a like b as n from t": "backslash",
    "select regexp_replace(a, 'x', 'y') as n from t": "begin the pattern with ^ or add 'g'",
    "select regexp_replace(a, '^(x)', '\\1') as n from t": "regexp_extract",
    "select printf('%d', a) as n from t": "was not tried",
    "select [a, b] as l from t": "use rows",
    "select {'a': a} as l from t": "use rows",
    "select unnest(a) as l from t": "use rows",
    "select row_number() over () as n from t": "needs an order",
    "select lag(a) over (partition by b) as n from t": "needs an order",
    "select a from t limit 5": "needs an order",
    "select distinct on (a) a, b from t order by a": "row_number",
    "select a from t order by all": "name the columns",
    "select a in (select b from u) as i from t": "exists",
    "select * replace (a + 1 as a) from t": "write the columns",
    "select columns('a') from t": "write the columns",
    "select a from t union all by name select a from u": "union by name",
    "with recursive a as (select 1 as x union all select x + 1 from a) select x from a": "Recursion",
}


@pytest.mark.parametrize("text", TRAPS)
def test_traps_are_refused_with_what_to_write_instead(text):
    with pytest.raises(UntranslatableSql, match=r"^test/trap\.sql: ") as caught:
        to_spark("test/trap", text)
    assert TRAPS[text] in str(caught.value)


@pytest.mark.parametrize(
    "text", ["drop table t", "select 1; select 2", "select from where", "create table a as select 1"]
)
def test_only_one_select_is_allowed(text):
    with pytest.raises(UntranslatableSql):
        to_spark("test/wrong", text)


@pytest.mark.parametrize(
    ("text", "spark"),
    [
        ("select $days as d", "SELECT :days AS d"),
        ("select a / 180.0 as q from t", "SELECT CAST(a AS DOUBLE) / CAST(180.0 AS DOUBLE) AS q FROM t"),
        ("select quantile_cont(a, 0.5) as q from t", "SELECT PERCENTILE(CAST(a AS DOUBLE), 0.5) AS q FROM t"),
        ("select cast(a as bigint) as n from t", "SELECT CAST(BROUND(a) AS BIGINT) AS n FROM t"),
        ("select cast(a as timestamp) as n from t", "SELECT CAST(a AS TIMESTAMP_NTZ) AS n FROM t"),
        ("select a from t order by a", "SELECT a FROM t ORDER BY a NULLS LAST"),
        ('select "row" as "order" from t', "SELECT `row` AS `order` FROM t"),
    ],
)
def test_translations(text, spark):
    assert to_spark("test/text", text) == spark


def test_the_original_is_left_as_it_is():
    text = "select a / 2 as q from t"
    assert to_spark("test/text", text) == to_spark("test/text", text)


def test_every_file_can_run_on_spark():
    assert [file.path for file in sql_files() if not to_spark(f"{file.room}/{file.name}", file.text)] == []


def test_headers_are_complete_and_true():
    written = [file.writes for file in sql_files()]
    assert len(written) == len(set(written)), "two files write one table"
    for file in sql_files():
        assert file.says, f"{file.path} does not say what it does"
        assert file.grain, f"{file.path} does not say what one row is"
        for table in file.reads:
            assert f" {table}" in file.text.split("-- writes")[1], f"{file.path} does not read {table}"


def test_files_read_what_their_headers_say():
    import sqlglot
    from sqlglot import exp

    for file in sql_files():
        tree = sqlglot.parse_one(file.text, read="duckdb")
        own = {part.alias for part in tree.find_all(exp.CTE)}
        used = {table.name for table in tree.find_all(exp.Table)} - own
        assert used == set(file.reads), file.path


def test_files_that_make_a_contract_table_name_its_columns():
    for file in sql_files():
        if file.writes in CONTRACTS:
            import sqlglot

            names = sqlglot.parse_one(file.text, read="duckdb").named_selects
            assert sorted(names) == sorted(CONTRACTS[file.writes].schema.names), file.path


def test_an_include_stands_for_the_part_and_no_part_is_left_over():
    root = Path(passend.__file__).parent
    included = {
        file.path for file in sql_files() if "cutoff as (" in file.text and "include" not in file.text
    }
    assert "src/passend/products/sql/followers.sql" in included
    for part in root.glob("*/sql/parts/*.sql"):
        line = f"\n-- include: {part.stem}"
        users = [file for file in part.parents[1].glob("*.sql") if line in file.read_text("utf-8")]
        assert len(users) > 1, f"{part.name} is shared by nobody"


def test_a_statement_carries_its_values():
    made = sql("intake", "account", day=3)
    assert (made.name, made.values) == ("intake/account", {"day": 3})


def test_unknown_files_are_told():
    with pytest.raises(EngineError, match=r"intake/nothing\.sql"):
        sql_file("intake", "nothing")
