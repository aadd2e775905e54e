"""Whether what customers bought is all there, once, and in one unit."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from passend.results.distributions import betainc, ndtr
from passend.results.evidence import Evidence
from passend.results.figures import ARMS, Arms
from passend.results.finding import ALARM, LEAST_EXPECTED, SURELY, Finding
from passend.results.tally import Tally, means_apart

#: Share of an arm's whole outcome that one customer may hold.
LARGEST_SHARE = 0.25
#: Customers without a single outcome, ever, among whom somebody should have bought.
NOBODY_OF = 500
#: Factor between the usual amounts of the arms that no offer brings about.
UNITS_APART = 5.0
#: Days without an order from which on one asks why.
LEAST_GAP = 5
#: Share of the orders of a stretch of days below which an arm lacks them, and how long stretches are.
LACKING, _STRETCHES = 0.1, (7, 14, 21)
#: Orders late in the window of one arm over those of the other, from which on a short-lived effect is no explanation.
LATE_APART = 0.5
_DAY = np.timedelta64(1, "D")


def buying(given: Evidence) -> list[Finding]:
    """All that is wrong with outcomes."""
    return [
        *_no_outcomes(given),
        *_truncated(given.tally),
        *_missing_days(given),
        *_unlike_amounts(given.tally),
        *_doubled(given),
        *_outliers(given.uncapped),
        *_machines(given.orders),
        *_gaps(given),
    ]


def _no_outcomes(given: Evidence) -> list[Finding]:
    """An arm, or everybody, without a single outcome where there should be many."""
    arms = (given.uncapped.treated, given.uncapped.held_out)
    people, active = ([float(getattr(one, name)) for one in arms] for name in ("people", "active"))
    if min(people) < 1:
        return []
    for arm, other in ((0, 1), (1, 0)):
        if not active[arm] and active[other] * people[arm] / people[other] >= SURELY:
            return [
                Finding(
                    "no outcomes",
                    f"None of {people[arm]:,.0f} {ARMS[arm]} customers brought anything, and {active[other]:,.0f} of "
                    f"{people[other]:,.0f} of the other arm did: outcomes of one arm are missing.",
                    is_grave=True,
                )
            ]
    tally = given.tally
    if sum(active) or tally.closed.sum() * 2 < tally.people.sum():
        return []
    before = float(tally.bought_before.sum())
    # The history may be of a year; who bought in it buys in a window at least in proportion.
    if before * given.window_days / 365 >= SURELY:
        return [
            Finding(
                "no outcomes",
                f"Nobody brought anything in the window, although {before:,.0f} of {sum(people):,.0f} customers had "
                "bought before: are dates right, and all orders there?",
                is_grave=True,
            )
        ]
    if not before and sum(people) >= NOBODY_OF and given.calendar.orders.sum() >= SURELY:
        return [
            Finding(
                "no outcomes",
                f"None of {sum(people):,.0f} customers ever brought anything: do their numbers fit together?",
                is_grave=True,
            )
        ]
    return []


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
    # An effect that wears off raises early orders and leaves the late ones: no fault.
    rates = late / people
    said = []
    if 2 * ndtr(-apart) < ALARM and min(rates) < LATE_APART * max(rates):
        said.append(
            f"{shares[0]:.1%} of the orders of the treated fall into the second half of the window, and "
            f"{shares[1]:.1%} of those of the held-out: orders of one arm may be missing."
        )
    if (late.sum() / (early.sum() + late.sum())) < 0.1:
        said.append("Hardly any orders fall into the second half of the window: later orders may be missing.")
    return [Finding("truncation", one, is_grave=True) for one in said]


def _missing_days(given: Evidence) -> list[Finding]:
    """One, two or three weeks in which one arm has next to no orders, and the other has them as always."""
    tally, (treated, held_out) = given.tally, given.days
    counts = np.stack([treated.orders, held_out.orders])
    whole = float((tally.early + tally.late).sum())
    if min(counts.sum(axis=1), default=0.0) < LEAST_EXPECTED or not whole:
        return []
    squares = tally.early_squares + tally.late_squares + 2 * tally.early_late
    scatter = max(float(squares.sum()) / whole, 1.0)  # some customers order often
    found = []
    for length in _STRETCHES:
        if counts.shape[1] < 2 * length:
            continue
        inside = np.cumsum(np.pad(counts, ((0, 0), (1, 0))), axis=1)
        inside = inside[:, length:] - inside[:, :-length]
        outside = counts.sum(axis=1, keepdims=True) - inside
        both, share = inside.sum(axis=0), outside / np.maximum(outside.sum(axis=0), 1)
        for arm in (0, 1):
            expected = both * share[arm]
            # The binomial chance of so few, as the incomplete beta function.
            rest = np.maximum(inside[1 - arm] / scatter, 1e-9)
            chance = betainc(rest, inside[arm] / scatter + 1, share[1 - arm])
            lacks = (inside[arm] < LACKING * expected) & (expected >= LEAST_EXPECTED)
            found += [(chance[at], arm, at, length, expected[at]) for at in np.flatnonzero(lacks)]
    if not found or min(found)[0] * 2 * len(_STRETCHES) * counts.shape[1] >= ALARM:
        return []
    _, arm, at, length, expected = min(found)
    got = float(counts[arm, at : at + length].sum())
    begin, end = (treated.days[one].item() for one in (at, at + length - 1))
    return [
        Finding(
            "gap",
            f"From {begin:%Y-%m-%d} to {end:%Y-%m-%d}, {got:,.0f} orders of the {ARMS[arm]} are known and "
            f"{expected:,.0f} were to be expected: orders of one arm are missing.",
            is_grave=True,
        )
    ]


def _unlike_amounts(tally: Tally) -> list[Finding]:
    """What buyers usually spend, by the mean of logarithms: an offer does not multiply it, another unit does."""
    buyers = tally.spenders.sum(axis=0)
    if min(buyers) < LEAST_EXPECTED:
        return []
    apart, chance = means_apart(buyers, tally.log_spend.sum(axis=0), tally.log_squares.sum(axis=0))
    times = float(np.exp(abs(apart)))
    if times < UNITS_APART or chance >= ALARM:
        return []
    return [
        Finding(
            "unlike amounts",
            f"Buyers of one arm usually spent {times:,.0f} times as much as those of the other: the amounts "
            "may be in another unit or currency.",
            is_grave=True,
        )
    ]


def _doubled(given: Evidence) -> list[Finding]:
    one = given.doubled
    if one is None:
        return []
    if one.arm:
        says = (
            f"{one.repeated:,.0f} of {one.lines:,.0f} lines of the {one.arm} stand twice in the week of "
            f"{one.begin:%Y-%m-%d}: a file may have been read twice."
        )
    else:
        says = (
            f"{one.repeated:,.0f} of {one.lines:,.0f} lines stand twice on {one.begin:%Y-%m-%d}: a file may have been "
            "read twice."
        )
    return [Finding("doubled lines", says, is_grave=True)]


def _outliers(arms: Arms) -> list[Finding]:
    found = []
    for name, arm, most, least in zip(
        ARMS, (arms.treated, arms.held_out), arms.largest, arms.smallest, strict=True
    ):
        total, rest = float(arm.total), float(arm.total) - least
        if float(arm.active) < LEAST_EXPECTED:
            continue
        if total > 0 and most > LARGEST_SHARE * total:
            found.append(
                f"One {name} customer holds {most / total:.0%} of the outcome of that arm; judge by the capped figures."
            )
        if least < 0 < rest and -least > LARGEST_SHARE * rest:
            found.append(
                f"The loss of one {name} customer is {-least / rest:.0%} of what the others of that arm brought, and "
                "no cap holds it: look whether that return is right."
            )
    return [Finding("outliers", says, is_grave=False) for says in found]


def _machines(orders: Arms) -> list[Finding]:
    """A customer who orders all the time is a reseller or a test."""
    found = []
    for name, arm, most in zip(ARMS, (orders.treated, orders.held_out), orders.largest, strict=True):
        if float(arm.active) >= LEAST_EXPECTED and most > max(LARGEST_SHARE * float(arm.total), SURELY):
            found.append(
                f"One {name} customer placed {most / float(arm.total):.0%} of the orders of that arm: is it a test or "
                "a reseller?"
            )
    return [Finding("outliers", says, is_grave=False) for says in found]


def _gaps(given: Evidence) -> list[Finding]:
    """Days in a row without any order in the whole firm, within the windows, longer than it ever rests."""
    days = given.calendar.days
    if not len(days):
        return []
    end = np.datetime64(given.as_of, "D")
    known = [*days[days < end], end]
    gaps = sorted(
        ((int((later - day) / _DAY) - 1, day + _DAY) for day, later in pairwise(known)), reverse=True
    )
    if not gaps or gaps[0][0] < LEAST_GAP or (len(gaps) > 1 and gaps[0][0] < 2 * gaps[1][0]):
        return []
    length, begin = gaps[0]
    closes = np.datetime64(given.last_at + timedelta(days=given.window_days), "D")
    last = min(begin + length * _DAY, closes) - _DAY
    inside = int((last - max(begin, np.datetime64(given.first_at, "D"))) / _DAY) + 1
    expected = _usual(given, begin) * inside
    if inside < LEAST_GAP or expected < SURELY:
        return []
    return [
        Finding(
            "gap",
            f"There is no order at all from {begin.item():%Y-%m-%d} to {last.item():%Y-%m-%d}, and {expected:,.0f} "
            "were to be expected: was the shop closed, or is a file missing?",
            is_grave=False,
        )
    ]


def _usual(given: Evidence, before: np.datetime64) -> float:
    """Orders a day in the eight weeks before a day."""
    days: NDArray[np.datetime64] = given.calendar.days
    begin = max(before - 56 * _DAY, days[0])
    recent = (days >= begin) & (days < before)
    return float(given.calendar.orders[recent].sum()) / max(int((before - begin) / _DAY), 1)
