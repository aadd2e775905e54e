"""What happened at a firm up to today, as coded arrays: all that a decision is learned from.

Customers and products are numbered in the order of their identifiers. Weeks count from 0; the present is the beginning
of week ``week``. The contract tables make a past (``flow``), and so does the simulated market; both give the same.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from passend.decisions.knowledge.history import Floats, History, Ints

Flags = NDArray[np.bool_]
#: A week, in days.
DAYS = 7.0


@dataclass(frozen=True)
class Rows:
    """Columns of one length."""

    def rows(self, kept: Flags | Ints) -> Self:
        """Some of the rows."""
        return type(self)(*(getattr(self, one.name)[kept] for one in fields(self)))


@dataclass(frozen=True)
class Goods(Rows):
    """Products.

    Attributes:
        group: code of the need that a product meets; see ``groups.py``.
        share: its share of what is sold of the group, where the group is a whole category; 1 for variants.
        price: of a usual purchase, minor units; not a number where no price is known.
        cost: of a usual purchase; what is not known is assumed from the price.
        is_assumed: whether the cost is.
        at_risk: what is lost of goods that come back spoiled is taken from this; 0 for contracts and services.
        same: code of what it is whatever the pack.
        amount: in the pack, where it can be compared with other packs of the same; else not a number.
    """

    group: Ints
    share: Floats
    price: Floats
    cost: Floats
    is_assumed: Flags
    at_risk: Floats
    same: Ints
    amount: Floats

    @property
    def margin(self) -> Floats:
        """Price less cost."""
        return self.price - self.cost

    @cached_property
    def known_price(self) -> Floats:
        """The price, and the middle one where none is known: for what is learned from prices."""
        known = self.price[np.isfinite(self.price) & (self.price > 0)]
        usual = float(np.median(known)) if len(known) else 1.0
        return np.where(np.isfinite(self.price) & (self.price > 0), self.price, usual)

    @cached_property
    def dearness(self) -> Floats:
        """By product the log of its price over the mean of its group."""
        price = np.log(self.known_price)
        groups = int(self.group.max(initial=-1)) + 1
        mean = np.bincount(self.group, price, groups) / np.maximum(
            np.bincount(self.group, minlength=groups), 1
        )
        return np.asarray(price - mean[self.group])


@dataclass(frozen=True)
class Sales(Rows):
    """Lines that were sold: to whom, what, when.

    Attributes:
        day: days since the beginning of week 0.
        is_reduced: sold below the list price.
        is_back: has come back by today.
        is_free: a gift or a free part: owned, but no sign of a need.
    """

    customer: Ints
    product: Ints
    day: Floats
    is_reduced: Flags
    is_back: Flags
    is_free: Flags

    @cached_property
    def week(self) -> Ints:
        """The week of each."""
        return np.asarray(np.floor(self.day / DAYS), np.int64)


@dataclass(frozen=True)
class Looks(Rows):
    """Views, searches, and what was put or left in carts; by need, since who looks has not chosen a variant."""

    customer: Ints
    group: Ints
    week: Ints


@dataclass(frozen=True)
class Touches(Rows):
    """Offers of products that were made, or held back to measure what they add.

    Attributes:
        channel: code in the order of ``Channel``.
        day: days since the beginning of week 0.
        chance: probability of this decision, not a number where nothing was drawn.
        is_noticed: opened, clicked, accepted or declined.
        has_withdrawn: the customer withdrew the permission.
        is_held_out: nothing was sent.
    """

    customer: Ints
    product: Ints
    channel: Ints
    day: Floats
    discount: Floats
    chance: Floats
    is_noticed: Flags
    has_withdrawn: Flags
    is_held_out: Flags

    @cached_property
    def week(self) -> Ints:
        """The week of each."""
        return np.asarray(np.floor(self.day / DAYS), np.int64)


@dataclass(frozen=True)
class Service(Rows):
    """What service cost, in minor units."""

    customer: Ints
    cents: Floats


@dataclass(frozen=True)
class Past:
    """What happened.

    Attributes:
        customers: how many there are.
        today: the present, naive UTC: the midnight on which week ``week`` begins.
        week: the present.
        shelf: by group the code of its category.
        department: by shelf the code of the category above it; -1 for what has no category.
        item_cents: cost of handling an item.
        return_cents: cost of handling a return.
        return_most_share: of the price, which this never exceeds where it is assumed.
    """

    customers: int
    today: datetime
    week: int
    goods: Goods
    shelf: Ints
    department: Ints
    sales: Sales
    looks: Looks
    touches: Touches
    service: Service
    item_cents: float = 0.0
    return_cents: float = 0.0
    return_most_share: float = np.inf

    @property
    def groups(self) -> int:
        """How many needs."""
        return len(self.shelf)

    @cached_property
    def sent(self) -> Touches:
        """Offers that reached customers."""
        return self.touches.rows(~self.touches.is_held_out)

    @cached_property
    def history(self) -> History:
        """Purchases and looks by need."""
        since = np.full(self.customers, self.week, np.int64)
        np.minimum.at(since, self.sales.customer, self.sales.week)
        department = np.where(self.department < 0, self.department.max(initial=-1) + 1, self.department)
        return History(
            self.customers, self.shelf, department, since,
            self.sales.customer, self.goods.group[self.sales.product], self.sales.week, self.sales.is_free,
            self.looks.customer, self.looks.group, self.looks.week,
        )  # fmt: skip

    def part(self, customers: Ints) -> "Past":
        """The past of some customers, given in order; they are numbered anew."""
        place = np.full(self.customers, -1, np.int64)
        place[customers] = np.arange(len(customers))

        parts = {}
        for name in ("sales", "looks", "touches", "service"):
            rows = getattr(self, name)
            kept = rows.rows(place[rows.customer] >= 0)
            parts[name] = replace(kept, customer=place[kept.customer])
        return replace(self, customers=len(customers), **parts)


def in_order(past: Past) -> Past:
    """The same past with its rows in an order of their own, so that sums do not hang on who handed them over."""
    parts = {}
    for name in ("sales", "looks", "touches", "service"):
        rows = getattr(past, name)
        columns = [getattr(rows, one.name) for one in fields(rows)[:3]]
        parts[name] = rows.rows(np.lexsort(columns[::-1]))
    return replace(past, **parts)


def midnight_after(moment: datetime) -> datetime:
    """The first midnight that is not before a moment."""
    day = datetime(moment.year, moment.month, moment.day)
    return day if day == moment else day + timedelta(days=1)


def clock_of(ages: list[Floats]) -> tuple[int, list[Floats]]:
    """The present week, so that the oldest event is in week 0; and of each event its day; ``ages``: days until today.

    What is dated after today has a day below 0.
    """
    oldest = max((float(one.max(initial=0.0)) for one in ages), default=0.0)
    week = int(np.ceil(oldest / DAYS))
    return week, [np.where(one > 0, week * DAYS - one, -1.0) for one in ages]
