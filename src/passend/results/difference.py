"""What was added for each customer: the treated against the held-out, by intention to treat.

The usual interval (Welch's) fails where few are held out and few buy: a hold-out that happens to hold small buyers has
a small mean *and* a small variance, so its interval is too narrow just when it is wrong. So the two arms lend each
other the shape of spending. Spend is a number of buyers, each with an amount; its variance is then

    variance of an arm = shape x mean - mean^2,        shape = sum of squares / sum, over both arms,

and an added amount ``d`` is kept if the observed difference is no more than ``reach`` standard errors from it, with the
variances that hold *if d is true*. This is the score interval of Wilson (1927) and of Miettinen and Nurminen (1985),
for amounts in place of shares. At d = 0 it is the test with pooled variance, so test and interval never disagree.

History takes variance out (CUPED: Deng, Xu, Kohavi, Walker, WSDM 2013): the share that it explains is subtracted.
"""

from dataclasses import dataclass

import numpy as np

from passend.results.moments import Moments, Numbers

#: Squares over the squared mean of a buyer, beyond which the amounts are no spend.
_WILD = 100.0


@dataclass(frozen=True)
class Difference:
    """Added per eligible customer, in the unit of the outcome.

    Attributes:
        value: the difference of the means, after history has been taken into account.
        low: lower end of the interval.
        high: upper end.
        error: standard error if nothing was added.
        statistic: value / error; beyond the reach of the look rule something was added, or lost.
        cut: share of the variance that history took out.
        held_out: mean of the held-out: what would have come anyway.
    """

    value: Numbers
    low: Numbers
    high: Numbers
    error: Numbers
    statistic: Numbers
    cut: Numbers
    held_out: Numbers


def difference(treated: Moments, held_out: Moments, reach: Numbers | float) -> Difference:
    """Compare two arms.

    Args:
        treated: all who became eligible and were to be contacted, whether they were or not.
        held_out: all who became eligible and were kept without contact.
        reach: standard errors that the interval reaches to each side; see ``looks``.
    """
    slope, cut = history(treated, held_out)
    value = treated.mean - held_out.mean - slope * (treated.before_mean - held_out.before_mean)
    none, per_unit, bend = _variance_line(treated, held_out, 1 - cut)
    error = np.sqrt(np.maximum(none, 0))
    low, high = _within_reach(value, np.asarray(reach, dtype=np.float64), (none, per_unit, bend))
    statistic = np.divide(value, error, out=np.zeros_like(value), where=error > 0)
    return Difference(value, low, high, error, statistic, cut, held_out.mean)


def history(treated: Moments, held_out: Moments) -> tuple[Numbers, Numbers]:
    """The slope of the outcome on the one before, within arms, and the share of variance that it explains."""
    weights = [np.maximum(arm.people - 1, 0) for arm in (treated, held_out)]
    together, spread, outcome = (
        sum(weight * getattr(arm, name) for weight, arm in zip(weights, (treated, held_out), strict=True))
        for name in ("covariance", "before_variance", "variance")
    )
    usable = (spread > 0) & (outcome > 0)
    slope = np.divide(together, spread, out=np.zeros_like(together), where=usable)
    cut = np.divide(together**2, spread * outcome, out=np.zeros_like(together), where=usable)
    return slope, np.minimum(cut, 1.0)


def unpooled_error(treated: Moments, held_out: Moments) -> Numbers:
    """Welch's standard error of the difference of the means: each arm by its own variance."""
    return np.asarray(
        np.sqrt(
            treated.variance / np.maximum(treated.people, 1)
            + held_out.variance / np.maximum(held_out.people, 1)
        )
    )


def _variance_line(treated: Moments, held_out: Moments, left: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The variance of the difference if ``d`` was added: ``none + per_unit x d + bend x d^2``."""
    both = treated + held_out
    n_t, n_h = np.maximum(treated.people, 1), np.maximum(held_out.people, 1)
    n, mean = n_t + n_h, both.mean
    # If d was added, the held-out's mean is mean - d n_t / n, and the treated's is d more.
    none = both.variance * (1 / n_t + 1 / n_h)
    is_spend = (both.total > 0) & (both.squares * both.active <= _WILD * both.total**2)
    shape = np.divide(both.squares, both.total, out=np.zeros_like(both.total), where=is_spend)
    per_unit = (shape - 2 * mean) * (n_h / n_t - n_t / n_h) / n
    bend = -(n_h**2 / n_t + n_t**2 / n_h) / n**2
    # What is as often a loss as a gain has no shape: the wider of the two plain variances.
    wider = np.maximum(none, unpooled_error(treated, held_out) ** 2)
    none = np.where(is_spend, none, wider)
    return none * left, np.where(is_spend, per_unit, 0.0) * left, np.where(is_spend, bend, 0.0) * left


def _within_reach(
    value: Numbers, reach: Numbers, variance: tuple[Numbers, Numbers, Numbers]
) -> tuple[Numbers, Numbers]:
    """All d with ``(value - d)^2 <= reach^2 (none + per_unit d + bend d^2)``: the roots of a quadratic."""
    none, per_unit, bend = variance
    square = 1 - reach**2 * bend
    line = -2 * value - reach**2 * per_unit
    rest = value**2 - reach**2 * none
    root = np.sqrt(np.maximum(line**2 - 4 * square * rest, 0))
    low, high = (-line - root) / (2 * square), (-line + root) / (2 * square)
    # With a handful of buyers the line can say that what was observed has no variance: it is possible all the same.
    return np.minimum(low, value), np.maximum(high, value)
