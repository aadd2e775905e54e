"""How much each model counts, and whether a chance of 10 % comes true one time in ten."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from passend.customers.propensity.columns import Numbers
from passend.customers.propensity.members import log_loss

#: What holds the shares at equal ones, as if that much log loss had been seen for them (a Dirichlet prior).
EQUAL = 3.0


def blend_weights(said: Numbers, target: Numbers, weights: Numbers) -> Numbers:
    """Weights that add up to one and make the blend's log odds best on rows that no part of it had seen.

    Stacking (Wolpert 1992), held to a convex blend (Breiman 1996), which cannot overfit by cancelling. A prior holds
    the shares at equal ones: where few bought, which of two good models is better is mostly luck.

    Args:
        said: log odds by each model (columns) of rows that it had not seen.
        target: 0 or 1.
        weights: of the rows.
    """

    def loss(free: Numbers) -> tuple[float, Numbers]:
        shares = _shares(free)
        log_odds = said @ shares
        slope = (expit(log_odds) - target) * weights / weights.sum()
        by_share = said.T @ slope
        prior = EQUAL / weights.sum()
        slope_of_free = shares * (by_share - shares @ by_share) - prior * (1 - len(shares) * shares)
        told = log_loss(log_odds, target, weights) - prior * float(np.log(np.maximum(shares, 1e-300)).sum())
        return told, slope_of_free

    found = minimize(loss, np.zeros(said.shape[1]), jac=True, method="L-BFGS-B")
    return _shares(found.x)


def _shares(free: Numbers) -> Numbers:
    grown = np.exp(free - free.max())
    return np.asarray(grown / grown.sum())


@dataclass(frozen=True)
class Calibration:
    """A straight line on the log odds (Platt 1999), and how sure its height is.

    Attributes:
        shift: added to the log odds.
        slope: how much the log odds count.
        deviation: standard deviation of the shift.
    """

    shift: float
    slope: float
    deviation: float

    def __call__(self, log_odds: Numbers) -> Numbers:
        """Calibrated log odds."""
        return np.asarray(self.shift + self.slope * log_odds)


def calibrate(log_odds: Numbers, target: Numbers, weights: Numbers) -> Calibration:
    """The line that fits best; a faint prior holds it at 'as it is', so that few rows cannot bend it."""
    prior = np.array([1e-3, 4.0])
    beta = np.array([0.0, 1.0])
    hessian = np.eye(2)
    for _ in range(30):
        p = expit(beta[0] + beta[1] * log_odds)
        slope = weights * (target - p)
        curve = weights * np.maximum(p * (1 - p), 1e-9)
        gradient = np.array([slope.sum(), (slope * log_odds).sum()]) - prior * (beta - (0.0, 1.0))
        hessian = np.array(
            [
                [curve.sum(), (curve * log_odds).sum()],
                [(curve * log_odds).sum(), (curve * log_odds**2).sum()],
            ]
        ) + np.diag(prior)
        step = np.linalg.solve(hessian, gradient)
        beta = beta + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    middle = np.array([1.0, float(np.average(log_odds, weights=weights * expit(log_odds) + 1e-12))])
    variance = middle @ np.linalg.solve(hessian, middle)
    return Calibration(float(beta[0]), float(beta[1]), max(float(variance), 0.0) ** 0.5)
