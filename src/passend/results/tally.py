"""The counts that tell whether a comparison is sound, by cohort and arm."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.results.distributions import ndtr
from passend.results.figures import ARMS


@dataclass(frozen=True)
class Tally:
    """Counts by cohort, treated in the first column and held-out in the second.

    Attributes:
        people: eligible customers.
        exposed: of them, those who came to a contact or would have.
        contacted: of them, those to whom something was really sent.
        in_both: of them, those who are in both arms.
        chances: expected number in the treated arm, of those with a logged chance.
        chance_variance: variance of that number.
        with_chance: customers with a logged chance.
        least_chance: lowest logged chance of being treated; not a number where none is logged.
        most_chance: highest.
        early: orders in the first half of closed windows.
        late: orders in their second half.
        early_squares: sum of squares of a customer's early orders.
        late_squares: of late ones.
        early_late: sum of their products.
        closed: customers whose window is closed.
        provisional: customers whose returns are not complete.
        too_early: customers whose contact was on a day before they became eligible.
        unsent: customers who came to a contact, and nothing was sent.
        days: sum of days from the beginning of the cohort's week to eligibility.
        days_squares: sum of their squares.
        hours: sum of the hours of the day of eligibility.
        hours_squares: sum of their squares.
        bought_before: customers who had bought before.
        spenders: customers with revenue in the window.
        log_spend: sum of the logarithm of that revenue.
        log_squares: sum of its squares.
        weeks: the Monday of each cohort.
    """

    people: NDArray[np.float64]
    exposed: NDArray[np.float64]
    contacted: NDArray[np.float64]
    in_both: NDArray[np.float64]
    chances: NDArray[np.float64]
    chance_variance: NDArray[np.float64]
    with_chance: NDArray[np.float64]
    too_early: NDArray[np.float64]
    unsent: NDArray[np.float64]
    days: NDArray[np.float64]
    days_squares: NDArray[np.float64]
    hours: NDArray[np.float64]
    hours_squares: NDArray[np.float64]
    bought_before: NDArray[np.float64]
    spenders: NDArray[np.float64]
    log_spend: NDArray[np.float64]
    log_squares: NDArray[np.float64]
    least_chance: float
    most_chance: float
    weeks: NDArray[np.datetime64]
    early: NDArray[np.float64]
    late: NDArray[np.float64]
    early_squares: NDArray[np.float64]
    late_squares: NDArray[np.float64]
    early_late: NDArray[np.float64]
    closed: NDArray[np.float64]
    provisional: NDArray[np.float64]


_BY_COHORT = (
    "people", "exposed", "contacted", "in_both", "chances", "chance_variance", "with_chance", "early", "late",
    "early_squares", "late_squares", "early_late", "closed", "provisional", "too_early", "unsent", "days",
    "days_squares", "hours", "hours_squares", "bought_before", "spenders", "log_spend", "log_squares",
)  # fmt: skip


def tally_of(rows: pa.Table) -> Tally:
    """The counts of one phase, by cohort and arm."""
    cohorts = sorted(set(rows["cohort"].to_pylist()))
    place = np.asarray([cohorts.index(one) for one in rows["cohort"].to_pylist()], dtype=np.int64)
    arm = np.asarray([ARMS.index(one) for one in rows["arm"].to_pylist()], dtype=np.int64)
    counts = {}
    for name in _BY_COHORT:
        counts[name] = np.zeros((len(cohorts), 2))
        counts[name][place, arm] = rows[name].to_numpy()
    least, most = pc.min(rows["least_chance"]).as_py(), pc.max(rows["most_chance"]).as_py()
    return Tally(
        least_chance=np.nan if least is None else float(least),
        most_chance=np.nan if most is None else float(most),
        weeks=np.asarray(cohorts, dtype="datetime64[D]"),
        **counts,
    )


def means_apart(
    people: NDArray[np.float64], total: NDArray[np.float64], squares: NDArray[np.float64]
) -> tuple[float, float]:
    """How far the means of the arms are apart, treated less held-out, and the chance of so much by Welch's error."""
    means = total / people
    spread = np.maximum(squares - people * means**2, 0) / np.maximum(people - 1, 1)
    apart, error = float(means[0] - means[1]), float(np.sqrt((spread / people).sum()))
    return apart, float(2 * ndtr(-abs(apart) / max(error, 1e-9)))
