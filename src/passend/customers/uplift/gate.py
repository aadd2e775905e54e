"""The gate: personal treatments only where customers held out prove that they earn more than the best one for all.

On Hillstrom's spend, choosing a mail for each customer earned $1.22 where the best mail to all earned $1.42: what looks
personal is often noise. So each third of the customers in turn is held out; learners are chosen and fitted on the
rest, the best treatment for all is chosen on the rest, too, and the gain of one over the other is measured on the
third. The gate opens if the one-sided 95 % bound of the mean gain is above zero.
"""

from dataclasses import dataclass

import numpy as np

from passend.customers.uplift.design import Campaign, Floats, Ints
from passend.customers.uplift.learners import folds_of
from passend.customers.uplift.learning import Fitted, best_arm, conclude, effects, fit_all, judge
from passend.customers.uplift.policy_value import PolicyValue, followed, mean_value

FOLDS = 3
TWO_SIDED = 0.9  # its lower end is the one-sided 95 % bound


@dataclass(frozen=True)
class GateReport:
    """Whether treatments are chosen personally, and why.

    Attributes:
        opened: whether the bound of the gain is above zero.
        gain: of personal treatments over the best one for all, per customer; ``low`` is the one-sided 95 % bound.
        personal: value of personal treatments.
        uniform: value of each arm given to all, the control first.
        best: the arm that is best for all.
        moved: share of the customers for whom the personal treatment is another than the best for all.
    """

    opened: bool
    gain: PolicyValue
    personal: PolicyValue
    uniform: tuple[PolicyValue, ...]
    best: int
    moved: float


@dataclass(frozen=True)
class Trial:
    """What the held-out customers showed, with the models of each fold for further use."""

    report: GateReport
    fold: Ints
    fitted: list[Fitted]


def try_gate(c: Campaign, cost: Floats, bases: tuple[str, ...], seed: int) -> Trial:
    """Hold out each third in turn and measure the gain of personal treatments on it.

    Args:
        c: the contacts.
        cost: of each arm, in units of the outcome; 0 for the control.
        bases: names of the models to build on.
        seed: of the folds.
    """
    fold = folds_of(c, FOLDS, seed)
    personal, uniform = np.zeros(len(c)), np.zeros(len(c))
    moved = np.zeros(len(c), bool)
    all_scores = np.zeros((len(c), c.treatments + 1))
    fitted: list[Fitted] = []
    for one in range(FOLDS):
        rest, rows = c.take(fold != one), fold == one
        halves = folds_of(rest, 2, seed + 7)
        inner = [fit_all(rest.take(halves != half), bases, seed) for half in (0, 1)]
        seen = judge(rest, halves, inner)
        choices = conclude(inner[0].models.names, seen)
        outer = fit_all(rest, bases, seed)
        fitted.append(outer)
        out = judge(c.take(rows), np.zeros(int(rows.sum()), np.int64), [outer])
        scores = out.scores
        all_scores[rows] = scores
        arms = best_arm(effects(outer.models.names, choices, out.standard)[0], cost)
        same = np.full(len(arms), int(np.argmax(seen.scores.mean(axis=0) - cost)), np.int64)
        personal[rows], uniform[rows] = followed(scores, arms, cost), followed(scores, same, cost)
        moved[rows] = arms != same
    gain = mean_value(personal - uniform, TWO_SIDED)
    each = tuple(mean_value(all_scores[:, arm] - cost[arm], TWO_SIDED) for arm in range(c.treatments + 1))
    best = int(np.argmax([one.value for one in each]))
    report = GateReport(
        bool(moved.any() and gain.low > 0),
        gain,
        mean_value(personal, TWO_SIDED),
        each,
        best,
        float(moved.mean()),
    )
    return Trial(report, fold, fitted)
