"""A forecast of the last part of the data, made with the part before, beside two forecasts anybody could make."""

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from passend.customers.lifetime.histories import Histories, patterns
from passend.customers.lifetime.rhythm import Rhythm
from passend.customers.lifetime.value import interval


@dataclass(frozen=True)
class HoldOut:
    """A forecast of the last part of the data, made with the part before.

    Attributes:
        weeks: length of the part that was held out.
        customers: customers known before it.
        expected: orders forecast for it.
        seen: orders that came.
        error: mean absolute error a customer.
        error_of_zero: of the forecast "nobody buys again".
        error_of_pace: of the forecast "each goes on as before".
        correlation: between forecast and seen, over customers; None where one of them does not vary.
        covered: share of customers whose interval held what came.
        level: the chance the intervals were made for.
    """

    weeks: float
    customers: int
    expected: float
    seen: float
    error: float
    error_of_zero: float
    error_of_pace: float
    correlation: float | None
    covered: float
    level: float


def hold_out(rhythm: Rhythm, before: Histories, after: Histories, asked: tuple[float, float]) -> HoldOut:
    """Compare what was forecast with what came.

    Args:
        rhythm: fitted on `before`.
        before: histories up to the cut.
        after: histories of the same customers (and newer ones) up to the end.
        asked: weeks between cut and end, and the level of the intervals.
    """
    weeks, level = asked
    found = patterns(before)
    outlook = rhythm.outlook(found, weeks)
    expected = outlook.orders[found.place]
    place = pc.index_in(before.customers, after.customers).to_numpy()
    seen = after.repeats[place] - before.repeats
    pace = before.repeats / np.maximum(before.watched, 1.0) * weeks
    low, high = interval(outlook.none, outlook.orders, outlook.orders_square, level)
    inside = (seen >= np.floor(low[found.place])) & (seen <= np.ceil(high[found.place]))
    varied = float(np.std(expected)) > 0 and float(np.std(seen)) > 0
    return HoldOut(
        weeks,
        len(before),
        float(expected.sum()),
        float(seen.sum()),
        float(np.abs(expected - seen).mean()),
        float(seen.mean()),
        float(np.abs(pace - seen).mean()),
        float(np.corrcoef(expected, seen)[0, 1]) if varied else None,
        float(inside.mean()),
        level,
    )
