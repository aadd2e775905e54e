"""When the next need is likely: the chance of buying in each week after an anchor, for those who have not yet bought.

A discrete-time hazard (Cox 1972; Singer and Willett 1993), shrunk towards its neighbours' level where few are left.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from passend.customers.propensity.columns import Numbers
from passend.errors import InvalidInput
from passend.estimator import Estimator


@dataclass(frozen=True)
class Window:
    """When to ask: the days since the anchor between which the need is likeliest.

    Attributes:
        from_days: beginning.
        to_days: end.
        probability: chance of buying in it, of those who have not bought before it.
        low: lower end of its interval (95 %).
        high: upper end.
    """

    from_days: int
    to_days: int
    probability: float
    low: float
    high: float


class Hazard(Estimator):
    """The time between an anchor (a purchase, a contract's beginning) and what follows.

    Args:
        step_days: width of a step.
        prior_customers: weight of the mean level in each step, in customers.
    """

    learned_in = "alpha_"
    learns_by = "fit(lag_days, is_event)"

    def __init__(self, step_days: int = 7, prior_customers: float = 20.0) -> None:
        if step_days < 1:
            raise InvalidInput("A step has at least one day.", remedy="Use step_days=7 for weeks.")
        self.step_days = step_days
        self.prior_customers = prior_customers

    def fit(self, lag_days: Numbers, is_event: Numbers) -> "Hazard":
        """Learn from lags.

        Args:
            lag_days: days from the anchor to the purchase, or to the end of the data where none was made.
            is_event: whether the purchase was made.

        Raises:
            InvalidInput: lags are negative or missing, or there are none.
        """
        lags, events = np.asarray(lag_days, float), np.asarray(is_event, bool)
        if not len(lags) or len(lags) != len(events):
            raise InvalidInput("There are no lags.", remedy="Give a lag for each customer, bought or not.")
        if not np.isfinite(lags).all() or (lags < 0).any():
            raise InvalidInput(
                "A lag is negative or missing.", remedy="Give days since the anchor, 0 or more."
            )
        step = (lags // self.step_days).astype(int)
        bought = np.bincount(step[events], minlength=step.max() + 1)
        left = np.bincount(step, minlength=step.max() + 1)
        # Who was still without the purchase when the step began; those whose data end in it count half.
        at_risk = left[::-1].cumsum()[::-1] - 0.5 * (left - bought)
        level = bought.sum() / max(at_risk.sum(), 1.0)
        weight = self.prior_customers
        self.alpha_ = bought + weight * level
        self.beta_ = np.maximum(at_risk - bought, 0) + weight * (1 - level)
        self.level_ = float(level)
        return self

    def chance(self, since_days: Numbers, horizon_days: float) -> Numbers:
        """The chance of buying within the horizon, for customers whose anchor lies so many days back."""
        self.insist_fitted()
        since = np.asarray(since_days, float)
        steps = len(self.alpha_)
        hazard = np.append(self.alpha_ / (self.alpha_ + self.beta_), self.level_)
        survival = np.concatenate([[0.0], np.cumsum(np.log1p(-np.minimum(hazard[:steps], 1 - 1e-12)))])

        def lived(days: Numbers) -> Numbers:
            place = days / self.step_days
            whole = np.minimum(place.astype(int), steps)
            inside = np.log1p(-np.minimum(hazard[np.minimum(whole, steps)], 1 - 1e-12))
            return np.asarray(survival[whole] + (place - whole) * inside)

        return np.asarray(-np.expm1(lived(since + horizon_days) - lived(since)))

    def best_window(self, width_days: int = 28) -> Window:
        """The stretch of days since the anchor in which the need is likeliest."""
        self.insist_fitted()
        steps = max(1, round(width_days / self.step_days))
        mean = self.alpha_ / (self.alpha_ + self.beta_)
        begins = np.arange(max(1, len(mean) - steps + 1))
        chances = [-np.expm1(np.log1p(-mean[begin : begin + steps]).sum()) for begin in begins]
        best = int(np.argmax(chances))
        low, high = (
            -np.expm1(np.log1p(-self._quantile(q)[best : best + steps]).mean() * steps)
            for q in (0.025, 0.975)
        )
        return Window(best * self.step_days, (best + steps) * self.step_days, float(chances[best]), low, high)

    def _quantile(self, q: float) -> Numbers:
        return np.asarray(np.minimum(stats.beta.ppf(q, self.alpha_, self.beta_), 1 - 1e-12))
