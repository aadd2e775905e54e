"""Channels without persons: shifts of a desk, stores, hours of an anonymous placement.

What is switched on and off there is a cluster, so clusters are what is compared, and their number is what counts: a
thousand visitors of two stores are two pieces of evidence. Outcome per visit by arm, variance between clusters with the
small-sample factor, t with the clusters less two. A switchback is the same with hours or days as clusters; what
straddles a switch is to be left out before.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.results.distributions import stdtrit
from passend.results.measured import CannotBeMeasured

LEAST_CLUSTERS = 10
LEAST_IN_AN_ARM = 3


@dataclass(frozen=True)
class ClusterEffect:
    """Added per visit (or whatever is counted), between clusters.

    Attributes:
        value: treated less held-out.
        low: lower end of its 95 % interval.
        high: upper end.
        clusters: how many were compared.
    """

    value: float
    low: float
    high: float
    clusters: int


def compare_clusters(
    totals: NDArray[np.float64], visits: NDArray[np.float64], is_treated: NDArray[np.bool_]
) -> ClusterEffect | CannotBeMeasured:
    """Compare clusters with and without offers.

    Args:
        totals: outcome of each cluster.
        visits: visits (or hours, or customers) of each.
        is_treated: whether offers were made there.
    """
    clusters = len(totals)
    smaller = int(min(is_treated.sum(), (~is_treated).sum()))
    if clusters < LEAST_CLUSTERS or smaller < LEAST_IN_AN_ARM:
        return CannotBeMeasured(
            f"Only {clusters} shifts, stores or hours were compared, {smaller} of them in the smaller arm.",
            f"At least {LEAST_CLUSTERS} are needed, {LEAST_IN_AN_ARM} in each arm: switch more often or for longer.",
        )
    means, variances = [], []
    for arm in (is_treated, ~is_treated):
        count, total, weight = int(arm.sum()), totals[arm], visits[arm]
        if not weight.sum():
            return CannotBeMeasured(
                "One arm had no visits at all.", "Check that visits are logged in both arms."
            )
        mean = float(total.sum() / weight.sum())
        left = total - mean * weight
        means.append(mean)
        variances.append(float(count / (count - 1) * (left**2).sum() / weight.sum() ** 2))
    value = means[0] - means[1]
    reach = float(stdtrit(clusters - 2, 0.975)) * float(np.sqrt(sum(variances)))
    return ClusterEffect(value, value - reach, value + reach, clusters)
