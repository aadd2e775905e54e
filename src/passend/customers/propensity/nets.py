"""Small neural nets: smooth surfaces, which neither lines nor trees draw. Several of them, since each falls elsewhere.

One hidden layer under a ridge, stopped early; a bag of them (Hansen and Salamon 1990) is steadier than any one.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from passend.customers.propensity.additive import Basis, design
from passend.customers.propensity.columns import Numbers

HIDDEN = 32
BAG = 2
BATCH = 200
#: Steps of learning after which a net is looked at; how many are best is found on unseen rows.
STAGES = (75, 150, 225, 300)
#: Of the squared weights, on the scale of ``additive.PENALTIES``.
PENALTY = 30.0
#: More rows than this teach a net of this size nothing more.
MOST_ROWS = 20_000
#: What varies less than this is not blown up; standard deviations after which a term counts no further.
LEAST_SCALE, REACH = 0.05, 10.0


@dataclass(frozen=True)
class Scale:
    """The terms that a net sees, and how they are centred and scaled."""

    bases: tuple[Basis, ...]
    centre: Numbers
    width: Numbers

    def __call__(self, numbers: Numbers) -> Numbers:
        """Scaled terms, a row for each customer."""
        return np.asarray(np.clip((design(numbers, self.bases) - self.centre) / self.width, -REACH, REACH))


def learn_scale(numbers: Numbers, bases: Sequence[Basis]) -> Scale:
    """How the terms of these columns are centred and scaled."""
    terms = design(numbers, bases)
    return Scale(tuple(bases), terms.mean(axis=0), np.maximum(terms.std(axis=0), LEAST_SCALE))


@dataclass(frozen=True)
class Net:
    """One net: terms, hidden units, log odds."""

    inner: Numbers
    bias: Numbers
    outer: Numbers
    height: float

    def log_odds(self, terms: Numbers) -> Numbers:
        """What the net says of each row."""
        return np.asarray(np.tanh(terms @ self.inner + self.bias) @ self.outer + self.height)

    def pulls(self, terms: Numbers, steps: int = 4) -> Numbers:
        """How far each term moves the log odds, from the average (integrated gradients, Sundararajan et al. 2017)."""
        turned = terms @ self.inner
        slopes = np.zeros_like(terms)
        for step in range(steps):
            hidden = np.tanh(turned * (step + 0.5) / steps + self.bias)
            slopes += ((1 - hidden**2) * self.outer) @ self.inner.T
        return np.asarray(terms * slopes / steps)


@dataclass(frozen=True)
class Nets:
    """Bags of small nets, one for each fold."""

    bags: tuple[tuple[Net, ...], ...]
    scale: Scale
    name: str = "nets"

    def log_odds(self, numbers: Numbers, folds: Sequence[int]) -> Numbers:
        """What the models of some folds say: a row for each fold."""
        terms = self.scale(numbers)
        return np.vstack(
            [np.mean([net.log_odds(terms) for net in self.bags[fold]], axis=0) for fold in folds]
        )

    def pulls(self, numbers: Numbers, features: int, fold: int) -> Numbers:
        """How far each column moves the log odds of each row."""
        terms, moved, at = self.scale(numbers), np.zeros((len(numbers), features)), 0
        by_term = np.mean([net.pulls(terms) for net in self.bags[fold]], axis=0)
        for basis in self.scale.bases:
            moved[:, basis.column] = by_term[:, at : at + basis.width].sum(axis=1)
            at += basis.width
        return moved


def train(terms: Numbers, target: Numbers, seed: int) -> list[Net]:
    """A net as it is after each of ``STAGES``."""
    random = np.random.RandomState(seed)
    batch = min(BATCH, len(target))
    model = MLPClassifier(
        (HIDDEN,),
        activation="tanh",
        # scikit-learn adds half of alpha times the squares, over the rows of the batch, to the mean loss of the batch.
        alpha=PENALTY * batch / len(target),
        batch_size=batch,
        learning_rate_init=0.002,
        random_state=random,
    )
    nets, done, an_epoch = [], 0, max(1, round(len(target) / batch))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for stage in STAGES:
            while done < stage:
                model.partial_fit(terms, target, classes=[0.0, 1.0])
                done += an_epoch
            inner, outer = (np.asarray(one, np.float64).copy() for one in model.coefs_)
            bias, height = (np.asarray(one, np.float64).copy() for one in model.intercepts_)
            nets.append(Net(inner, bias, outer[:, 0], float(height[0])))
    return nets
