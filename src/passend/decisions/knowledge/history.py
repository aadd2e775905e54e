"""What customers did, week by week, as dense arrays: the past as it was known on any Monday."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]

NEVER = 400.0
#: More weeks than any history has.
_WEEKS = 100_000


@dataclass(frozen=True)
class Signals:
    """Signs of interest, coded: purchases and looks, one row each."""

    customer: Ints
    group: Ints
    week: Ints

    def before(self, week: int) -> "Signals":
        """Those of the past."""
        past = self.week < week
        return Signals(self.customer[past], self.group[past], self.week[past])

    def table(self, customers: int, groups: int) -> Matrix:
        """How many by customer and group."""
        found = np.bincount(self.customer * groups + self.group, minlength=customers * groups)
        return found.reshape(customers, groups).astype(np.float32)


@dataclass(frozen=True)
class History:
    """Purchases and looks, coded.

    Attributes:
        customers: how many customers there are.
        shelf: by group of products (variants that meet one need) the code of its category.
        department: by category the code of the one above it.
        since: by customer the week in which the firm came to know them.
        customer: of each purchase, with ``group`` and ``week``; weeks count from 0.
        is_free: of each purchase, whether it was a gift: owned, but no sign of interest.
        looker: of each search, view or cart left behind, with ``looked_group`` and ``looked_week``.
    """

    customers: int
    shelf: Ints
    department: Ints
    since: Ints
    customer: Ints
    group: Ints
    week: Ints
    is_free: NDArray[np.bool_]
    looker: Ints
    looked_group: Ints
    looked_week: Ints

    @property
    def groups(self) -> int:
        """How many groups of products."""
        return len(self.shelf)

    def signals(self, kept: NDArray[np.bool_] | None = None) -> Signals:
        """Purchases (or some of them) and looks as signs of interest."""
        rows = ~self.is_free if kept is None else kept & ~self.is_free
        return Signals(
            np.concatenate([self.customer[rows], self.looker]),
            np.concatenate([self.group[rows], self.looked_group]),
            np.concatenate([self.week[rows], self.looked_week]),
        )

    @cached_property
    def by_week(self) -> dict[int, tuple[Ints, Ints]]:
        """Customers and groups of the purchases of each week, each pair once."""
        order = np.argsort(self.week, kind="stable")
        weeks, first = np.unique(self.week[order], return_index=True)
        ends = np.append(first[1:], len(order))
        found = {}
        for week, begin, end in zip(weeks.tolist(), first.tolist(), ends.tolist(), strict=True):
            rows = order[begin:end]
            pairs = np.unique(self.customer[rows] * self.groups + self.group[rows])
            found[week] = (pairs // self.groups, pairs % self.groups)
        return found

    @cached_property
    def returns(self) -> tuple[Ints, Ints, Ints]:
        """Purchases of a need that the customer had bought before: the pair (one number), the week, the weeks since."""
        done = np.unique((self.customer * self.groups + self.group) * _WEEKS + self.week)
        pair, when = done // _WEEKS, done % _WEEKS
        same = pair[1:] == pair[:-1]
        return pair[1:][same], when[1:][same], (when[1:] - when[:-1])[same]

    def last_bought(self, week: int) -> Matrix:
        """Weeks since each customer last bought of each group, as of the beginning of a week; else ``NEVER``."""
        return _last(self.customer, self.group, self.week, week, (self.customers, self.groups))

    def last_looked(self, week: int) -> Matrix:
        """Weeks since each customer last looked at each group; else ``NEVER``."""
        shape = (self.customers, self.groups)
        return _last(self.looker, self.looked_group, self.looked_week, week, shape)

    def times_bought(self, week: int) -> Matrix:
        """How often each customer bought of each group before a week."""
        past = self.week < week
        pair = self.customer[past] * self.groups + self.group[past]
        found = np.bincount(pair, minlength=self.customers * self.groups)
        return found.reshape(self.customers, self.groups).astype(np.float32)


def _last(who: Ints, what: Ints, when: Ints, week: int, shape: tuple[int, int]) -> Matrix:
    past = when < week
    last = np.full(shape, -1e6, np.float32)
    np.maximum.at(last, (who[past], what[past]), when[past].astype(np.float32))
    return np.minimum(week - last, NEVER).astype(np.float32)
