"""How much each model counts, and whether a chance of 10 % comes true one time in ten."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from passend.customers.propensity.columns import Numbers
from passend.customers.propensity.members import Judged, log_loss

#: Half-lives, in rows, that are tried for how fast the past loses its weight; the last is: it never does.
HALF_LIVES = (100.0, 200.0, 400.0, 1600.0, 6400.0, np.inf)
#: What a block told counts less with each block that follows it.
FADING = 0.9
MOST_KEPT = 20_000
#: What holds the shares at equal ones, as if that much log loss had been seen for them (a Dirichlet prior).
EQUAL = 3.0


def blend_weights(judged: Sequence[Judged], target: Numbers, weights: Numbers) -> Numbers:
    """Weights that add up to one and make the blend's log odds best on rows that no part of it had seen.

    Stacking (Wolpert 1992), held to a convex blend (Breiman 1996), which cannot overfit by cancelling. A prior holds the
    shares at equal ones: where few bought, which of two good models is better is mostly luck.
    """
    said = np.column_stack([one.unseen for one in judged])

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
        half_life: rows after which what was seen counts half; infinite where nothing drifts.
    """

    shift: float
    slope: float
    deviation: float
    half_life: float = np.inf

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


class Follower:
    """Calibration where the rows are in the order of time and the world drifts: the past loses its weight.

    How fast is learned by doing as in earnest: each block of rows is told from the rows before it, and the half-life
    that told best, the latest blocks counting most, is used for the next. Only the past is ever used.

    Args:
        log_odds: what the models said of rows they had not seen, in the order of time.
        target: what came of them.
        blocks: blocks of the latest half of the rows that are told in this way to begin with.
    """

    def __init__(self, log_odds: Numbers, target: Numbers, blocks: int = 12) -> None:
        cuts = np.linspace(len(target) // 2, len(target), blocks + 1).astype(int)
        self._said, self._came = log_odds[: cuts[0]], target[: cuts[0]]
        self._losses = np.zeros(len(HALF_LIVES))
        self._draw_lines()
        for begin, end in itertools.pairwise(cuts):
            self.follow(log_odds[begin:end], target[begin:end])

    def follow(self, log_odds: Numbers, target: Numbers) -> None:
        """Take in the next rows, after judging every half-life by what it said of them."""
        if not len(target):
            return
        ones = np.ones(len(target))
        found = np.array([log_loss(line(log_odds), target, ones) for line in self._lines])
        self._losses = self._losses * FADING + found * len(target)
        self._said = np.concatenate([self._said, log_odds])[-MOST_KEPT:]
        self._came = np.concatenate([self._came, target])[-MOST_KEPT:]
        self._draw_lines()

    @property
    def best(self) -> Calibration:
        """The calibration for the rows that come next."""
        return self._lines[int(np.argmin(self._losses))]

    def _draw_lines(self) -> None:
        self._lines = [_line(self._said, self._came, half_life) for half_life in HALF_LIVES]


def _line(log_odds: Numbers, target: Numbers, half_life: float) -> Calibration:
    """Half-lives say how fast the height changes; the slope is learned over ten times as long."""
    age = np.arange(len(target))[::-1]
    recent = age < 20 * half_life
    log_odds, target, age = log_odds[recent], target[recent], age[recent]
    slow = calibrate(log_odds, target, 0.5 ** (age / (10 * half_life)))
    shape = slow.slope * log_odds
    weights = 0.5 ** (age / half_life)
    # One customer's worth of the long run holds the height where hardly anything is recent.
    shift, curve = slow.shift, 1.0
    for _ in range(20):
        p = expit(shift + shape)
        curve = float((weights * p * (1 - p)).sum()) + 1.0
        step = float((weights * (target - p)).sum() - (shift - slow.shift)) / curve
        shift += float(np.clip(step, -2, 2))
        if abs(step) < 1e-8:
            break
    return Calibration(shift, slow.slope, float(np.sqrt(1 / curve)), half_life)
