"""Where Spark must be told in other words to compute what DuckDB computes.

``sqlglot`` turns DuckDB's names into Spark's; these rules repair what it leaves different in meaning.
"""

from collections.abc import Callable

from sqlglot import exp

_WHOLE = {"BIGINT", "INT"}
_PLACES = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile)
#: What Spark casts to a whole number as DuckDB does: whole already, or true and false.
_WHOLE_ALREADY = (
    *(exp.Round, exp.Count, exp.Length, exp.Null, exp.Window),
    *(exp.Predicate, exp.Connector, exp.Not, exp.Boolean),
)


def mended(tree: exp.Query) -> exp.Query:
    """A copy of the statement that gives on Spark what the original gives on DuckDB."""
    copy = tree.copy()
    for node in list(copy.walk(bfs=False))[::-1]:  # inner ones first
        mend = _MENDS.get(type(node).__name__)
        if mend and node.parent:
            changed = mend(node)
            if changed is not node:
                node.replace(changed)
    return copy


def _cast(inner: exp.Expression, kind: str) -> exp.Cast:
    return exp.Cast(this=inner.copy(), to=exp.DataType.build(kind))


def _call(name: str, *arguments: exp.Expression) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def _division(node: exp.Expression) -> exp.Expression:
    """DuckDB divides in double precision; Spark divides decimals as decimals, to few places."""
    return exp.Div(this=_cast(node.this, "double"), expression=_cast(node.expression, "double"))


def _mean(node: exp.Expression) -> exp.Expression:
    if isinstance(node.this, exp.Distinct):
        return node
    return exp.Avg(this=_cast(node.this, "double"))


def _whole(node: exp.Expression) -> exp.Expression:
    """DuckDB rounds to the nearest whole number; Spark cuts the fraction off."""
    if node.to.this.name not in _WHOLE or isinstance(node.this.unnest(), _WHOLE_ALREADY):
        return node
    return exp.Cast(this=_call("BROUND", node.this), to=node.to.copy())


def _double(node: exp.Expression) -> exp.Expression:
    """Spark's floor and ceil give whole numbers."""
    return _cast(node, "double")


def _shifted(node: exp.Expression) -> exp.Expression:
    """A date plus an interval is a time on DuckDB and a date on Spark."""
    if not isinstance(node.expression, exp.Interval):
        return node
    return type(node)(this=_cast(node.this, "timestampntz"), expression=node.expression.copy())


def _quantile(name: str) -> Callable[[exp.Expression], exp.Expression]:
    return lambda node: _call(name, _cast(node.this, "double"), node.expression)


def _long(node: exp.Expression) -> exp.Expression:
    """DuckDB counts in 64 bits; Spark's functions give 32, which a contract refuses."""
    return _cast(node, "bigint")


def _place(node: exp.Expression) -> exp.Expression:
    return _long(node) if isinstance(node.this, _PLACES) else node


def _days(node: exp.Expression) -> exp.Expression:
    """DuckDB counts midnights between the two; Spark would count spans of 24 hours."""
    return _long(_call("DATEDIFF", _cast(node.this, "date"), _cast(node.expression, "date")))


def _seconds(node: exp.Expression) -> exp.Expression:
    """DuckDB keeps the fractions of a second."""
    zoned = exp.Cast(this=node.this.copy(), to=exp.DataType.build("timestamptz"))
    return exp.Paren(this=exp.Div(this=_call("UNIX_MICROS", zoned), expression=exp.Literal.number("1e6")))


def _truncated(node: exp.Expression) -> exp.Expression:
    """Spark would give the time a zone."""
    return _cast(node, "timestampntz")


def _joined(node: exp.Expression) -> exp.Expression:
    """Spark's concat is NULL where one part is; numbers become text first."""
    empty = exp.Literal.string("")
    texts = [exp.Coalesce(this=_cast(part, "text"), expressions=[empty.copy()]) for part in node.expressions]
    return _call("CONCAT", *texts)


def _logarithm(node: exp.Expression) -> exp.Expression:
    """DuckDB's ln is -infinity at 0 and NaN below; Spark's is NULL."""
    endless, undefined = (_cast(exp.Literal.string(text), "double") for text in ("-Infinity", "NaN"))
    zero = exp.Literal.number(0)
    below = exp.If(this=exp.LT(this=node.this.copy(), expression=zero.copy()), true=undefined)
    at_zero = exp.If(this=exp.EQ(this=node.this.copy(), expression=zero), true=endless)
    return exp.Case(ifs=[below, at_zero], default=node.copy())


def _weekday(node: exp.Expression) -> exp.Expression:
    return _long(exp.Add(this=_call("WEEKDAY", node.this), expression=exp.Literal.number(1)))


_MENDS: dict[str, Callable[[exp.Expression], exp.Expression]] = {
    "Div": _division,
    "Avg": _mean,
    "Cast": _whole,
    "Floor": _double,
    "Ceil": _double,
    "Add": _shifted,
    "Sub": _shifted,
    "PercentileCont": _quantile("PERCENTILE"),
    "DateDiff": _days,
    "TimeToUnix": _seconds,
    "TimestampTrunc": _truncated,
    "Concat": _joined,
    "Ln": _logarithm,
    "DayOfWeekIso": _weekday,
    "Window": _place,
    **dict.fromkeys(
        ("Length", "StrPosition", "Extract", "Year", "Quarter", "Month", "Day", "Hour", "Minute"), _long
    ),
}
