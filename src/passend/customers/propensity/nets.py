"""Small neural nets: smooth surfaces, which neither lines nor trees draw. Several of them, since each falls elsewhere.

One hidden layer under a ridge, stopped early; a bag of them (Hansen and Salamon 1990) is steadier than any one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from passend.customers.propensity.additive import Basis, design
from passend.customers.propensity.columns import Numbers

HIDDEN = 32
BAG = 2
BATCH = 200
#: Steps of learning after which a net is looked at; how many are best is found on unseen rows.
STAGES = (75, 150, 225, 300)
#: How far a step goes at most, about.
RATE = 0.002
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
    """A net as it is after each of ``STAGES``.

    The nets are those of scikit-learn's ``MLPClassifier.partial_fit``, step by step. It checks all that it is given
    before each round over the rows, which with few rows takes several times as long as the steps.
    """
    random = np.random.RandomState(seed)
    rows, batch = len(target), min(BATCH, len(target))
    # Half of it times the squares, over the rows of the batch, is added to the mean loss of the batch.
    ridge = PENALTY * batch / rows
    parts = [*_drawn(random, terms.shape[1], HIDDEN), *_drawn(random, HIDDEN, 1)]
    adam, nets, done = _Adam(parts), [], 0
    for stage in STAGES:
        while done < stage:
            order = np.arange(rows)
            random.shuffle(order)
            for begin in range(0, rows, batch):
                few = order[begin : begin + batch]
                adam.step(_slopes(parts, terms[few], target[few, None], ridge))
            done += max(1, round(rows / batch))
        inner, bias, outer, height = (part.copy() for part in parts)
        nets.append(Net(inner, bias, outer[:, 0], float(height[0])))
    return nets


def _drawn(random: np.random.RandomState, units: int, out: int) -> list[Numbers]:
    """First weights of a layer (Glorot and Bengio 2010)."""
    most = np.sqrt(6.0 / (units + out))
    return [random.uniform(-most, most, (units, out)), random.uniform(-most, most, out)]


def _slopes(parts: Sequence[Numbers], terms: Numbers, target: Numbers, ridge: float) -> list[Numbers]:
    """How the mean loss of some rows moves with each weight."""
    inner, bias, outer, height = parts
    hidden = np.tanh(terms @ inner + bias)
    off = expit(hidden @ outer + height) - target
    back = (off @ outer.T) * (1 - hidden**2)
    return [
        (terms.T @ back + ridge * inner) / len(terms),
        back.mean(axis=0),
        (hidden.T @ off + ridge * outer) / len(terms),
        off.mean(axis=0),
    ]


class _Adam:
    """Kingma and Ba (2015): each weight moves by its mean slope over the root of its mean square."""

    def __init__(self, parts: Sequence[Numbers]) -> None:
        self._parts = parts
        self._means = [np.zeros_like(part) for part in parts]
        self._squares = [np.zeros_like(part) for part in parts]
        self._steps = 0

    def step(self, slopes: Sequence[Numbers]) -> None:
        """Move all weights, in place."""
        self._steps += 1
        rate = RATE * np.sqrt(1 - 0.999**self._steps) / (1 - 0.9**self._steps)
        for part, mean, square, slope in zip(self._parts, self._means, self._squares, slopes, strict=True):
            mean[:] += 0.1 * (slope - mean)
            square[:] += 0.001 * (slope**2 - square)
            part[:] -= rate * mean / (np.sqrt(square) + 1e-8)
