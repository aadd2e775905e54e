"""What is tried on both engines: each line is one expression over rows full of edges."""

import math
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from passend.engines.sqltext import to_spark
from passend.engines.tried import TRIED
from passend.ports import Statement

pytestmark = pytest.mark.spark

BIG = 9007199254740993
EDGES = pa.table(
    {
        "k": pa.array(range(10), pa.int64()),
        "i": pa.array([0, 1, -1, 7, -7, None, BIG, 3, 100, -3], pa.int64()),
        "j": pa.array([2, 2, 2, 2, 2, 2, 2, None, -3, -2], pa.int64()),
        "x": [0.5, 1.5, 2.5, -0.5, -2.5, None, 0.49999999999999994, 1e15 + 0.5, 0.0, 1234.5678],
        "y": [1.0, -0.0, 0.3, None, 2.0, 1e-9, 0.1, math.nan, -4.0, 1e300],
        "s": ["", "a", "Ärger", "straße", "😀 ok", None, " pad  ", "a\\b", "a'b", "e\u0301 👩‍👧"],
        "u": ["x", "A", "ä", "STRASSE", "ok", "n", None, "\\", "b", "ÉZ"],
        "t": [
            *(
                datetime(2020, 1, 1),
                datetime(2020, 2, 29, 23, 59, 59, 999999),
                datetime(1969, 12, 31, 23, 30),
            ),
            *(datetime(2024, 3, 31, 1, 30), datetime(2024, 12, 30), None, datetime(2000, 1, 1, 0, 0, 0, 1)),
            *(datetime(2021, 1, 3, 12), datetime(1900, 1, 1, 5), datetime(2100, 5, 5, 5, 5, 5)),
        ],
        "v": [
            *(datetime(2020, 1, 2), datetime(2020, 3, 1), datetime(1970, 1, 1, 0, 10)),
            *(datetime(2024, 3, 31, 3, 30), None, datetime(2020, 1, 1), datetime(2000, 1, 1)),
            *(datetime(2020, 1, 3, 11), datetime(1900, 1, 1, 6), datetime(2100, 5, 5, 5, 5, 6)),
        ],
        "b": [True, False, None, True, False, True, False, True, None, True],
    }
)
VALUES = {"days": 3, "half": 0.25, "words": "é'\\x :y", "yes": True, "nothing": None}

NUMBERS = r"""
abs(i)
abs(x)
i / nullif(j, 0)
x / nullif(y, 0)
i / 180.0
1 - 1 / nullif(9 * k, 0)
2 * 3 / 4
(k + 1) / nullif(k - 1, 0) / 2
i % nullif(j, 0)
x % 2
i * 0.1
i * 1.5 + x
round(i * 0.29)
round(x)
round(-x)
round(i)
round(x * 100) / 100
floor(x)
ceil(x)
floor(i)
floor(i / nullif(j, 0))
cast(floor(x) as bigint)
cast(x as bigint)
cast(i as bigint)
cast(round(x) as bigint)
cast(x > 0 as bigint)
cast(sum(x) over () as bigint)
cast(i as double)
cast(i as varchar)
cast(b as varchar)
cast(null as double)
coalesce(i, j)
coalesce(x, 0)
coalesce($nothing, i)
ifnull(i, 5)
nullif(x, 0.5)
greatest(i, j)
greatest(x, 0)
greatest(y, 1)
least(x, y)
if(b, i, j)
case when b then i else x end
case when b then 1 else 0.5 end
b and x > 0
b or x > 0
not b
i in (1, 2, 7)
k in (1, null)
i not in (1, 2, 7)
i between 0 and 5
i is distinct from j
i is not distinct from j
i = 7.0
y = y
y > 5
ln(i)
ln(x)
ln(y)
exp(x)
exp(y / 1e298)
sqrt(i)
sqrt(y)
power(x, 2)
power(0, -1)
power(x, 0.5)
power(0.5, i / 1e14)
1e3
1.5
$days + i
$half * x
$yes and b
"""

TEXTS = r"""
concat(i, s, b)
concat(s, u)
s || u
'n ' || i
'b ' || b
'on ' || cast(t as date)
$words || s
concat_ws('-', s, null, u)
contains(s, 'a')
starts_with(s, 'a')
ends_with(s, 'b')
strpos(s, 'a')
strpos(s, '')
instr(s, 'r')
length(s)
lower(s)
lower(u)
left(s, 2)
left(s, k)
right(s, 2)
substr(s, 1, 2)
substr(s, 2)
substr(s, -2, 2)
substr(s, -3)
substr(s, 5, 9)
trim(s)
trim(s, 'a')
ltrim(s)
rtrim(s)
lpad(s, 3, '0')
rpad(s, 3, '0')
repeat(s, 2)
replace(s, 'a', '')
replace(s, '', 'z')
translate(s, 'ab', 'x')
split_part(s, 'a', 1)
split_part(s, 'a', 9)
split_part(s, 'a', -1)
regexp_matches(s, '^[a-z]+')
regexp_matches(s, '\\')
regexp_matches(s, '(?i)A')
regexp_replace(s, '^[a-z]+-?', 'Q')
regexp_replace(s, '[a-z]', 'Q', 'g')
regexp_extract(s, '[a-z]')
regexp_extract(s, '([a-z])(.)', 1)
regexp_extract(s, '([a-z])(.)', 2)
s like 'a%'
s ilike 'A%'
s like '_'
md5(s)
md5($words || ':' || s)
sha256(s)
s < u
s = u
s in ('a', 'b')
greatest(s, u)
nullif(s, '')
"""

TIMES = r"""
cast(t as date)
cast(cast(t as date) as varchar)
cast(t as varchar)
cast(cast(t as date) as timestamp)
cast('2020-01-05' as date)
cast('2020-01-05 10:00:00' as timestamp)
date_diff('day', t, v)
date_diff('day', cast(t as date), v)
datediff('day', date '1970-01-01', t)
epoch(t)
epoch(v) - epoch(t)
date_trunc('day', t)
date_trunc('week', t)
date_trunc('month', t)
date_trunc('year', t)
year(t)
quarter(t)
month(t)
day(t)
hour(t)
minute(t)
extract(month from t)
isodow(t)
isodow(cast(t as date))
t - interval 90 day
t + interval 1 month
t + interval 36 hour
cast(t as date) + interval 1 day
cast(t as date) - interval 1 month
t > v
t >= v - interval 1 day
t > timestamp '2020-01-01 00:00:00'
t between v and v
greatest(t, v)
coalesce(t, timestamp '2020-01-01')
strftime(t, '%Y-%m-%d %H:%M:%S')
strftime(cast(t as date), '%Y/%m')
"""

WINDOWS = r"""
row_number() over (order by x, k)
row_number() over (order by x desc, k)
row_number() over (order by y, k)
row_number() over (order by s, k)
row_number() over (order by s nulls first, k)
row_number() over (order by s desc, k)
row_number() over (order by t desc nulls last, k)
rank() over (order by b)
dense_rank() over (partition by b order by j)
ntile(3) over (order by k)
percent_rank() over (order by j)
cume_dist() over (order by j)
lag(i) over (order by k)
lead(i, 2) over (order by k)
lag(i, 1, 0) over (order by k)
first_value(i) over (partition by b order by k)
last_value(i) over (partition by b order by k)
last_value(i) over (partition by b order by k rows between unbounded preceding and unbounded following)
first_value(i ignore nulls) over (partition by b order by k desc)
sum(x) over (order by k)
sum(x) over (order by j)
sum(x) over (partition by b)
count(*) over (partition by b)
count(i) over ()
avg(x) over (order by k rows between 2 preceding and current row)
count(*) over (order by i range between 1 following and $days following)
count(*) over (order by t range between interval 30 day preceding and current row)
min(s) over (partition by b)
max(t) over (partition by b)
max(y) over ()
exists (select 1 as one from edges z where z.i = edges.k)
(select max(z.x) from edges z where z.j = edges.k)
"""

GROUPS = r"""
count(*)
count(i)
count(distinct j)
count(distinct s)
cast(sum(i) as bigint)
sum(x)
cast(sum(j) as bigint)
sum(j * 0.5)
avg(i)
avg(j)
avg(x)
avg(j * 0.1)
min(x)
max(y)
min(s)
max(s)
min(t)
max(b)
count(*) filter (where x > 0)
sum(x) filter (where x > 1000000)
avg(x) filter (where k < 0)
bool_or(b)
bool_and(b)
stddev(x)
stddev_samp(j)
stddev_pop(x)
variance(x)
var_samp(x)
var_pop(j)
corr(x, i)
quantile_cont(x, 0.5)
quantile_cont(x, 0.1)
quantile_cont(i, 0.5)
quantile_cont(x, $half)
quantile_cont(x, 0.5) filter (where x > 0)
max(case when b then s end)
coalesce(sum(x) filter (where k < 0), 0)
sum(i) / nullif(count(*), 0)
max(i) - min(i)
"""


def lines(block):
    return [line for line in block.splitlines() if line]


def statement(expressions, key, end=""):
    columns = ", ".join(f"{expression} as c{number}" for number, expression in enumerate(expressions))
    text = f"select {key} as key, {columns} from edges{end}"
    return Statement(
        "test/edges", text, {name: value for name, value in VALUES.items() if f"${name}" in text}
    )


def same(one, other):
    """Equal, numbers to the last bits but two or three."""
    numbers = [float(value) if isinstance(value, Decimal) else value for value in (one, other)]
    if any(type(value) is float for value in numbers) and None not in numbers:
        left, right = map(float, numbers)
        return math.isclose(left, right, rel_tol=1e-14) or (math.isnan(left) and math.isnan(right))
    return one == other and type(one) is type(other)


def kind(of):
    return "decimal" if pa.types.is_decimal(of) else str(of)


def found_differences(both, expressions, key="k", end=""):
    results = []
    for engine in both:
        engine.load("edges", EDGES)
        engine.create("found", statement(expressions, key, end))
        table = engine.fetch("found")
        results.append((table.schema, sorted(table.to_pylist(), key=lambda row: str(row["key"]))))
    (schema, rows), (spark_schema, spark_rows) = results
    assert len(rows) == len(spark_rows)
    for number, expression in enumerate(expressions):
        name = f"c{number}"
        kinds = kind(schema.field(name).type), kind(spark_schema.field(name).type)
        if kinds[0] != kinds[1]:
            yield f"{expression}: {kinds[0]} on DuckDB, {kinds[1]} on Spark"
        for row, spark_row in zip(rows, spark_rows, strict=True):
            if not same(row[name], spark_row[name]):
                yield f"{expression} at {row['key']}: {row[name]!r} on DuckDB, {spark_row[name]!r} on Spark"


@pytest.mark.parametrize(
    "block", [NUMBERS, TEXTS, TIMES, WINDOWS], ids=["numbers", "texts", "times", "windows"]
)
def test_rows_are_the_same(both, block):
    assert list(found_differences(both, lines(block))) == []


def test_groups_are_the_same(both):
    assert list(found_differences(both, lines(GROUPS), "b", " group by b")) == []


def test_empty_groups_are_the_same(both):
    assert list(found_differences(both, lines(GROUPS), "count(*)", " where k < 0")) == []


@pytest.mark.parametrize(
    "text",
    [
        "select b, j, count(*) as n from edges group by all having count(*) > 1",
        "select distinct b, j from edges",
        "select k, row_number() over (partition by b order by k) as place from edges qualify place <= 2",
        "select k, i from edges order by i desc, k limit 4",
        "select k, i from edges order by i, k limit $days offset 2",
        "select * exclude (x, y, t, v) from edges",
        "select a.k, z.k as other from edges a left join edges z on z.i = a.j and z.b is distinct from a.b",
        "select k, z.n from edges a join (select b, count(*) as n from edges group by b) z using (b)",
        "select a.k from edges a semi join edges z on z.i = a.k",
        "select a.k from edges a anti join edges z on z.i = a.k",
        "select coalesce(a.k, z.j) as n from edges a full outer join edges z on a.k = z.j",
        "select i from edges intersect select k from edges",
        "select i from edges except select k from edges",
        "select i, s from edges union select k, u from edges",
        "with a as (select k from edges where b), c as (select k + 1 as k from a) from c select k where k > 2",
        'select k as "row", s as "order", x as rank, t as at from edges',
        "select k from edges where k >= $days and not exists (select 1 as n from edges z where z.i = edges.k)",
    ],
)
def test_statements_are_the_same(both, text):
    values = {name: value for name, value in VALUES.items() if f"${name}" in text}
    found = []
    for engine in both:
        engine.load("edges", EDGES)
        engine.create("found", Statement("test/found", text, values))
        table = engine.fetch("found")
        found.append((table.schema, sorted(map(str, table.to_pylist()))))
    assert found[0] == found[1]


def test_every_tried_function_is_tried():
    used = set()
    for block in (NUMBERS, TEXTS, TIMES, WINDOWS, GROUPS):
        for line in lines(block):
            tree = sqlglot.parse_one(f"select {line}", read="duckdb")
            used |= {type(node).__name__ for node in tree.find_all(exp.Func)}
            assert to_spark("test/line", f"select {line} as c from edges")
    assert sorted(TRIED - used) == []
