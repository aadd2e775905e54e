"""Many campaigns together: each lends the others what is usual, so that a sum of winners is not a sum of luck.

Whoever adds up the campaigns that won adds up their luck as well. Partial pooling pulls each effect towards what
campaigns of its firm usually add, the more so the less it was measured: the normal random-effects model, with the
spread between campaigns by the estimating equation of Paule and Mandel (1982).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.results.looks import once

Amounts = NDArray[np.float64]
#: Campaigns from which on they are pooled.
LEAST_CAMPAIGNS = 3


@dataclass(frozen=True)
class Pooled:
    """All campaigns together.

    Attributes:
        effects: each campaign's effect after pooling.
        errors: their standard errors.
        total: sum of all of them, winners and losers.
        low: lower end of its 95 % interval.
        high: upper end.
        winners: what the sum of those that won would have claimed; never to be shown alone.
        spread: how much campaigns truly differ (standard deviation).
    """

    effects: Amounts
    errors: Amounts
    total: float
    low: float
    high: float
    winners: float
    spread: float


def pool(effects: Amounts, errors: Amounts, sizes: Amounts, reach: float | None = None) -> Pooled:
    """Pool the campaigns' effects.

    Args:
        effects: added per treated customer.
        errors: standard errors.
        sizes: treated customers.
        reach: standard errors from which a campaign counts as a winner.
    """
    between = _between(effects, errors**2)
    weight = 1 / (errors**2 + between)
    centre = float((weight * effects).sum() / weight.sum())
    own = between / (errors**2 + between)
    pulled = own * effects + (1 - own) * centre
    left = np.sqrt(own * errors**2 + (1 - own) ** 2 / weight.sum())
    total = float((pulled * sizes).sum())
    # The common centre moves all campaigns at once; what is left of each varies by itself.
    shared = float(((1 - own) * sizes).sum()) ** 2 / float(weight.sum())
    error = float(np.sqrt((own * errors**2 * sizes**2).sum() + shared))
    wide = once() * error
    won = effects > (once() if reach is None else reach) * errors
    return Pooled(
        pulled,
        left,
        total,
        total - wide,
        total + wide,
        float((effects * sizes)[won].sum()),
        float(np.sqrt(between)),
    )


def _between(effects: Amounts, variances: Amounts) -> float:
    """Variance between campaigns: so that the weighted squares are as many as the campaigns less one."""
    if len(effects) < LEAST_CAMPAIGNS:
        return 0.0

    def excess(between: float) -> float:
        weight = 1 / (variances + between)
        centre = (weight * effects).sum() / weight.sum()
        return float((weight * (effects - centre) ** 2).sum()) - (len(effects) - 1)

    if excess(0.0) <= 0:
        return 0.0
    from scipy.optimize import brentq  # noqa: PLC0415 - slow to import, and only here

    return float(brentq(excess, 0.0, float(np.var(effects, ddof=1)) * 10 + 1e-12))
