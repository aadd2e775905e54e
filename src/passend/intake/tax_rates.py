"""Columns of tax rates: ``19 %``, ``0,07`` or ``7`` beside each line are no amounts of tax."""

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.assign import assign
from passend.intake.draft import Draft
from passend.intake.numbers import decimal_separator, parse_number
from passend.intake.sample import Sample

#: Rates of value-added and sales tax in use, or lately in use, in per cent; 0 says nothing.
RATES = frozenset((
    2.1, 2.5, 2.6, 3.7, 3.8, 4.0, 4.8, 5.0, 5.5, 6.0, 7.0, 7.7, 8.0, 8.1, 8.5, 9.0, 9.5, 10.0, 11.0, 12.0,
    13.0, 13.5, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 25.5, 27.0,
))  # fmt: skip
_MEANINGS = ("order_tax", "line_tax")
_AMOUNTS = ("order_total", "line_total", "line_gross", "net_price", "unit_price")
#: A file has hardly more rates; one stands beside so many different amounts, in so many orders.
_MOST_RATES, _ORDERS = 6, 3
#: Digits behind which two numbers are the same rate.
_DIGITS = 6


def set_rates_aside(draft: Draft, sample: Sample) -> None:
    """Take the meaning of an amount of tax back from columns of rates, and say so."""
    for meaning in _MEANINGS:
        column = draft.only(meaning)
        if column is None or draft.is_given(column) or not _holds_rates(draft, sample, column):
            continue
        draft.drop(meaning)
        draft.rates.add(column)
        draft.notes.append(f"'{column}' holds rates of tax, not amounts of it; it is not needed.")
        others = {
            name: fact
            for name, fact in sample.facts.items()
            if name not in draft.choices and name not in draft.rates
        }
        draft.take(assign(others, (meaning,)))


def _holds_rates(draft: Draft, sample: Sample, column: str) -> bool:
    """Whether the values are few, usual as rates, and beside amounts that have not that tax in common."""
    texts = sample.values[column]
    if len(texts) > _MOST_RATES:
        return False
    decimal = decimal_separator(texts)
    numbers = {text: parse_number(text, decimal) for text in texts}
    values = {text: number.value for text, number in numbers.items() if number is not None and number.value}
    if not values or any(number is None for number in numbers.values()):
        return False
    if all(number.percent for text, number in numbers.items() if number and text in values):
        return True
    in_hundreds = {round(100 * value, _DIGITS) for value in values.values()}
    if not (_usual(values.values()) or _usual(in_hundreds)):
        return False
    return any(_stands_beside_many(draft, sample, column, text) for text in values)


def _usual(values: Collection[float]) -> bool:
    return {round(value, _DIGITS) for value in values} <= RATES


def _stands_beside_many(draft: Draft, sample: Sample, column: str, text: str) -> bool:
    """Whether a value comes in several orders of different amounts, as a tax in money does not."""
    rows = sample.head.filter(pc.equal(sample.head.column(column), text))
    order = draft.only("order_id")
    if order is not None and _different(rows, order) < _ORDERS:
        return False
    amounts = [name for meaning in _AMOUNTS if (name := draft.only(meaning)) is not None]
    return rows.num_rows >= _ORDERS and any(_different(rows, name) >= _ORDERS for name in amounts)


def _different(rows: pa.Table, column: str) -> int:
    return int(pc.count_distinct(rows.column(column)).as_py())
