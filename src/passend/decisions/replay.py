"""What another policy would have earned on decisions that were made with known chances.

For each logged decision: the chance with which it was made, what it earned, and the chance with which the other policy
would have made the same one. Weights w = new chance / logged chance turn the log into the other policy's world:

- IPS, mean of w r: unbiased, noisy (Horvitz and Thompson 1952).
- SNIPS, sum of w r / sum of w: a little biased, steadier (Swaminathan and Joachims 2015).
- Doubly robust, mean of m_new + w (r - m_logged): right if the chances or the model of earnings are right
  (Dudik, Langford and Li 2011; Robins and Rotnitzky 1995).

Where the other policy does what was never done, or nearly so, nobody can know what it would have earned: the answer
is then ``CannotReplay``, with the reason, and no number.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import stats

from passend.errors import InvalidInput
from passend.tables.frames import as_table, plain

Amounts = NDArray[np.float64]

#: Effective decisions below which no estimate is given.
LEAST_EFFECTIVE = 30.0
#: Mean of the weights may differ from 1 by so many standard errors; beyond, the log does not hold all actions.
_WEIGHT_ERRORS = 4.0


@dataclass(frozen=True)
class Estimate:
    """What a policy earns a decision, with its 95 % interval."""

    method: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Replay:
    """What the other policy would have earned.

    Attributes:
        estimates: by method; ``difference`` is the doubly robust gain over what was done.
        decisions: logged decisions.
        effective: how many decisions of the other policy's own the log is worth (Kish 1965).
        logged: what was earned a decision.
    """

    estimates: dict[str, Estimate]
    decisions: int
    effective: float
    logged: Estimate

    @property
    def best(self) -> Estimate:
        """The doubly robust estimate: the one to rely on."""
        return self.estimates["doubly robust"]


@dataclass(frozen=True)
class CannotReplay:
    """The log cannot tell what the other policy would have earned.

    Attributes:
        because: why not.
        remedy: what would make it possible.
    """

    because: str
    remedy: str


def replay(log: Any) -> Replay | CannotReplay:
    """Judge another policy on logged decisions.

    Args:
        log: a row for each decision, with
            probability: chance with which the logged decision was made,
            reward: what it earned (any unit),
            new_probability: chance with which the other policy would have decided the same;
            where they are known, model_logged and model_new: what a model says that the logged decision earns, and
            what the other policy's would (averaged over its choices). They come from data that this log does not
            hold, or cross-fitted; without them, means over the log's halves are used.
            cluster: decisions of one customer, where a customer has several.

    Raises:
        InvalidInput: a column is missing, a chance is not between 0 and 1, or the log is empty.
    """
    table = plain(as_table(log))
    chance, reward, new = (_column(table, name) for name in ("probability", "reward", "new_probability"))
    if not len(chance):
        raise InvalidInput("The log holds no decisions.", remedy="Give a row for each decision.")
    if (chance <= 0).any() or (chance > 1).any() or (new < 0).any() or (new > 1).any():
        row = int(np.argmax((chance <= 0) | (chance > 1) | (new < 0) | (new > 1)))
        raise InvalidInput(
            "A chance is not between 0 and 1, or a logged one is 0.",
            record=f"row {row + 1}",
            remedy="Give the chance with which each decision was made.",
        )
    weight = new / chance
    effective = float(weight.sum() ** 2 / (weight**2).sum()) if weight.any() else 0.0
    refusal = _refusal(weight, effective)
    if refusal:
        return refusal
    groups = _clusters(table)
    logged_model, new_model = _models(table, reward, weight)
    robust = new_model + weight * (reward - logged_model)
    share = float((weight * reward).sum() / weight.sum())
    return Replay(
        {
            "IPS": _estimate("IPS", weight * reward, groups),
            "SNIPS": _estimate("SNIPS", share + (weight * (reward - share)) / weight.mean(), groups),
            "doubly robust": _estimate("doubly robust", robust, groups),
            "difference": _estimate("difference", robust - reward, groups),
        },
        len(reward),
        effective,
        _estimate("logged", reward, groups),
    )


def _column(table: pa.Table, name: str) -> Amounts:
    if name not in table.schema.names:
        raise InvalidInput(
            f"The log has no column '{name}'.", remedy="It needs probability, reward, new_probability."
        )
    values: Amounts = table[name].cast(pa.float64()).to_numpy().astype(np.float64)
    if np.isnan(values).any():
        raise InvalidInput(
            f"The column '{name}' is empty in a row.",
            record=f"row {int(np.argmax(np.isnan(values))) + 1}",
            remedy="Leave out decisions that people or fixed rules made: their chance is not known.",
        )
    return values


def _refusal(weight: Amounts, effective: float) -> CannotReplay | None:
    """Whether the log can speak for the other policy at all."""
    count = len(weight)
    if not weight.any():
        return CannotReplay(
            "The other policy never does what was done.", "Let a small share of decisions be drawn at random."
        )
    error = float(weight.std(ddof=1) / np.sqrt(count)) if count > 1 else float("inf")
    missing = (1 - float(weight.mean())) / error if error > 0 else 0.0
    if (error == 0 and abs(1 - weight.mean()) > 1e-9) or missing > _WEIGHT_ERRORS:
        return CannotReplay(
            f"The other policy often does what was never done: only {weight.mean():.0%} of its decisions are "
            "in the log.",
            "Let all that it might do be drawn with some chance, and replay then.",
        )
    if effective < LEAST_EFFECTIVE:
        return CannotReplay(
            f"The log is worth only {effective:.0f} decisions of the other policy; at least {LEAST_EFFECTIVE:.0f} are "
            "needed.",
            "Collect more decisions, or compare a policy that is more like the one in force.",
        )
    return None


def _models(table: pa.Table, reward: Amounts, weight: Amounts) -> tuple[Amounts, Amounts]:
    """What a model says of the logged decision and of the other policy's; by default means of the other half."""
    names = table.schema.names
    if "model_logged" in names and "model_new" in names:
        return _column(table, "model_logged"), _column(table, "model_new")
    half = np.arange(len(reward)) % 2 == 0
    model = np.zeros(len(reward))
    for mine in (half, ~half):
        other = ~mine if (~mine).any() and weight[~mine].any() else mine
        model[mine] = (
            float((weight[other] * reward[other]).sum() / weight[other].sum()) if weight[other].any() else 0.0
        )
    return model, model


def _clusters(table: pa.Table) -> NDArray[np.int64] | None:
    if "cluster" not in table.schema.names:
        return None
    _, place = np.unique(
        np.asarray(table["cluster"].to_pylist(), dtype=object).astype(str), return_inverse=True
    )
    return np.asarray(place, dtype=np.int64)


def _estimate(method: str, terms: Amounts, groups: NDArray[np.int64] | None) -> Estimate:
    """Mean with a 95 % interval; decisions of one customer count as one piece of evidence.

    Earnings are skewed: most decisions earn nothing, few much. A plain t interval then covers too seldom; Hall's
    cubic transformation takes the skewness out (Hall, Journal of the Royal Statistical Society B 1992).
    """
    mean, count = float(terms.mean()), len(terms)
    deviations = terms - mean
    if groups is not None:
        deviations = np.bincount(groups, deviations).astype(np.float64)
    pieces = len(deviations)
    if pieces < 2:
        return Estimate(method, mean, -np.inf, np.inf)
    spread = float(np.sqrt((deviations**2).sum() / (pieces - 1)))
    if spread == 0:
        return Estimate(method, mean, mean, mean)
    error = float(spread * np.sqrt(pieces) / count)
    skew = float((deviations**3).mean() / spread**3 / np.sqrt(pieces))
    reach = float(stats.t.ppf(0.975, pieces - 1))
    return Estimate(
        method, mean, mean - _straight(reach, skew) * error, mean - _straight(-reach, skew) * error
    )


def _straight(quantile: float, skew: float) -> float:
    """The quantile of the skewed statistic that belongs to one of the normal; skew is over the root of n."""
    if abs(skew) < 1e-6:
        return quantile
    return 3 / skew * (float(np.cbrt(1 + skew * (quantile - skew / 6))) - 1)
