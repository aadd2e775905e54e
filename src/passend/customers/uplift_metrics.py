"""How well a score ranks customers by effect: Qini, AUUC and uplift at k, each by its named convention.

The same scores can be .16, .06 or .32, depending on who computes them. So every figure names its convention:

- ``scikit-uplift``: area between curve and diagonal over that of a perfect ranking (its qini_auc_score,
  uplift_auc_score, uplift_at_k). Made for binary outcomes.
- ``causalml``: mean over all customers of the curve less the diagonal, with the curve scaled to end at 1 (its
  qini_score and auuc_score without the diagonal, here without). Any outcome.
- ``per customer``: area between curve and diagonal in units of the outcome: what ranking earns a customer, averaged
  over all budgets. Any outcome. The one that can be added up in money.

Customers with equal scores are one step of the curve, so that a constant score has no area at all: it scores 0.
All figures need contacts given at random; where they were not, use the AIPW policy value.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passend.errors import InvalidInput

Floats = NDArray[np.float64]
CONVENTIONS = ("scikit-uplift", "causalml", "per customer")


@dataclass(frozen=True)
class Curve:
    """A gain curve: what contacting the best-ranked customers brings.

    Attributes:
        contacted: customers contacted, beginning with 0.
        gain: additional outcome, beginning with 0.
    """

    contacted: Floats
    gain: Floats

    @property
    def area(self) -> float:
        """Area between the curve and the straight line to its end."""
        width, middle = np.diff(self.contacted), (self.gain[1:] + self.gain[:-1]) / 2
        return float(width @ middle - self.contacted[-1] * self.gain[-1] / 2)


@dataclass(frozen=True)
class Ranked:
    """Checked input: outcome, score and 0/1 treatment of each customer."""

    outcome: Floats
    score: Floats
    treated: NDArray[np.bool_]


def qini_curve(outcome: Any, score: Any, treated: Any) -> Curve:
    """Additional outcome among the treated so far: their sum less the controls', scaled to their number.

    Radcliffe, Using Control Groups to Target on Predicted Lift (2007).
    """
    steps = _steps(_ranked(outcome, score, treated))
    gain = steps.treated_sum - steps.control_sum * _ratio(steps.treated, steps.control)
    return Curve(np.r_[0.0, steps.all], np.r_[0.0, gain])


def uplift_curve(outcome: Any, score: Any, treated: Any) -> Curve:
    """Additional outcome if all so far were treated: difference of the means times their number."""
    steps = _steps(_ranked(outcome, score, treated))
    gain = (_ratio(steps.treated_sum, steps.treated) - _ratio(steps.control_sum, steps.control)) * steps.all
    return Curve(np.r_[0.0, steps.all], np.r_[0.0, gain])


def qini(outcome: Any, score: Any, treated: Any, *, convention: str = "scikit-uplift") -> float:
    """The Qini coefficient; 0 for a ranking no better than chance.

    Raises:
        InvalidInput: unknown convention, arrays of different length, a missing value, or only one group.
    """
    ranked = _ranked(outcome, score, treated)
    curve = qini_curve(ranked.outcome, ranked.score, ranked.treated)
    if convention == "scikit-uplift":
        best = ranked.outcome * np.where(ranked.treated, 1.0, -1.0)
        return _over_perfect(curve, qini_curve(ranked.outcome, best, ranked.treated))
    return _unscaled(curve, convention)


def auuc(outcome: Any, score: Any, treated: Any, *, convention: str = "scikit-uplift") -> float:
    """The area under the uplift curve, above the diagonal; 0 for a ranking no better than chance.

    Raises:
        InvalidInput: unknown convention, arrays of different length, a missing value, or only one group.
    """
    ranked = _ranked(outcome, score, treated)
    curve = uplift_curve(ranked.outcome, ranked.score, ranked.treated)
    if convention == "scikit-uplift":
        positive = ranked.outcome > 0
        more_controls = (positive & ~ranked.treated).sum() > (~positive & ranked.treated).sum()
        extra = positive if more_controls else ranked.treated
        best = 2.0 * (positive == ranked.treated) + extra
        return _over_perfect(curve, uplift_curve(ranked.outcome, best, ranked.treated))
    return _unscaled(curve, convention)


def uplift_at_k(
    outcome: Any, score: Any, treated: Any, *, k: float = 0.3, strategy: str = "overall"
) -> float:
    """Difference of the mean outcomes among the best-ranked.

    Args:
        outcome: of each customer.
        score: predicted effect.
        treated: 1 if contacted, 0 if not.
        k: share (below 1) or number (1 or more) of customers.
        strategy: ``overall`` takes the best k of all; ``by_group`` the best k of the treated and of the controls.

    Raises:
        InvalidInput: unknown strategy, k out of range, or no treated or no controls among the best.
    """
    ranked = _ranked(outcome, score, treated)
    if strategy not in {"overall", "by_group"}:
        raise InvalidInput(f"There is no strategy '{strategy}'.", remedy="choose overall or by_group")
    if not 0 < k <= len(ranked.score):
        raise InvalidInput(f"k is {k}.", remedy="give a share between 0 and 1 or a number of customers")
    order = np.argsort(ranked.score, kind="stable")[::-1]
    y, w = ranked.outcome[order], ranked.treated[order]
    if strategy == "overall":
        size = int(len(y) * k) if k < 1 else int(k)
        top, bottom = y[:size][w[:size]], y[:size][~w[:size]]
    else:
        groups = (y[w], y[~w])
        top, bottom = (part[: int(len(part) * k) if k < 1 else int(k)] for part in groups)
    if not len(top) or not len(bottom):
        raise InvalidInput(f"Among the best {k:g} are no treated or no controls.", remedy="take a greater k")
    return float(top.mean() - bottom.mean())


@dataclass(frozen=True)
class _Steps:
    all: Floats
    treated: Floats
    control: Floats
    treated_sum: Floats
    control_sum: Floats


def _steps(ranked: Ranked) -> _Steps:
    """Sums after each group of equal scores, best first."""
    order = np.argsort(-ranked.score, kind="stable")
    y, w, score = ranked.outcome[order], ranked.treated[order].astype(np.float64), ranked.score[order]
    last = np.flatnonzero(np.r_[np.diff(score) != 0, True])
    number = last.astype(np.float64) + 1.0
    treated = np.cumsum(w)[last]
    return _Steps(number, treated, number - treated, np.cumsum(y * w)[last], np.cumsum(y * (1 - w))[last])


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below != 0)


def _over_perfect(curve: Curve, perfect: Curve) -> float:
    area = perfect.area
    return curve.area / area if area else 0.0


def _unscaled(curve: Curve, convention: str) -> float:
    customers = curve.contacted[-1]
    if convention == "per customer":
        return float(curve.area / customers**2)
    if convention == "causalml":
        # Its curve has a point for each customer; on a step of equal scores the points lie on a straight line.
        places = np.arange(customers + 1)
        height = np.interp(places, curve.contacted, curve.gain)
        end = abs(curve.gain[-1])
        straight = places * curve.gain[-1] / customers
        return float((height - straight).mean() / end) if end else 0.0
    raise InvalidInput(
        f"There is no convention '{convention}'.", remedy=f"choose one of {', '.join(CONVENTIONS)}"
    )


def _ranked(outcome: Any, score: Any, treated: Any) -> Ranked:
    y, s = np.asarray(outcome, np.float64), np.asarray(score, np.float64)
    w = np.asarray(treated)
    if not len(y) == len(s) == len(w) or y.ndim != 1:
        raise InvalidInput(
            f"There are {len(y)} outcomes, {len(s)} scores and {len(w)} treatments.",
            remedy="give three columns of the same length",
        )
    if np.isnan(y).any() or np.isnan(s).any():
        raise InvalidInput("An outcome or a score is missing.", remedy="leave such customers out")
    if not np.isin(w, (0, 1)).all():
        raise InvalidInput(
            "A treatment is neither 0 nor 1.", remedy="compare one treatment with the controls"
        )
    chosen = w.astype(bool)
    if chosen.all() or not chosen.any():
        raise InvalidInput(
            "There are only treated or only control customers; an effect needs both.",
            remedy="keep a hold-out",
        )
    return Ranked(y, s, chosen)
