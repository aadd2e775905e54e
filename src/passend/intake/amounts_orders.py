"""Whether orders add up: lines - discount of the order = subtotal, and with shipping and tax = total."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from passend.intake.amounts import A_CENT, Amounts

#: What an amount named for the whole order may take off it: beside its lines' discounts, together with them, nothing.
READINGS = ("order_discount", "all_discounts", "")
_MOSTLY = 0.95


@dataclass(frozen=True)
class OrderSums:
    """Amounts of orders, one value each; NaN where the file does not tell.

    Attributes:
        net: the lines after their own discounts.
        off: the lines' own discounts.
        reduction: what the file names as the order's discount.
        subtotal: as the file gives it; shipping, tax and total likewise.
    """

    net: Amounts
    off: Amounts
    reduction: Amounts
    subtotal: Amounts
    shipping: Amounts
    tax: Amounts
    total: Amounts

    def reduced(self, reading: str) -> Amounts:
        """What the goods of an order cost in the end, by one reading of its discount."""
        reduction = np.abs(np.nan_to_num(self.reduction))
        if reading == "all_discounts":
            reduction = np.maximum(reduction - self.off, 0.0)
        return self.net - (reduction if reading else 0.0)


@dataclass(frozen=True)
class Check:
    """One way in which orders may add up.

    Attributes:
        against: ``subtotal`` or ``total``.
        after: which discounts are off it: those of the ``order`` as well, only those of its ``lines``, or none.
        with_shipping: shipping comes on top.
        with_tax: tax comes on top.
    """

    against: str
    after: str = "order"
    with_shipping: bool = False
    with_tax: bool = False

    def holds(self, sums: OrderSums, reading: str) -> Amounts:
        """1 for orders that add up to the cent, 0 for others, NaN where there is nothing to compare."""
        expected = sums.reduced(reading) if self.after == "order" else sums.net
        if not self.after:
            expected = sums.net + sums.off
        if self.with_shipping:
            expected = expected + np.nan_to_num(sums.shipping)
        if self.with_tax:
            expected = expected + np.nan_to_num(sums.tax)
        found = sums.subtotal if self.against == "subtotal" else sums.total
        return np.where(np.isnan(found) | np.isnan(expected), np.nan, np.abs(found - expected) <= A_CENT)

    def words(self, reading: str) -> str:
        """The sum in words: ``lines - order discount + shipping = total``."""
        parts = "lines" if self.after else "lines before discounts"
        if self.after == "order" and reading:
            parts += (
                " - order discount"
                if reading == "order_discount"
                else " - the order's discounts beyond theirs"
            )
        parts += " + shipping" if self.with_shipping else ""
        parts += " + tax" if self.with_tax else ""
        return f"{parts} = {self.against}"


@dataclass(frozen=True)
class Adding:
    """How the orders of a file add up best.

    Attributes:
        reading: of their discount.
        check: the sum that holds for most of them.
        share: the share that it holds for.
        told: whether the sums decide the reading, or it is the likeliest because they do not.
        before_it: a subtotal is the lines before the discount of the order, or there was nothing to take off any more.
    """

    reading: str
    check: Check | None
    share: float
    told: bool
    before_it: bool = False


def checks_of(sums: OrderSums) -> list[Check]:
    """The ways in which the orders of a file can be compared at all; the plainest first."""
    found = []
    if np.isfinite(sums.subtotal).any():
        found += [Check("subtotal"), Check("subtotal", after="lines"), Check("subtotal", after="")]
    if np.isfinite(sums.total).any():
        shipping = [False, True] if np.nansum(np.abs(sums.shipping)) > 0 else [False]
        tax = [False, True] if np.nansum(np.abs(sums.tax)) > 0 else [False]
        found += [Check("total", with_shipping=s, with_tax=t) for s, t in product(shipping, tax)]
    return found


def add_up(sums: OrderSums, readings: Iterable[str]) -> Adding:
    """The reading under which most orders add up.

    Args:
        sums: the orders.
        readings: what may be taken off, the likeliest first.

    Returns:
        The best reading. That lines are the subtotal says nothing of what is taken off them later, so it does not
        prove that a discount is off already.
    """
    readings = list(readings)
    checks = checks_of(sums)
    reduced = np.abs(np.nan_to_num(sums.reduction)) > 0
    scores: dict[str, float] = {}
    for reading in readings:
        telling = [
            check for check in checks if check.after == "order" and (reading or check.against == "total")
        ]
        shares = [_share(check.holds(sums, reading)[reduced]) for check in telling]
        scores[reading] = max((share for share in shares if not np.isnan(share)), default=np.nan)
    known = {reading: score for reading, score in scores.items() if not np.isnan(score)}
    told = bool(known) and max(known.values()) >= 0.5
    if told:
        reading = max(readings, key=lambda each: scores[each])
    else:
        spread = reduced.any() and _share(_close(sums.off[reduced], np.abs(sums.reduction[reduced]))) >= 0.95
        reading = "all_discounts" if spread and "all_discounts" in readings else readings[0]
    held = {check: _share(check.holds(sums, reading)) for check in checks}
    held = {check: share for check, share in held.items() if not np.isnan(share)}
    best = max(held, key=lambda check: held[check], default=None)
    before_it = not told and _share(Check("subtotal", after="lines").holds(sums, "")[reduced]) >= _MOSTLY
    told = told or not reduced.any() or len(readings) == 1
    return Adding(reading, best, held[best] if best else np.nan, told, before_it)


def _close(one: Amounts, other: Amounts) -> Amounts:
    return (np.abs(one - other) <= A_CENT).astype(np.float64)


def _share(verdicts: Amounts) -> float:
    known = verdicts[~np.isnan(verdicts)]
    return float(known.mean()) if known.size else np.nan


def sums_of(
    order: NDArray[np.int64],
    lines: tuple[Amounts, Amounts],
    columns: dict[str, Amounts],
    by_order: frozenset[str],
) -> OrderSums:
    """The amounts of orders, from rows.

    Args:
        order: for each row the number of its order, from 0.
        lines: net amount and discount of each row.
        columns: ``reduction``, ``subtotal``, ``shipping``, ``tax``, ``total`` by row, as far as there are.
        by_order: which of them speak of the whole order on each of its rows (or its first), and so count once.
    """
    orders = int(order.max()) + 1 if order.size else 0

    def of(name: str) -> Amounts:
        values = columns.get(name)
        if values is None:
            return np.full(orders, np.nan)
        known = np.isfinite(values)
        sums = np.full(orders, np.nan)
        if name in by_order:
            np.fmax.at(sums, order[known], values[known])
            return sums
        sums[order[known]] = 0.0
        np.add.at(sums, order[known], values[known])
        return sums

    net, off = (np.bincount(order, np.nan_to_num(part), orders).astype(np.float64) for part in lines)
    return OrderSums(net, off, of("reduction"), of("subtotal"), of("shipping"), of("tax"), of("total"))
