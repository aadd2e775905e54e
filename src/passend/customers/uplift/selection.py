"""Which learners to believe, and how far: by their value for customers they have not seen.

For each treatment, learners are compared by what their ranking earns over chance, averaged over all budgets. Those
within one standard error of the best are averaged: their differences are noise, and a mean of several is steadier than
any of them. Their effects are then set right by the best straight line from predicted to doubly robust effects
(Chernozhukov et al. 2018), held back by a prior that expects half of the predicted spread.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import truncnorm

from passend.customers.uplift.design import Floats, Ints
from passend.customers.uplift.policy_value import ranking_gain

PRIOR_SLOPE, PRIOR_SPREAD = 0.5, 0.5


@dataclass(frozen=True)
class Choice:
    """What was chosen for one treatment, and why.

    Attributes:
        gains: learner -> what its ranking earned over chance, per customer and averaged over budgets.
        errors: learner -> standard error of that.
        chosen: the learners that are averaged, best first.
        spread: standard deviation of the effects they predict, before they are set right.
        effect: mean effect of the treatment.
        effect_error: its standard error.
        slope: how much of the predicted spread is believed.
        slope_error: its uncertainty.
        middle: mean prediction at which the line has its centre.
    """

    gains: dict[str, float]
    errors: dict[str, float]
    chosen: tuple[str, ...]
    spread: float
    effect: float
    effect_error: float
    slope: float
    slope_error: float
    middle: float


def choose_learners(names: tuple[str, ...], predicted: Floats, effect: Floats, fold: Ints) -> Choice:
    """Compare learners on customers they have not seen.

    Args:
        names: of the learners.
        predicted: standardised predictions, customers x learners, each by a model that has not seen the customer.
        effect: AIPW scores of the treatment's effect.
        fold: of each customer; rankings are compared within folds.
    """
    parts = np.zeros_like(predicted)
    for one in np.unique(fold):
        rows = fold == one
        for place in range(predicted.shape[1]):
            parts[rows, place] = ranking_gain(predicted[rows, place], effect[rows])
    n = len(effect)
    gains, errors = parts.mean(axis=0), parts.std(axis=0, ddof=1) / np.sqrt(n)
    best = int(np.argmax(gains))
    behind = gains[best] - gains
    noise = (parts[:, [best]] - parts).std(axis=0, ddof=1) / np.sqrt(n)
    order = np.argsort(-gains, kind="stable")
    chosen = tuple(int(one) for one in order if behind[one] <= noise[one] or one == best)
    return Choice(
        dict(zip(names, gains.tolist(), strict=True)),
        dict(zip(names, errors.tolist(), strict=True)),
        tuple(names[one] for one in chosen),
        *(0.0,) * 6,
    )


def set_right(predicted: Floats, effect: Floats) -> tuple[float, float, float, float, float]:
    """The line from predicted to doubly robust effects.

    Returns:
        Mean effect, its error, slope, its error, and the middle of the predictions. The slope is the posterior mean
        under a normal prior (one half, plus or minus one half) that is never negative.
    """
    n = len(effect)
    middle = float(predicted.mean())
    off = predicted - middle
    mean, error = float(effect.mean()), float(effect.std(ddof=1) / np.sqrt(n))
    square = float(off @ off)
    if square <= 1e-18 * max(n * mean**2, 1e-18):
        return mean, error, 0.0, 0.0, middle
    slope = float(off @ effect / square)
    left = effect - mean - slope * off
    variance = float((off**2) @ (left**2)) / square**2
    precision = 1 / max(variance, 1e-18) + 1 / PRIOR_SPREAD**2
    centre = (slope / max(variance, 1e-18) + PRIOR_SLOPE / PRIOR_SPREAD**2) / precision
    wide = precision**-0.5
    posterior = truncnorm(-centre / wide, np.inf, loc=centre, scale=wide)
    return mean, error, float(posterior.mean()), float(posterior.std()), middle
