"""Additive models: each column moves the log odds on its own, by a straight line, a curve or steps, under a ridge.

A generalised additive model (Hastie and Tibshirani 1986) with hinges at quantiles, fitted by Newton's method.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg
from scipy.special import expit

from passend.customers.propensity.columns import Feature, Numbers

#: An amount with fewer different values gets a step for each.
FEW_VALUES = 12
STEP_ROWS = 15
KNOTS = (0.1, 0.3, 0.5, 0.7, 0.9)
#: Penalties that are tried: strong ones first.
PENALTIES = (240.0, 60.0, 15.0)
#: Standard deviations from the mean after which an amount counts no further. A curve has hinges for its middle; a
#: line has nothing but its length, and what is rare (an amount that most do not have) lies far out.
CURVE_REACH = 4.0
LINE_REACH = 10.0


@dataclass(frozen=True)
class Basis:
    """How one column becomes terms of the model."""

    column: int
    steps: tuple[float, ...]
    knots: tuple[float, ...]
    centre: float
    scale: float
    has_missing: bool
    is_class: bool
    reach: float = CURVE_REACH

    @property
    def width(self) -> int:
        """Number of terms."""
        return len(self.steps) + (0 if self.is_class else 1 + len(self.knots)) + int(self.has_missing)

    def terms(self, numbers: Numbers) -> Numbers:
        """The terms for a column of numbers."""
        missing = np.isnan(numbers)
        parts = [(numbers == step).astype(float) for step in self.steps]
        if not self.is_class:
            filled = np.where(missing, self.centre, numbers)
            scaled = np.clip((filled - self.centre) / self.scale, -self.reach, self.reach)
            parts.append(scaled)
            parts += [np.maximum(scaled - knot, 0) for knot in self.knots]
        if self.has_missing:
            parts.append(missing.astype(float))
        return np.column_stack(parts) if parts else np.zeros((len(numbers), 0))


def learn_bases(
    numbers: Numbers, features: Sequence[Feature], straight: Sequence[str] = (), reach: float = CURVE_REACH
) -> tuple[Basis, ...]:
    """The terms for each column; columns named ``straight`` (with a known direction) get a straight line only.

    Args:
        numbers: a row for each customer.
        features: the columns.
        straight: names of columns that get a line.
        reach: standard deviations from the mean after which an amount counts no further.
    """
    bases = []
    for place, feature in enumerate(features):
        column = numbers[:, place]
        missing = np.isnan(column)
        known = column[~missing]
        values, counts = np.unique(known, return_counts=True)
        often = tuple(values[(counts >= STEP_ROWS) & (counts <= len(column) - STEP_ROWS)].tolist())
        has_missing = int(missing.sum()) >= STEP_ROWS
        if feature.is_class:
            bases.append(Basis(place, often, (), 0.0, 1.0, has_missing, is_class=True))
            continue
        centre, scale = (float(known.mean()), float(known.std())) if known.size else (0.0, 1.0)
        scale = scale or 1.0
        is_few = len(values) <= FEW_VALUES
        bends = not is_few and feature.name not in straight
        scaled = np.clip((known - centre) / scale, -reach, reach)
        knots = tuple(np.unique(np.quantile(scaled, KNOTS)).tolist()) if bends else ()
        steps = often if is_few and len(values) > 2 and feature.name not in straight else ()
        bases.append(Basis(place, steps, knots, centre, scale, has_missing, is_class=False, reach=reach))
    return tuple(bases)


def design(numbers: Numbers, bases: Sequence[Basis]) -> Numbers:
    """All terms of all columns, a row for each row."""
    parts = [basis.terms(numbers[:, basis.column]) for basis in bases]
    return np.hstack(parts) if parts else np.zeros((len(numbers), 0))


def fit_ridge(terms: Numbers, target: Numbers, weights: Numbers, penalty: float, start: Numbers) -> Numbers:
    """Coefficients (the first is the constant) of a logistic regression with a ridge, by Newton's method.

    Args:
        terms: a row for each customer.
        target: 0 or 1.
        weights: of the rows.
        penalty: of the squared coefficients; the constant is free.
        start: coefficients to begin with.
    """
    beta = start.copy()
    ridge = np.full(terms.shape[1] + 1, penalty)
    ridge[0] = 1e-6
    for _ in range(25):
        p = expit(beta[0] + terms @ beta[1:])
        slope = weights * (target - p)
        curve = weights * np.maximum(p * (1 - p), 1e-6)
        gradient = np.concatenate([[slope.sum()], terms.T @ slope]) - ridge * beta
        weighed = terms * curve[:, None]
        hessian = np.empty((len(beta), len(beta)))
        hessian[0, 0] = curve.sum()
        hessian[0, 1:] = hessian[1:, 0] = weighed.sum(axis=0)
        hessian[1:, 1:] = weighed.T @ terms
        hessian[np.diag_indices_from(hessian)] += ridge
        step = linalg.solve(hessian, gradient, assume_a="pos")
        largest = float(np.abs(step).max())
        beta += step * min(1.0, 3.0 / max(largest, 1e-12))
        if largest < 1e-3:
            break
    return beta


def fit_directed(
    terms: Numbers, target: Numbers, weights: Numbers, penalty: float, start: Numbers, *, directions: Numbers
) -> Numbers:
    """As ``fit_ridge``; a term whose direction is known (1 or -1) and that points the other way is left out."""
    beta = fit_ridge(terms, target, weights, penalty, start)
    wrong = (directions != 0) & (beta[1:] * directions < 0)
    while wrong.any():
        kept = ~wrong
        part = fit_ridge(terms[:, kept], target, weights, penalty, beta[np.concatenate([[True], kept])])
        beta = np.zeros(len(beta))
        beta[np.concatenate([[True], kept])] = part
        more = kept & (directions != 0) & (beta[1:] * directions < 0)
        if not more.any():
            break
        wrong |= more
    return beta
