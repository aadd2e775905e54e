"""Refuses what would give other rows on Spark than on DuckDB.

A ``.sql`` file may hold the functions in ``tried.py``, used within the rules below. What cannot be seen in a
statement is listed on the page 'Engines' of the documentation.
"""

from collections.abc import Callable, Iterator

import sqlglot
from sqlglot import exp

from passend.engines.tried import COMPUTED_INTERVAL, DATE_PARTS, INSTEAD, ORDERED_LIST, TRIED
from passend.errors import UntranslatableSql

_TYPES = {
    "BIGINT",
    "INT",
    "DOUBLE",
    "TEXT",
    "VARCHAR",
    "BOOLEAN",
    "DATE",
    "TIMESTAMP",
    "TIMESTAMPNTZ",
    "NULL",
}
_NEED_ORDER = (exp.RowNumber, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.Ntile)
_SAME_PARTS = {"YEAR", "QUARTER", "MONTH", "DAY", "HOUR", "MINUTE"}


def refuse_traps(name: str, text: str) -> exp.Query:
    """The parsed statement, or an error naming what would give other rows on Spark than on DuckDB."""
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except sqlglot.errors.SqlglotError as problem:
        first = str(problem).splitlines()[0]
        raise UntranslatableSql(f"{name}.sql cannot be parsed: {first}") from problem
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise UntranslatableSql(f"{name}.sql must hold exactly one SELECT.")
    for node in trees[0].walk():
        for trap in _traps(node):
            raise UntranslatableSql(f"{name}.sql: {trap} Found: {node.sql('duckdb')[:120]}")
    return trees[0]


def _traps(node: exp.Expression) -> Iterator[str]:
    kind = type(node).__name__
    known = node.name.lower() if isinstance(node, exp.Anonymous) else kind
    if known in INSTEAD:
        yield INSTEAD[known]
    elif isinstance(node, exp.Func) and kind not in TRIED:
        word = known if isinstance(node, exp.Anonymous) else node.sql_name().lower()
        yield f"{word}() was not tried on both engines; use a function in engines/tried.py, or add it there."
    check = _CHECKS.get(kind)
    if check:
        yield from check(node)


def _divisor(node: exp.Expression) -> Iterator[str]:
    divisor = node.expression.unnest()
    if isinstance(divisor, exp.Cast):
        divisor = divisor.this.unnest()
    zero = isinstance(divisor, exp.Nullif) and divisor.expression.name in {"0", "0.0"}
    if not zero and not (isinstance(divisor, exp.Literal) and divisor.is_number and float(divisor.this)):
        yield "x/0 is infinite on one engine and an error on the other; divide by nullif(..., 0)."


def _cast(node: exp.Expression) -> Iterator[str]:
    if node.to.this.name not in _TYPES:
        yield (
            f"The type {node.to.sql('duckdb')} is rounded or stored differently; "
            "use bigint, double, varchar, boolean, date or timestamp."
        )
    decimals = any(item.is_number and "." in item.name for item in node.this.find_all(exp.Literal))
    if (
        node.to.this.name in {"BIGINT", "INT"}
        and decimals
        and not isinstance(node.this, exp.Round | exp.Floor | exp.Ceil)
    ):
        yield "Halves become other whole numbers; write cast(round(x) as bigint)."


def _window(node: exp.Expression) -> Iterator[str]:
    inner = node.this.this if isinstance(node.this, exp.IgnoreNulls | exp.RespectNulls) else node.this
    if isinstance(inner, _NEED_ORDER) and not node.args.get("order"):
        yield "A place needs an order; add order by ... up to a key to the window."


def _limit(node: exp.Expression) -> Iterator[str]:
    if not node.parent or not node.parent.args.get("order"):
        yield "Which rows a limit keeps needs an order; add order by ... up to a key."


def _difference(node: exp.Expression) -> Iterator[str]:
    if node.text("unit").upper() != "DAY":
        yield "Only days are counted alike; use date_diff('day', a, b), or epoch(b) - epoch(a)."


def _part(node: exp.Expression) -> Iterator[str]:
    if node.name.upper() not in _SAME_PARTS:
        yield DATE_PARTS


def _format(node: exp.Expression) -> Iterator[str]:
    pattern = node.args["format"]
    plain = pattern.name
    for sign in ("%Y", "%m", "%d", "%H", "%M", "%S"):
        plain = plain.replace(sign, "")
    if not pattern.is_string or set(plain) - set("-:/. "):
        yield "strftime() is the same only for %Y, %m, %d, %H, %M and %S with - : / . between them."


def _replacement(node: exp.Expression) -> Iterator[str]:
    pattern, flags = node.expression, node.text("modifiers")
    if flags != "g" and (flags or not pattern.name.startswith("^")):
        yield "It replaces once on one engine, everywhere on the other; begin the pattern with ^ or add 'g'."
    if "\\" in node.text("replacement") or "$" in node.text("replacement"):
        yield "References to groups are written differently; use regexp_extract()."


def _rounding(node: exp.Expression) -> Iterator[str]:
    if node.args.get("decimals") is not None:
        yield "Halves at a decimal place are rounded differently; use round(x * 100) / 100."


def _order(node: exp.Expression) -> Iterator[str]:
    if isinstance(node.parent, exp.AggFunc):
        yield ORDERED_LIST
    if any(
        isinstance(item.this, exp.Var | exp.Column) and item.this.name == "ALL" for item in node.expressions
    ):
        yield "order by all does not translate; name the columns."


def _star(node: exp.Expression) -> Iterator[str]:
    if node.args.get("replace") or node.args.get("rename"):
        yield "* replace does not exist on Spark; write the columns."


def _join(node: exp.Expression) -> Iterator[str]:
    if str(node.args.get("method") or "").upper() in {"ASOF", "POSITIONAL"}:
        yield "ASOF and POSITIONAL JOIN do not exist on Spark; use row_number()."


def _distinct(node: exp.Expression) -> Iterator[str]:
    if node.args.get("on"):
        yield "distinct on keeps an arbitrary row; use row_number() with a full order."


def _set(node: exp.Expression) -> Iterator[str]:
    if node.args.get("by_name"):
        yield "union by name does not exist on Spark; write the columns in the same order."


def _with(node: exp.Expression) -> Iterator[str]:
    if node.args.get("recursive"):
        yield "Recursion was not tried on both engines."


def _like(node: exp.Expression) -> Iterator[str]:
    if not node.expression.is_string or "\\" in node.expression.name:
        yield "A backslash has a meaning of its own on one engine; use a pattern without, or contains()."


def _within(node: exp.Expression) -> Iterator[str]:
    if node.args.get("query"):
        yield "NULL among the rows counts differently; use exists (...) or a join."


def _piece(node: exp.Expression) -> Iterator[str]:
    for place in (node.args.get("start"), node.args.get("expression")):
        from_end = isinstance(place, exp.Neg) and not isinstance(node, exp.Substring)
        if from_end or (isinstance(place, exp.Literal) and place.name == "0"):
            yield "Places in a text count from 1; 0 and negative lengths differ."


def _interval(node: exp.Expression) -> Iterator[str]:
    if not isinstance(node.this, exp.Literal):
        yield COMPUTED_INTERVAL


_CHECKS: dict[str, Callable[[exp.Expression], Iterator[str]]] = {
    "Div": _divisor,
    "Mod": _divisor,
    "Cast": _cast,
    "Window": _window,
    "Limit": _limit,
    "DateDiff": _difference,
    "Extract": _part,
    "TimeToStr": _format,
    "RegexpReplace": _replacement,
    "Round": _rounding,
    "Order": _order,
    "Star": _star,
    "Join": _join,
    "Distinct": _distinct,
    "Union": _set,
    "With": _with,
    "Interval": _interval,
    "Like": _like,
    "ILike": _like,
    "In": _within,
    "Substring": _piece,
    "Left": _piece,
    "Right": _piece,
}
