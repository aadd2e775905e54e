"""Whether customers were drawn by lot, and both arms count from the same moment on."""

import numpy as np

from passend.results.difference import unpooled_error
from passend.results.distributions import betainc, chdtrc, ndtr
from passend.results.evidence import Evidence
from passend.results.finding import ALARM, LEAST_EXPECTED, Finding
from passend.results.moments import Moments, Numbers
from passend.results.tally import Tally, means_apart

#: Shares of the held-out in two weeks that differ by less than this factor are of one lottery.
SHARES_APART = 1.5
#: Hours, or days, by which arms must be apart to count from different moments.
CLOCKS_APART = 1.0
#: Points by which the share of a channel must differ between the arms.
CHANNELS_APART = 0.05


def drawing(given: Evidence) -> list[Finding]:
    """All that is wrong with the draw."""
    return [
        *_sample_ratio(given.tally),
        *_changed_shares(given.tally),
        *_shares_by_week(given.tally),
        *_shifted_clock(given.tally),
        *_unlike_channels(given),
        *_unlike_before(given.uncapped.treated, given.uncapped.held_out),
    ]


def sample_ratio(treated: float, people: float, expected: float, variance: float) -> float:
    """Chance of a ratio at least as odd as this, if customers were drawn with the chances that were logged.

    Exact where the chances are alike; the usual chi-square alarms ten times too often where eight are expected in an
    arm. Where they differ, by the binomial distribution of the same mean and variance.
    """
    if min(expected, people - expected) < LEAST_EXPECTED or variance <= 0:
        return 1.0
    share = 1 - variance / expected
    draws = max(expected / share, treated)
    fewer = 1.0 if treated >= draws else float(betainc(draws - treated, treated + 1, 1 - share))
    more = 1.0 if treated <= 0 else float(betainc(treated, draws - treated + 1, share))
    return min(1.0, 2 * min(fewer, more))


def _sample_ratio(tally: Tally) -> list[Finding]:
    """Over all, and cohort by cohort: a fault of one week hides in the sum."""
    drawn = tally.with_chance.sum(axis=1)
    # Expected among those with a chance, so only those are counted.
    treated, expected, variance = (
        tally.with_chance[:, 0], tally.chances.sum(axis=1), tally.chance_variance.sum(axis=1)
    )  # fmt: skip
    overall = sample_ratio(treated.sum(), drawn.sum(), expected.sum(), variance.sum())
    each = [sample_ratio(*row) for row in zip(treated, drawn, expected, variance, strict=True)]
    worst = int(np.argmin(each)) if each else 0
    if overall < ALARM:
        week, found = "", (treated.sum(), drawn.sum(), expected.sum())
    elif each and each[worst] * len(each) < ALARM:
        week, found = " in one week", (treated[worst], drawn[worst], expected[worst])
    else:
        return []
    return [
        Finding(
            "sample ratio",
            f"{found[0]:,.0f} of {found[1]:,.0f} eligible customers are in the treated arm{week}, "
            f"{found[2]:,.0f} were expected: somebody is lost on the way to one of the arms.",
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


def _shares_by_week(tally: Tally) -> list[Finding]:
    """Where no chance was logged, the arms must at least stand in the same proportion every week."""
    people = tally.people.sum(axis=1)
    whole = float(people.sum())
    if tally.with_chance.sum() or not whole:
        return []
    held = float(tally.people[:, 1].sum()) / whole
    judged = people * min(held, 1 - held) >= LEAST_EXPECTED
    if judged.sum() < 2:
        return []
    people, found = people[judged], tally.people[judged, 1]
    held = float(found.sum() / people.sum())
    odd = float(((found - held * people) ** 2 / (held * (1 - held) * people)).sum())
    shares = found / people
    least, most = float(shares.min()), float(shares.max())
    if chdtrc(len(people) - 1, odd) >= ALARM or most < SHARES_APART * least:
        return []
    return [
        Finding(
            "changed shares",
            f"No chances are logged, and of some weeks {least:.1%} were held out, of others {most:.1%}: customers of "
            "different times are compared. Start a new phase when shares change.",
            is_grave=True,
        )
    ]


def _shifted_clock(tally: Tally) -> list[Finding]:
    """Who is eligible when has nothing to do with the arm; a later start in one arm leaves out what came before."""
    people = tally.people.sum(axis=0)
    if min(people) < 2 * LEAST_EXPECTED:
        return []
    begins = (tally.weeks - tally.weeks[0]).astype(np.float64)[:, None]
    days = (tally.days + begins * tally.people).sum(axis=0)
    squares = (tally.days_squares + 2 * begins * tally.days + begins**2 * tally.people).sum(axis=0)
    apart = _apart(people, days, squares)
    if apart:
        later = "treated" if apart > 0 else "held-out"
        return [
            Finding(
                "shifted clock",
                f"The {later} became eligible {abs(apart):.1f} days later on average than the other arm: the two do "
                "not count from the same moment on.",
                is_grave=True,
            )
        ]
    hours = _apart(people, tally.hours.sum(axis=0), tally.hours_squares.sum(axis=0))
    if not hours:
        return []
    return [
        Finding(
            "shifted clock",
            f"By the time of day, the arms became eligible {abs(hours):.1f} hours apart: one of them is in another "
            "time zone, or counts from another moment on.",
            is_grave=True,
        )
    ]


def _apart(people: Numbers, total: Numbers, squares: Numbers) -> float:
    """How far the means of the arms are apart; 0 where that may be chance or does not matter."""
    apart, chance = means_apart(people, total, squares)
    return apart if abs(apart) >= CLOCKS_APART and chance < ALARM else 0.0


def _unlike_channels(given: Evidence) -> list[Finding]:
    """The held-out walk the same way, so the channels of their would-be contacts are those of the treated."""
    known = {
        value: np.array([float(arms.treated.people), float(arms.held_out.people)])
        for (name, value), arms in sorted(given.groups.items())
        if name == "channel" and value not in {"any", "unknown"}
    }
    if len(known) < 2:
        return []
    counts = np.stack(list(known.values()))
    arms, whole = counts.sum(axis=0), counts.sum()
    logged = arms / np.maximum(given.tally.people.sum(axis=0), 1)
    if min(logged) < max(logged) / 2:  # one arm's channels are hardly logged
        return []
    expected = counts.sum(axis=1, keepdims=True) * arms / whole
    judged = expected.min(axis=1) >= LEAST_EXPECTED
    if judged.sum() < 2:
        return []
    odd = float(((counts - expected) ** 2 / expected)[judged].sum())
    shares = counts / arms
    worst = int(np.argmax(np.where(judged, np.abs(shares[:, 0] - shares[:, 1]), -1.0)))
    one, other = (float(share) for share in shares[worst])
    if chdtrc(judged.sum() - 1, odd) >= ALARM or abs(one - other) < CHANNELS_APART:
        return []
    return [
        Finding(
            "unlike channels",
            f"{one:.1%} of the treated go through {list(known)[worst]}, and {other:.1%} of the held-out would have: "
            "they were not drawn by lot.",
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
