"""Was the treatment given by lot? If not: with which chance, and does every kind of customer occur in every arm?

Where a kind of customer always (or never) got the treatment, no method can tell what it did to them.
"""

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from sklearn.linear_model import LogisticRegression

from passend.customers.uplift.bases import TREES
from passend.customers.uplift.design import Floats, Ints
from passend.vocabulary import CannotBeMeasured

SMALLEST_CHANCE = 0.02  # below it, one customer would stand for more than 50
SMALLEST_SAMPLE = 100.0  # customers an arm must be worth after weighting
LARGEST_LOSS = 0.5  # share of customers without comparison above which nothing is measured
CLEAR = 3.3  # standard errors by which features must predict the treatment: one chance in 2,000
FOLDS = 2


@dataclass(frozen=True)
class Assignment:
    """How treatments came to customers.

    Attributes:
        random: whether the features do not predict the treatment (or the chances were given).
        chance: of each arm for each customer.
        clearness: standard errors by which the features predict the treatment better than the shares do.
        outside: share of customers without comparison.
        sample: for each arm, how many customers it is worth after weighting.
        inside: customers with comparison.
    """

    random: bool
    chance: Floats
    clearness: float
    outside: float
    sample: tuple[float, ...]
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]]


class ChanceModel:
    """The chance of each arm by features: logistic or, where they tell more, a few trees."""

    def __init__(self, x: Floats, arm: Ints, arms: int, *, kind: str) -> None:
        self.arms = arms
        self.mean, spread = x.mean(axis=0), x.std(axis=0)
        self.spread = np.where(spread > 1e-12, spread, np.inf)
        self.share = np.bincount(arm, minlength=arms) / len(arm)
        self.kind = kind
        if kind == "logistic":
            self.model = LogisticRegression(C=1.0, max_iter=300).fit(self._scaled(x), arm)
        elif kind == "trees":
            data = lgb.Dataset(x, arm, params={"verbose": -1, "max_bin": 63})
            # Fast enough to reach a chance of nearly 0 where there is one: that is what overlap is about.
            quick = {
                "objective": "multiclass",
                "num_class": arms,
                "min_data_in_leaf": 20,
                "learning_rate": 0.15,
            }
            self.model = lgb.train({**TREES, **quick, "lambda_l2": 0.1}, data, num_boost_round=50)

    def predict(self, x: Floats) -> Floats:
        """Customers x arms."""
        if self.kind == "logistic":
            found = np.zeros((len(x), self.arms))
            found[:, self.model.classes_] = self.model.predict_proba(self._scaled(x))
            return found
        if self.kind == "trees":
            return np.asarray(self.model.predict(x, num_threads=1), np.float64).reshape(len(x), self.arms)
        return np.tile(self.share, (len(x), 1))

    def _scaled(self, x: Floats) -> Floats:
        return np.asarray(np.clip((x - self.mean) / self.spread, -4, 4), np.float64)


def inspect(x: Floats, arm: Ints, arms: int, seed: int) -> tuple[Assignment, ChanceModel]:
    """Find out whether the treatment was given by lot, and the chances where it was not."""
    fold = np.random.default_rng(seed).integers(0, FOLDS, len(arm))
    rows = np.arange(len(arm))
    unseen = {kind: np.zeros((len(arm), arms)) for kind in ("shares", "logistic", "trees")}
    for one in range(FOLDS):
        known, left = fold != one, fold == one
        if len(np.unique(arm[known])) < arms or not x.shape[1]:
            continue
        for kind, into in unseen.items():
            into[left] = ChanceModel(x[known], arm[known], arms, kind=kind).predict(x[left])
    base = np.log(np.maximum(unseen["shares"][rows, arm], 1e-9))
    gain = {kind: np.log(np.maximum(unseen[kind][rows, arm], 1e-9)) - base for kind in ("logistic", "trees")}
    kind = max(gain, key=lambda one: float(gain[one].mean()))
    clearness = max(_clearness(one) for one in gain.values())
    random = clearness < CLEAR
    model = ChanceModel(x, arm, arms, kind="shares" if random else kind)
    chance = model.predict(x) if random else unseen[kind]
    return describe(chance, arm, random=random, clearness=clearness), model


def describe(chance: Floats, arm: Ints, *, random: bool, clearness: float = 0.0) -> Assignment:
    """Which customers have a comparison, and how many each arm is worth."""
    inside = np.all(chance >= SMALLEST_CHANCE, axis=1)
    sample: list[float] = []
    for one in range(chance.shape[1]):
        weight = 1 / chance[(arm == one) & inside, one]
        sample.append(float(weight.sum() ** 2 / (weight**2).sum()) if len(weight) else 0.0)
    return Assignment(random, chance, clearness, float(1 - inside.mean()), tuple(sample), inside)


def verdict(found: Assignment) -> CannotBeMeasured | None:
    """Why nothing can be measured, or None where it can."""
    if found.outside > LARGEST_LOSS or (not found.random and min(found.sample) < SMALLEST_SAMPLE):
        return CannotBeMeasured(
            f"The treatment was not given by lot, and for {found.outside:.0%} of the customers one of the"
            f" treatments hardly ever occurs; what it would have done to them is unknown.",
            "hold out some customers of every kind by lot, in the next campaign",
        )
    return None


def _clearness(gain: Floats) -> float:
    spread = float(gain.std(ddof=1)) if len(gain) > 1 else 0.0
    return float(gain.mean() / spread * np.sqrt(len(gain))) if spread > 0 else 0.0
