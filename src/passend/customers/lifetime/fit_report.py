"""Does the model fit? Repeats expected against seen, and a forecast of the last part of the data."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.stats import chi2

from passend.customers.lifetime.forecast import HoldOut
from passend.customers.lifetime.histories import Floats, Patterns
from passend.customers.lifetime.rhythm import Rhythm

MOST = 7
FEW = 5.0  # cells with fewer expected customers say little
GOOD_SHARE = 0.05  # share of customers in the wrong cell up to which the fit is called good
GOOD_TOTAL = 0.15  # error of the forecast total up to which it is called good


@dataclass(frozen=True)
class FitReport:
    """Whether to believe the model.

    Attributes:
        model: its name.
        repeats: table with a row for 0, 1, ... 6 and 7 or more repeats: customers seen and expected.
        misplaced: share of customers who would have to change cells for the fit to be perfect.
        p_value: of the chi-square test on these cells; with many customers small misfits are seen, too. None where
            too few cells hold enough customers.
        hold_out: the forecast, where the data are long enough.
        good: whether the cells and, where there is one, the forecast are near enough to be used.
        says: the same in sentences.
    """

    model: str
    repeats: pa.Table
    misplaced: float
    p_value: float | None
    hold_out: HoldOut | None
    good: bool
    says: tuple[str, ...]


def report(rhythm: Rhythm, found: Patterns, hold_out: HoldOut | None) -> FitReport:
    """Compare a fitted model with the customers it was fitted on, and with those who came after."""
    cell = np.minimum(found.repeats, MOST).astype(np.int64)
    seen: Floats = np.asarray(np.bincount(cell, found.count, MOST + 1), np.float64)
    weeks, place = np.unique(found.watched, return_inverse=True)
    chance = rhythm.counts(weeks, MOST)
    expected = np.bincount(place, weights=found.count, minlength=len(weeks)) @ chance
    misplaced = float(np.abs(seen - expected).sum() / 2 / max(seen.sum(), 1))
    p_value = _chi_square(seen, expected, len(rhythm.parameters))
    good = misplaced <= GOOD_SHARE
    says = [
        (
            f"{rhythm.name}: {misplaced:.1%} of the customers have another number of repeats than the model expects"
            f" ({'good' if good else 'poor'}; up to {GOOD_SHARE:.0%} is good)."
        )
    ]
    if hold_out is None:
        says.append("The data are too short to forecast their last part.")
    else:
        off = hold_out.expected / hold_out.seen - 1 if hold_out.seen else float("inf")
        near = abs(off) <= GOOD_TOTAL
        says.append(
            f"Forecast of the last {hold_out.weeks:.0f} weeks: {hold_out.expected:,.0f} orders, seen"
            f" {hold_out.seen:,.0f} ({'good' if near else 'poor'}). Mean error a customer {hold_out.error:.3f};"
            f" 'nobody buys' {hold_out.error_of_zero:.3f}, 'as before' {hold_out.error_of_pace:.3f}."
        )
        good = good and near
    labels = [*(str(k) for k in range(MOST)), f"{MOST}+"]
    table = pa.table({"repeats": labels, "seen": seen, "expected": expected})
    return FitReport(rhythm.name, table, misplaced, p_value, hold_out, good, tuple(says))


def _chi_square(seen: Floats, expected: Floats, parameters: int) -> float | None:
    enough = expected >= FEW
    cells = int(enough.sum()) + int(not enough.all())
    freedom = cells - 1 - parameters
    if freedom < 1:
        return None
    rest_seen, rest_expected = seen[~enough].sum(), expected[~enough].sum()
    value = float(((seen - expected)[enough] ** 2 / expected[enough]).sum())
    if rest_expected > 0:
        value += float((rest_seen - rest_expected) ** 2 / rest_expected)
    return float(chi2.sf(value, freedom))
