"""Ways to learn the effect of a treatment on a customer.

S: one model, the treatment as a feature. T: a model for each arm. X: each arm's model judges the other arm's customers.
DR: regress doubly robust scores (Kennedy 2023). R: regress what outcome and treatment leave unexplained (Nie and Wager
2021). P: the effect in proportion to what a customer does anyway. S, T and X as in Kuenzel et al. (2019).

Outcome models used inside DR and R are cross-fitted: no customer is judged by a model that has seen their outcome.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from passend.customers.uplift.bases import BASES, Base, Predictor
from passend.customers.uplift.design import Campaign, Floats, Ints

# Features and expected outcomes of the arms -> effect of each treatment (columns).
Effect = Callable[[Floats, Floats], Floats]
LEARNERS = ("S", "T", "X", "DR", "R", "P")


@dataclass(frozen=True)
class Models:
    """All learners, fitted on the same customers.

    Attributes:
        names: of the learners, such as ``DR linear``.
        effects: for each base, its learners.
        arms: for each base, the outcome model of each arm.
    """

    names: tuple[str, ...]
    effects: tuple[tuple[Effect, ...], ...]
    arms: tuple[tuple[Predictor, ...], ...]

    def predict(self, x: Floats) -> tuple[Floats, Floats]:
        """Effects (customers x learners x treatments) and expected outcomes (customers x arms), means over bases."""
        outcomes = [np.column_stack([arm(x) for arm in arms]) for arms in self.arms]
        found = [
            effect(x, usual)
            for effects, usual in zip(self.effects, outcomes, strict=True)
            for effect in effects
        ]
        return np.stack(found, axis=1), np.asarray(np.mean(outcomes, axis=0), np.float64)


def fit_models(c: Campaign, bases: tuple[str, ...], seed: int) -> Models:
    """Fit every learner on every base."""
    names: list[str] = []
    effects: list[tuple[Effect, ...]] = []
    arms: list[tuple[Predictor, ...]] = []
    halves = folds_of(c, 2, seed)
    for name in bases:
        base = BASES[name]
        outcome = tuple(_fit_arm(c, arm, base) for arm in range(c.treatments + 1))
        inner = _cross_fitted(c, base, halves)
        scores = aipw(c, inner)
        fitted = (
            _s_learner(c, base),
            _t_learner(),
            _x_learner(c, base, outcome),
            _dr_learner(c, base, scores),
            _r_learner(c, base, inner),
            _p_learner(inner, scores),
        )
        names += [f"{learner} {name}" for learner in LEARNERS]
        effects.append(fitted)
        arms.append(outcome)
    return Models(tuple(names), tuple(effects), tuple(arms))


def aipw(c: Campaign, outcomes: Floats) -> Floats:
    """Doubly robust score of each customer under each arm: unbiased where the chances are known.

    Robins, Rotnitzky and Zhao (1994): what the model expects, plus what it missed, over the chance to see it.
    """
    rows = np.arange(len(c))
    scores = outcomes.copy()
    scores[rows, c.arm] += (c.y - outcomes[rows, c.arm]) / c.chance[rows, c.arm]
    return scores


def folds_of(c: Campaign, folds: int, seed: int) -> Ints:
    """A fold for each customer, even within each arm and within low and high outcomes."""
    order = np.random.default_rng(seed).permutation(len(c))
    order = order[np.lexsort((c.y[order], c.arm[order]))]
    fold = np.empty(len(c), np.int64)
    shuffle = np.random.default_rng(seed + 1)
    for start in range(0, len(c), folds):
        block = order[start : start + folds]
        fold[block] = shuffle.permutation(folds)[: len(block)]
    return fold


def _fit_arm(c: Campaign, arm: int, base: Base) -> Predictor:
    rows = c.arm == arm
    return base(c.x[rows], c.y[rows], None)


def _cross_fitted(c: Campaign, base: Base, halves: Ints) -> Floats:
    """Expected outcome under each arm, by models that have not seen the customer."""
    out = np.zeros((len(c), c.treatments + 1))
    for half in (0, 1):
        rest, rows = c.take(halves != half), halves == half
        for arm in range(c.treatments + 1):
            out[rows, arm] = _fit_arm(rest, arm, base)(c.x[rows])
    return out


def _s_learner(c: Campaign, base: Base) -> Effect:
    treatments = c.treatments
    straight = base is BASES["linear"]

    def with_arm(x: Floats, arm: Ints) -> Floats:
        flags = (arm[:, None] == np.arange(1, treatments + 1)).astype(np.float64)
        # A straight line needs products to see that a treatment works better for some; trees find them.
        products = [x * flags[:, [place]] for place in range(treatments)] if straight else []
        return np.hstack([x, flags, *products])

    centre = c.x.mean(axis=0)
    model = base(with_arm(c.x - centre, c.arm), c.y, None)

    def effect(x: Floats, _: Floats) -> Floats:
        ways = [model(with_arm(x - centre, np.full(len(x), arm, np.int64))) for arm in range(treatments + 1)]
        return np.column_stack(ways[1:]) - ways[0][:, None]

    return effect


def _t_learner() -> Effect:
    return lambda _, usual: usual[:, 1:] - usual[:, [0]]


def _x_learner(c: Campaign, base: Base, outcome: tuple[Predictor, ...]) -> Effect:
    control = c.arm == 0
    parts: list[tuple[Predictor, Predictor, float]] = []
    for arm in range(1, c.treatments + 1):
        treated = c.arm == arm
        of_treated = base(c.x[treated], c.y[treated] - outcome[0](c.x[treated]), None)
        of_control = base(c.x[control], outcome[arm](c.x[control]) - c.y[control], None)
        parts.append((of_treated, of_control, float(treated.sum() / (treated.sum() + control.sum()))))
    return lambda x, _: np.column_stack(
        [(1 - share) * of_treated(x) + share * of_control(x) for of_treated, of_control, share in parts]
    )


def _dr_learner(c: Campaign, base: Base, scores: Floats) -> Effect:
    models = [base(c.x, scores[:, arm] - scores[:, 0], None) for arm in range(1, c.treatments + 1)]
    return lambda x, _: np.column_stack([model(x) for model in models])


def _r_learner(c: Campaign, base: Base, inner: Floats) -> Effect:
    models: list[Predictor] = []
    for arm in range(1, c.treatments + 1):
        rows = (c.arm == 0) | (c.arm == arm)
        chance = c.chance[rows, arm] / (c.chance[rows, arm] + c.chance[rows, 0])
        usual = chance * inner[rows, arm] + (1 - chance) * inner[rows, 0]
        left = (c.arm[rows] == arm) - chance
        left = np.where(np.abs(left) < 1e-3, 1e-3, left)
        models.append(base(c.x[rows], (c.y[rows] - usual) / left, left**2))
    return lambda x, _: np.column_stack([model(x) for model in models])


def _p_learner(inner: Floats, scores: Floats) -> Effect:
    usual = float(inner[:, 0].mean())
    effect = scores[:, 1:].mean(axis=0) - scores[:, 0].mean()
    ratio = effect / usual if abs(usual) > 1e-12 else np.zeros(len(effect))
    return lambda _, usual: usual[:, [0]] * ratio[None, :]
