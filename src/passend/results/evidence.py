"""All that the checks of a comparison look at: one phase of a campaign, before anybody reads what it found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.results.figures import ARMS, NOBODY, Arms
from passend.results.tally import Tally


@dataclass(frozen=True)
class OrderDays:
    """Orders by day, so that days without any are seen.

    Attributes:
        days: growing.
        orders: how many.
    """

    days: NDArray[np.datetime64] = field(default_factory=lambda: np.zeros(0, dtype="datetime64[D]"))
    orders: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


def by_arm(rows: pa.Table) -> tuple[OrderDays, OrderDays]:
    """Orders within the windows by day, treated and held-out: every day from the first to the last of both."""
    if not rows.num_rows:
        return OrderDays(), OrderDays()
    day = rows["day"].to_numpy().astype("datetime64[D]")
    days = np.arange(day.min(), day.max() + np.timedelta64(1, "D"))
    orders = np.zeros((2, len(days)))
    arm = np.asarray([ARMS.index(one) for one in rows["arm"].to_pylist()], dtype=np.int64)
    np.add.at(orders, (arm, (day - day.min()).astype(np.int64)), rows["orders"].to_numpy())
    return OrderDays(days, orders[0]), OrderDays(days, orders[1])


@dataclass(frozen=True)
class Doubled:
    """Lines that stand twice, where they are thickest.

    Attributes:
        arm: whose they are; empty for those of a day, of both arms.
        begin: the first day of that week, or the day.
        lines: all lines then.
        repeated: of them, those that are the same as another.
    """

    arm: str
    begin: datetime
    lines: int
    repeated: int


@dataclass(frozen=True)
class Evidence:
    """One phase.

    Attributes:
        tally: counts by cohort.
        uncapped: the outcome without a cap.
        orders: number of orders.
        groups: (slice, value) -> arms of that group.
        first_at: when the first customer became eligible.
        last_at: when the last one did.
        as_of: the end of the data.
        window_days: days from eligibility in which orders count.
        days: orders within the windows, treated and held-out, of the same days.
        calendar: orders of the whole firm, of days with any.
        doubled: lines that stand twice; None where they are few, or where nobody looked.
    """

    tally: Tally
    uncapped: Arms
    orders: Arms = NOBODY
    groups: Mapping[tuple[str, str], Arms] = field(default_factory=dict)
    first_at: datetime = datetime(1970, 1, 1)
    last_at: datetime = datetime(1970, 1, 1)
    as_of: datetime = datetime(1970, 1, 1)
    window_days: int = 30
    days: tuple[OrderDays, OrderDays] = field(default_factory=lambda: (OrderDays(), OrderDays()))
    calendar: OrderDays = field(default_factory=OrderDays)
    doubled: Doubled | None = None
