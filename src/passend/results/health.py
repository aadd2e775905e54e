"""Whether a comparison is sound, before anybody reads what it found.

Each check is a question of its own with a chance of a false alarm of one in a thousand, so that a sound campaign is
called unhealthy in less than one of a hundred. People who are in two arms or were contacted though held out are told
and never taken out: who is in two arms is no matter of chance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr

from passend.results.difference import unpooled_error
from passend.results.moments import Moments

ALARM = 0.001
#: Customers that must be expected in each arm before shares are judged.
LEAST_EXPECTED = 8
#: Share, and number, of customers in two arms or contacted though held out from which nothing can be concluded.
TOO_MANY_SHARE, TOO_MANY = 0.01, 10
#: Share of an arm's whole outcome that one customer may hold.
LARGEST_SHARE = 0.25


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a comparison, or that its reader must know.

    Attributes:
        check: its name.
        says: what was found, in a sentence.
        is_grave: whether the comparison must not be believed.
    """

    check: str
    says: str
    is_grave: bool


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
    """

    people: NDArray[np.float64]
    exposed: NDArray[np.float64]
    contacted: NDArray[np.float64]
    in_both: NDArray[np.float64]
    chances: NDArray[np.float64]
    chance_variance: NDArray[np.float64]
    with_chance: NDArray[np.float64]
    least_chance: float
    most_chance: float
    early: NDArray[np.float64]
    late: NDArray[np.float64]
    early_squares: NDArray[np.float64]
    late_squares: NDArray[np.float64]
    early_late: NDArray[np.float64]
    closed: NDArray[np.float64]
    provisional: NDArray[np.float64]


def findings(
    tally: Tally, treated: Moments, held_out: Moments, largest: tuple[float, float]
) -> list[Finding]:
    """All that is wrong with one phase of a campaign, the gravest first.

    Args:
        tally: its counts.
        treated: sums of the uncapped outcome of the treated.
        held_out: of the held-out.
        largest: the largest outcome of a customer in each arm.
    """
    found = [
        *_sample_ratio(tally),
        *_changed_shares(tally),
        *_two_arms(tally),
        *_contaminated(tally),
        *_leakage(tally),
        *_unlike_before(treated, held_out),
        *_truncated(tally),
        *_outliers(treated, held_out, largest),
        *_provisional(tally),
    ]
    return sorted(found, key=lambda one: not one.is_grave)


def is_unhealthy(found: list[Finding]) -> bool:
    """Whether the comparison must not be believed."""
    return any(one.is_grave for one in found)


def sample_ratio(treated: float, people: float, expected: float, variance: float) -> float:
    """Chance of a ratio at least as odd as this, if customers were drawn with the chances that were logged."""
    if min(expected, people - expected) < LEAST_EXPECTED or variance <= 0:
        return 1.0
    return float(chdtrc(1, (treated - expected) ** 2 / variance))


def _sample_ratio(tally: Tally) -> list[Finding]:
    """Over all, and cohort by cohort: a fault of one week hides in the sum."""
    drawn = tally.with_chance.sum(axis=1)
    # Expected among those with a chance, so only those are counted.
    treated, expected, variance = (
        tally.with_chance[:, 0], tally.chances.sum(axis=1), tally.chance_variance.sum(axis=1)
    )  # fmt: skip
    overall = sample_ratio(treated.sum(), drawn.sum(), expected.sum(), variance.sum())
    each = [sample_ratio(*row) for row in zip(treated, drawn, expected, variance, strict=True)]
    worst = min(each, default=1.0) * max(len(each), 1)
    if min(overall, worst) >= ALARM:
        return []
    week = "" if overall < ALARM else " in one week"
    return [
        Finding(
            "sample ratio",
            f"{treated.sum():,.0f} of {drawn.sum():,.0f} eligible customers are in the treated arm{week}, "
            f"{expected.sum():,.0f} were expected: somebody is lost on the way to one of the arms.",
            is_grave=True,
        )
    ]


def _changed_shares(tally: Tally) -> list[Finding]:
    if not np.isfinite(tally.least_chance) or tally.most_chance - tally.least_chance < 0.005:
        return []
    return [
        Finding(
            "changed shares",
            f"The share to be treated went from {tally.least_chance:.1%} to {tally.most_chance:.1%} within one phase: "
            "customers of different times are compared. Start a new phase when shares change.",
            is_grave=True,
        )
    ]


def _two_arms(tally: Tally) -> list[Finding]:
    both = float(tally.in_both.sum() / 2)
    if not both:
        return []
    grave = both >= TOO_MANY and both >= TOO_MANY_SHARE * tally.people.sum()
    return [Finding("two arms", f"{both:,.0f} customers are in both arms; they are counted in both.", grave)]


def _contaminated(tally: Tally) -> list[Finding]:
    wrong = float(tally.contacted[:, 1].sum())
    if not wrong:
        return []
    grave = wrong >= TOO_MANY and wrong >= TOO_MANY_SHARE * tally.people[:, 1].sum()
    return [
        Finding(
            "contaminated hold-out",
            f"{wrong:,.0f} customers who were held out have been contacted; the effect is understated.",
            grave,
        )
    ]


def _leakage(tally: Tally) -> list[Finding]:
    people, exposed = tally.people.sum(axis=0), tally.exposed.sum(axis=0)
    if min(people) < LEAST_EXPECTED or not 0 < exposed.sum() < people.sum():
        return []
    both = exposed.sum() / people.sum()
    error = np.sqrt(both * (1 - both) * (1 / people[0] + 1 / people[1]))
    shares = exposed / people
    if min(exposed.sum(), (people - exposed).sum()) < LEAST_EXPECTED:
        return []
    if 2 * ndtr(-abs(shares[0] - shares[1]) / error) >= ALARM:
        return []
    return [
        Finding(
            "exposure leakage",
            f"{shares[0]:.1%} of the treated came to a contact, and {shares[1]:.1%} of the held-out would have: "
            "the arms do not walk the same way.",
            is_grave=True,
        )
    ]


def _unlike_before(treated: Moments, held_out: Moments) -> list[Finding]:
    """Outcomes before eligibility cannot be an effect, so they must be alike; by the wider of the two variances."""
    before = [
        Moments(arm.people, arm.people, arm.before, arm.before_squares, arm.before, arm.before_squares,
                arm.before_squares)
        for arm in (treated, held_out)
    ]  # fmt: skip
    both = before[0] + before[1]
    pooled = np.sqrt(both.variance * (1 / np.maximum(treated.people, 1) + 1 / np.maximum(held_out.people, 1)))
    error = max(float(unpooled_error(*before)), float(pooled))
    if error <= 0 or min(treated.people, held_out.people) < 2 * LEAST_EXPECTED:
        return []
    odd = float(before[0].mean - before[1].mean) / error
    if 2 * ndtr(-abs(odd)) >= ALARM:
        return []
    return [
        Finding(
            "unlike before",
            f"The treated had brought {float(before[0].mean) / 100:,.2f} each before, the held-out "
            f"{float(before[1].mean) / 100:,.2f}: they were not drawn by lot.",
            is_grave=True,
        )
    ]


def _truncated(tally: Tally) -> list[Finding]:
    """Orders of the second half of the window against the first: a feed that broke shows in one arm, or in both."""
    people = tally.closed.sum(axis=0)
    early, late = tally.early.sum(axis=0), tally.late.sum(axis=0)
    if min(people) < 2 or min(early) < LEAST_EXPECTED or early.sum() + late.sum() < 10 * LEAST_EXPECTED:
        return []
    shares, errors = [], []
    for arm in (0, 1):
        whole = early[arm] + late[arm]
        share = late[arm] / whole
        # The delta method: a customer's late orders less the usual share of all orders.
        squares = (
            (1 - share) ** 2 * tally.late_squares[:, arm].sum()
            + share**2 * tally.early_squares[:, arm].sum()
            - 2 * share * (1 - share) * tally.early_late[:, arm].sum()
        )
        shares.append(share)
        errors.append(np.sqrt(max(squares, 1.0)) / whole)
    apart = abs(shares[0] - shares[1]) / float(np.hypot(*errors))
    said = []
    if 2 * ndtr(-apart) < ALARM:
        said.append(
            f"{shares[0]:.1%} of the orders of the treated fall into the second half of the window, and "
            f"{shares[1]:.1%} of those of the held-out: orders of one arm may be missing."
        )
    if (late.sum() / (early.sum() + late.sum())) < 0.1:
        said.append("Hardly any orders fall into the second half of the window: later orders may be missing.")
    return [Finding("truncation", one, is_grave=True) for one in said]


def _outliers(treated: Moments, held_out: Moments, largest: tuple[float, float]) -> list[Finding]:
    return [
        Finding(
            "outliers",
            f"One {name} customer holds {most / float(arm.total):.0%} of the outcome of that arm; judge by the capped "
            "figures.",
            is_grave=False,
        )
        for name, arm, most in (("treated", treated, largest[0]), ("held-out", held_out, largest[1]))
        if float(arm.total) > 0
        and float(arm.active) >= LEAST_EXPECTED
        and most > LARGEST_SHARE * float(arm.total)
    ]


def _provisional(tally: Tally) -> list[Finding]:
    open_ones = float(tally.provisional.sum())
    if not open_ones:
        return []
    return [
        Finding(
            "late returns",
            f"Windows or returns of {open_ones:,.0f} of {tally.people.sum():,.0f} customers are still open: "
            "figures are provisional.",
            is_grave=False,
        )
    ]
