"""What a customer's orders say about rhythm: repeats, latest repeat, time watched, usual amount.

These four numbers are all that the models of lifetime value need (Fader, Hardie and Lee 2005). Customers with the same
numbers share one row, so that millions of customers become a few thousand rows.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.errors import InvalidInput
from passend.tables.frames import amounts, as_table, insist_on_names, moments

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WEEK_DAYS = 7.0
AMOUNTS = ("revenue_cents", "amount_cents", "value_cents")


@dataclass(frozen=True)
class Histories:
    """One row a customer.

    Attributes:
        customers: identifiers, sorted.
        repeats: days with an order after the first one.
        latest: weeks from the first to the latest order; 0 without repeats.
        watched: weeks from the first order to the end of the data.
        spend: mean amount of a repeat day in major units (euro, dollar); NaN without repeats or without prices.
        first_spend: amount of the first day in major units; NaN without prices.
        end: last day looked at.
        left_out: rows without customer or time, or after the end.
    """

    customers: pa.Array
    repeats: Floats
    latest: Floats
    watched: Floats
    spend: Floats
    first_spend: Floats
    end: date
    left_out: int

    def __len__(self) -> int:
        return len(self.repeats)


@dataclass(frozen=True)
class Patterns:
    """Customers with the same repeats, latest and watched, counted.

    Attributes:
        repeats: as in `Histories`.
        latest: as in `Histories`.
        watched: as in `Histories`.
        count: customers with this pattern.
        place: for each customer, the row of its pattern.
    """

    repeats: Floats
    latest: Floats
    watched: Floats
    count: Floats
    place: Ints


def read_histories(orders: Any, until: date | datetime | None = None) -> Histories:
    """Order lines as histories; the orders of one day count as one.

    Args:
        orders: needs customer_id and ordered_at; revenue_cents, or quantity and unit_price_cents, give the amounts.
            Lines with a quantity that is not positive (returns) are left out.
        until: the last day to look at; by default the last day in the orders.

    Raises:
        InvalidInput: a needed column is missing, or no line can be used.
    """
    table = as_table(orders)
    insist_on_names(
        table, ("customer_id", "ordered_at"), (*AMOUNTS, "quantity", "unit_price_cents"), "orders"
    )
    day = days_of(table.column("ordered_at"), "ordered_at")
    last = None if until is None else day_of(until)
    amount = _amounts(table)
    keep = pc.is_valid(table.column("customer_id")).to_numpy() & ~np.isnan(day)
    if "quantity" in table.column_names:
        quantity = _numbers(table, "quantity")
        keep &= ~(quantity <= 0)
    if last is not None:
        keep &= day <= last
    if not keep.any():
        raise InvalidInput(
            "No order line has a customer and a time"
            + (" up to the given day." if last is not None else "."),
            remedy="check the columns customer_id and ordered_at, and `until`",
        )
    codes, customers = _coded(table.column("customer_id").filter(pa.array(keep)))
    day = day[keep].astype(np.int64)
    end = int(day.max()) if last is None else last
    return _summed(codes, day, amount[keep], (customers, end, int((~keep).sum())))


def patterns(histories: Histories) -> Patterns:
    """Group the customers whose rhythm is the same."""
    latest = np.rint(histories.latest * WEEK_DAYS).astype(np.int64)
    watched = np.rint(histories.watched * WEEK_DAYS).astype(np.int64)
    repeats = histories.repeats.astype(np.int64)
    span = int(watched.max(initial=0)) + 1
    key = (repeats * span + latest) * span + watched
    found, first, place, count = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    del found
    return Patterns(
        histories.repeats[first],
        histories.latest[first],
        histories.watched[first],
        count.astype(np.float64),
        place.astype(np.int64),
    )


def _summed(codes: Ints, day: Ints, amount: Floats, known: tuple[pa.Array, int, int]) -> Histories:
    customers, end, left_out = known
    start = int(day.min())
    key = codes * (end - start + 1) + (day - start)
    found, place = np.unique(key, return_inverse=True)
    spent = np.bincount(place, weights=amount, minlength=len(found)).astype(np.float64)
    who, when = found // (end - start + 1), found % (end - start + 1) + start
    first = np.flatnonzero(np.r_[True, who[1:] != who[:-1]])
    size = np.diff(np.r_[first, len(who)])
    last = first + size - 1
    total = np.add.reduceat(spent, first)
    repeats = (size - 1).astype(np.float64)
    with np.errstate(invalid="ignore"):
        spend = np.where(repeats > 0, (total - spent[first]) / np.maximum(repeats, 1), np.nan)
    return Histories(
        customers,
        repeats,
        (when[last] - when[first]) / WEEK_DAYS,
        (end - when[first]) / WEEK_DAYS,
        spend,
        spent[first],
        date(1970, 1, 1) + timedelta(days=end),
        left_out,
    )


def _coded(column: pa.ChunkedArray) -> tuple[Ints, pa.Array]:
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[encoded.indices.to_numpy()], encoded.dictionary.take(pa.array(order))


def days_of(column: pa.ChunkedArray, name: str) -> Floats:
    """Whole days since 1970, NaN where there is no time.

    Raises:
        InvalidInput: the column holds something else than times.
    """
    days = moments(column, name).cast(pa.int64())
    return np.asarray(np.floor(pc.cast(days, pa.float64()).to_numpy() / 86_400_000_000.0), np.float64)


def day_of(until: date | datetime) -> int:
    """Whole days from 1970 to a date."""
    day = until.date() if isinstance(until, datetime) else until
    return (day - date(1970, 1, 1)).days


def _numbers(table: pa.Table, name: str) -> Floats:
    return np.asarray(amounts(table.column(name), name).to_numpy(), np.float64)


def _amounts(table: pa.Table) -> Floats:
    """Amount of each line in major units; NaN where there is no price."""
    for name in AMOUNTS:
        if name in table.column_names:
            return _numbers(table, name) / 100.0
    if {"quantity", "unit_price_cents"} <= set(table.column_names):
        return _numbers(table, "quantity") * _numbers(table, "unit_price_cents") / 100.0
    return np.full(table.num_rows, np.nan)
