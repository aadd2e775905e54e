"""Files without a header: what the columns mean, told from their content alone, as far as it can be told."""

import re
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.assign import Choice
from passend.intake.sample import Facts, Sample

_NAMELESS = re.compile(r"column_\d+")
_GUESS = 0.4


def has_no_header(columns: Iterable[str]) -> bool:
    """Whether the reader had to make the column names up."""
    return all(_NAMELESS.fullmatch(name) for name in columns)


def guess(sample: Sample) -> list[Choice]:
    """The meanings that the content suggests, one column each."""
    left = {name: fact for name, fact in sample.facts.items() if fact.filled > 0 and fact.distinct > 1}
    chosen: list[Choice] = []

    def take(meaning: str, column: str | None, reason: str) -> None:
        if column is not None:
            left.pop(column)
            chosen.append(Choice(column, meaning, _GUESS, f"its content: {reason}"))

    take("ordered_at", _first(left, _is_date), "dates")
    take("product_name", _most_distinct(left, _is_name), "names in several words")
    take("unit_price", _first(left, _is_price), "numbers with decimals")
    ids = {name: fact for name, fact in left.items() if not fact.lettered > 0.9 or fact.distinct > 30}
    order = _order_column(sample.head, ids)
    if order is not None:
        ids.pop(order)
        take("order_id", order, "values that stand for several rows in a row")
    take("quantity", _first(left, _is_quantity), "small whole numbers")
    ids = {name: fact for name, fact in ids.items() if name in left}
    product = _product_column(sample.head, ids, order)
    if product is not None:
        ids.pop(product)
        take("product_id", product, "values that differ within an order and come back in others")
    take(
        "customer_id",
        _customer_column(sample.head, ids, order),
        "one value for each order, with several orders",
    )
    return chosen


def _first(left: dict[str, Facts], test: object) -> str | None:
    return next((name for name, fact in left.items() if test(fact)), None) if callable(test) else None


def _most_distinct(left: dict[str, Facts], test: object) -> str | None:
    fitting = [name for name, fact in left.items() if callable(test) and test(fact)]
    return max(fitting, key=lambda name: left[name].distinct, default=None)


def _is_date(fact: Facts) -> bool:
    return fact.date > 0.95 and (fact.number < 0.5 or 19_000_000 < fact.middle < 21_010_000)


def _is_name(fact: Facts) -> bool:
    return fact.lettered > 0.9 and fact.spaced > 0.5 and fact.number < 0.1


def _is_price(fact: Facts) -> bool:
    return fact.number > 0.95 and fact.whole < 0.8 and fact.middle > 0


def _is_quantity(fact: Facts) -> bool:
    return fact.whole > 0.98 and fact.distinct <= max(3, fact.rows // 10) and abs(fact.middle) <= 200


def _runs(column: pa.Array) -> int:
    if len(column) < 2:
        return len(column)
    return 1 + (pc.sum(pc.not_equal(column.slice(1), column.slice(0, len(column) - 1))).as_py() or 0)


def _order_column(head: pa.Table, ids: dict[str, Facts]) -> str | None:
    """The narrowest column whose equal values stand together, several rows each."""
    fitting: dict[str, int] = {}
    for name in ids:
        column = head.column(name).combine_chunks().fill_null("")
        distinct = pc.count_distinct(column).as_py()
        if _runs(column) <= distinct * 1.1 and 2 <= distinct <= len(column) / 1.2:
            fitting[name] = distinct
    return max(fitting, key=lambda name: fitting[name], default=None)


def _product_column(head: pa.Table, ids: dict[str, Facts], order: str | None) -> str | None:
    """The column with the most values that seldom repeats from one row to the next."""
    fitting = {
        name: fact.distinct
        for name, fact in ids.items()
        if _runs(head.column(name).combine_chunks().fill_null("")) > head.num_rows * 0.7
        and (order is None or _distinct_within(head, order, name) > 0.9)
    }
    return max(fitting, key=lambda name: fitting[name], default=None)


def _customer_column(head: pa.Table, ids: dict[str, Facts], order: str | None) -> str | None:
    for name, fact in ids.items():
        if fact.distinct <= 2:
            continue
        if order is None or head.group_by([order, name]).aggregate([]).num_rows <= 1.02 * _count(head, order):
            return name
    return None


def _distinct_within(head: pa.Table, order: str, name: str) -> float:
    """How many rows of an order hold a value of their own."""
    return float(head.group_by([order, name]).aggregate([]).num_rows / max(1, head.num_rows))


def _count(head: pa.Table, name: str) -> int:
    return int(pc.count_distinct(head.column(name), mode="all").as_py())
