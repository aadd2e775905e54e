"""Purchases customer by customer, oldest first: the form in which sequences are counted."""

# Numba's functions take their arguments by position
from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from passend.errors import InvalidInput
from passend.kernels.grouping import grouped
from passend.kernels.partitions import in_threads


@dataclass(frozen=True)
class Window:
    """Which later purchases count: those at least `min_days` and at most `max_days` after.

    Attributes:
        min_days: At least 1: within a day the order of purchases is not known.
        max_days: At least `min_days`.
        first_only: Only a customer's first purchase of each product counts, before and after.
    """

    min_days: int = 1
    max_days: int = 365
    first_only: bool = False


class Histories(NamedTuple):
    """Purchases customer by customer, oldest first."""

    starts: NDArray[np.int64]  # (customers + 1)
    products: NDArray[np.int32]  # (purchases)
    days: NDArray[np.int32]  # (purchases)
    heads: NDArray[np.int64]  # (products + 1), where a product's places start
    places: NDArray[np.uint32]  # (purchases), into products and days, by product
    owners: NDArray[np.int32]  # (purchases), the customer of each place


def histories(
    customer: NDArray[np.int32],
    product: NDArray[np.int32],
    day: NDArray[np.integer[Any]],
    numbers: tuple[int, int],
    window: Window,
    workers: int,
) -> Histories:
    """Purchases by customer and time, each product once a day (or once ever), and where each product lies."""
    n_customers, n_products = numbers
    if len(day) and not -(2**31) <= int(day.min()) <= int(day.max()) < 2**31:
        raise InvalidInput("A day lies beyond 2,147,483,647.", remedy="Give days, not seconds.")
    starts, order = grouped(customer, np.arange(len(customer), dtype=np.uint32), n_customers, workers)
    products = product[order]
    days = np.ascontiguousarray(day, dtype=np.int32)[order]
    kept = np.zeros(n_customers + 1, dtype=np.int64)
    cuts = np.unique(np.linspace(0, n_customers, 8 * workers + 1).astype(np.int64))
    in_threads(
        lambda part: _put_in_time(
            part[0], part[1], starts, products, days, kept, n_products, window.first_only
        ),
        list(pairwise(cuts)),
        workers,
    )
    np.cumsum(kept, out=kept)
    _close_gaps(starts, kept, products, days)
    products, days = products[: kept[-1]].copy(), days[: kept[-1]].copy()
    heads, places, owners = _places(kept, products, n_products)
    return Histories(kept, products, days, heads, places, owners)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _put_in_time(
    first: int,
    last: int,
    starts: NDArray[np.int64],
    products: NDArray[np.int32],
    days: NDArray[np.int32],
    kept: NDArray[np.int64],
    n_products: int,
    first_only: bool,
) -> None:
    """Sort purchases of customers first ... last - 1 by day; drop a day's repeats (or all but the first)."""
    owner = np.full(n_products, -1, dtype=np.int64)
    for customer in range(first, last):
        start, stop = starts[customer], starts[customer + 1]
        keys = np.empty(stop - start, dtype=np.int64)
        for i in range(stop - start):
            keys[i] = (np.int64(days[start + i]) << 32) | np.int64(products[start + i])
        keys.sort()
        write = start
        for i in range(len(keys)):
            product = np.int32(keys[i] & 0xFFFFFFFF)
            repeated = owner[product] == customer if first_only else i > 0 and keys[i] == keys[i - 1]
            owner[product] = customer
            if not repeated:
                products[write] = product
                days[write] = np.int32(keys[i] >> 32)
                write += 1
        kept[customer + 1] = write - start


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _close_gaps(
    starts: NDArray[np.int64], kept: NDArray[np.int64], products: NDArray[np.int32], days: NDArray[np.int32]
) -> None:
    """Move every customer's purchases to where they belong after repeats were dropped."""
    for customer in range(len(starts) - 1):
        shift = starts[customer] - kept[customer]
        for place in range(kept[customer], kept[customer + 1]):
            products[place] = products[place + shift]
            days[place] = days[place + shift]


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _places(
    starts: NDArray[np.int64], products: NDArray[np.int32], n_products: int
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int32]]:
    """Where each product lies, and whose purchase it is."""
    heads = np.zeros(n_products + 1, dtype=np.int64)
    for product in products:
        heads[product + 1] += 1
    for product in range(n_products):
        heads[product + 1] += heads[product]
    head = heads.copy()
    places = np.empty(len(products), dtype=np.uint32)
    owners = np.empty(len(products), dtype=np.int32)
    for customer in range(len(starts) - 1):
        for place in range(starts[customer], starts[customer + 1]):
            where = head[products[place]]
            places[where] = place
            owners[where] = customer
            head[products[place]] = where + 1
    return heads, places, owners
