"""The table of policies: means and intervals over seeds, and shares of the ceilings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from passend.market.play import Outcome


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its 95 % interval (Student's t); the ends are missing with a single seed."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Standing:
    """One policy's row. Money in cents; shares are missing where the ceiling is not above zero in the mean.

    Attributes:
        incremental: profit beyond the twin in which nobody is contacted.
        before_cost: the same without the cost of contacts.
        of_clairvoyant: share of the clairvoyant's incremental profit.
        of_observables: share of the best on observables'.
        above_uniform: incremental profit above the best uniform arm's.
        share_above_uniform: share of what the best on observables has above the best uniform arm.
        loss: by source, what is lost against the clairvoyant's choice in the same weeks.
    """

    policy: str
    profit: Estimate
    incremental: Estimate
    before_cost: Estimate
    of_clairvoyant: Estimate | None
    of_observables: Estimate | None
    above_uniform: Estimate | None
    share_above_uniform: Estimate | None
    contacts: float
    unsubscribes: float
    leavers: float
    returns: float
    by_kind: Mapping[str, float]
    loss: Mapping[str, float]
    weekly: tuple[float, ...]


def league(outcomes: Sequence[Outcome]) -> list[Standing]:
    """A row for each policy, in the order in which they played."""
    names = list(dict.fromkeys(one.policy for one in outcomes))
    by_name = {
        name: sorted((o for o in outcomes if o.policy == name), key=lambda o: o.seed) for name in names
    }
    gains = {name: np.array([one.incremental for one in rows]) for name, rows in by_name.items()}
    return [_standing(name, by_name[name], gains) for name in names]


def _standing(name: str, rows: list[Outcome], gains: Mapping[str, NDArray[np.float64]]) -> Standing:
    mine, uniform = gains[name], gains.get("uniform")
    seen = gains.get("observables")

    def mean(what: str) -> float:
        return float(np.mean([getattr(one, what) for one in rows]))

    return Standing(
        policy=name,
        profit=estimate(np.array([one.profit for one in rows])),
        incremental=estimate(mine),
        before_cost=estimate(np.array([one.before_cost for one in rows])),
        of_clairvoyant=ratio(mine, gains.get("clairvoyant")),
        of_observables=ratio(mine, seen),
        above_uniform=None if uniform is None else estimate(mine - uniform),
        share_above_uniform=None
        if uniform is None or seen is None
        else ratio(mine - uniform, seen - uniform),
        contacts=mean("contacts"),
        unsubscribes=mean("unsubscribes"),
        leavers=mean("leavers"),
        returns=mean("returns"),
        by_kind={kind: float(np.mean([one.by_kind[kind] for one in rows])) for kind in rows[0].by_kind},
        loss={what: float(np.mean([one.loss[what] for one in rows])) for what in rows[0].loss},
        weekly=tuple(np.mean([one.weekly for one in rows], axis=0).tolist()),
    )


def estimate(values: NDArray[np.float64]) -> Estimate:
    """Mean and interval of one figure a seed."""
    mean, count = float(values.mean()), len(values)
    if count < 2:
        return Estimate(mean, None, None)
    half = float(stats.t.ppf(0.975, count - 1) * values.std(ddof=1) / np.sqrt(count))
    return Estimate(mean, mean - half, mean + half)


def ratio(values: NDArray[np.float64], base: NDArray[np.float64] | None) -> Estimate | None:
    """Ratio of means with its interval by the delta method; none where the base is not above zero."""
    if base is None or base.mean() <= 0:
        return None
    share = float(values.mean() / base.mean())
    if len(values) < 2:
        return Estimate(share, None, None)
    rest = estimate((values - share * base) / base.mean())
    half = (rest.high or 0.0) - rest.mean
    return Estimate(share, share - half, share + half)
