"""What a plan may be expected to bring: told by what did not choose it.

Whoever takes the best of many uncertain values overrates them (winner's curse; Andrews, Kitagawa and McCloskey 2024).
So a plan's total does not come from the figures that chose its offers. Offers of the past are judged by a model that
was learned from other customers: how much of what it foresaw came true, above all where it foresaw much? That share,
its error, and what was assumed for channels that were never tried, make the total and its interval. Where nothing was
tried yet, the share is an assumption, and the plan says "not yet measured".
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.decisions.value import Worth

Floats = NDArray[np.float64]

#: What is assumed of the share that comes true before anything is seen: mean, and log spread of its error.
ASSUMED, ASSUMED_SPREAD = 1.0, 0.7
#: How far a channel that was never tried may differ from the others, as a factor (log).
_UNTRIED_SPREAD = 0.6
#: What no past offers tell: the season, the mix of customers, the model's own form (log).
_ALWAYS = 0.35
#: Offers from which on a share that may be nothing is taken for nothing, at a one-sided level of 5 %.
_MANY, _ONE_SIDED = 1000, 1.645
_DRAWS, _ENDS = 4000, (2.5, 97.5)


@dataclass(frozen=True)
class Trust:
    """How much of what was foreseen came true, in customers that were not learned from.

    Attributes:
        share: of the foreseen extra purchases, those that came, shrunk to ``ASSUMED``.
        error: its standard error.
        offers: of the past behind it.
        tried: by channel, in the order of ``Channel``, whether offers were made there.
    """

    share: float
    error: float
    offers: int
    tried: NDArray[np.bool_]

    @property
    def found_nothing(self) -> bool:
        """Whether many offers were made, and nothing shows that they added anything."""
        return self.offers >= _MANY and self.share - _ONE_SIDED * self.error <= 0


@dataclass(frozen=True)
class Promise:
    """What a plan is expected to bring, in minor units, with its 95 % interval; and how that is known, in words."""

    value_cents: float
    low_cents: float
    high_cents: float
    basis: str


def trust_of(foreseen: Floats, came: Floats, chance: Floats, tried: NDArray[np.bool_]) -> Trust:
    """How much of what was foreseen came true.

    The slope of what came on what was foreseen, through the origin: what was foreseen to be large counts most, since
    that is what plans are made of. Shrunk to ``ASSUMED``, by how well it is told.

    Args:
        foreseen: extra purchases that were expected of each offer, told by others' answers.
        came: purchases less those expected without the offer.
        chance: variance of ``came``.
        tried: by channel, whether offers were made there.
    """
    told = float((foreseen**2).sum())
    noise = float((foreseen**2 * chance).sum())
    prior = 1.0 / (ASSUMED * ASSUMED_SPREAD) ** 2
    if told <= 0 or noise <= 0:
        return Trust(ASSUMED, ASSUMED * ASSUMED_SPREAD, 0, tried)
    seen = told**2 / noise
    share = (ASSUMED * prior + float((foreseen * came).sum()) / told * seen) / (prior + seen)
    return Trust(share, float(np.sqrt(1.0 / (prior + seen))), len(foreseen), tried)


def _shares(trust: Trust, rng: np.random.Generator) -> Floats:
    """Draws of the share that comes true; where nothing was tried a factor, since offers are assumed to help."""
    if trust.offers:
        return rng.normal(trust.share, trust.error, _DRAWS)
    return trust.share * np.exp(rng.normal(size=_DRAWS) * ASSUMED_SPREAD - ASSUMED_SPREAD**2 / 2)


def promise_of(terms: Worth, channel: NDArray[np.int64], trust: Trust, basis: str) -> Promise:
    """What offers are expected to bring together.

    Args:
        terms: of the offers that are made.
        channel: of each offer, in the order of ``Channel``.
        trust: how much of what was foreseen came true.
        basis: how effects are known.
    """
    gross = np.bincount(channel, terms.effect * terms.each_cents, len(trust.tried))
    costs = float((terms.contact_cents + terms.discount_cents + terms.annoyance_cents).sum())
    rng = np.random.default_rng(1)
    share = _shares(trust, rng)
    spread = np.where(trust.tried, 0.0, _UNTRIED_SPREAD)
    factor = np.exp(rng.normal(size=(_DRAWS, len(gross))) * spread - spread**2 / 2)
    # Margins that are assumed are wrong for all alike, by a factor: what is sold is sold above its cost.
    doubt = float(terms.doubt.margin.sum()) / 1.96 / max(float(np.abs(gross).sum()), 1e-9)
    spread_of_all = float(np.hypot(_ALWAYS, min(doubt, 1.0)))
    always = np.exp(rng.normal(size=_DRAWS) * spread_of_all - spread_of_all**2 / 2)
    draws = share * always * (factor @ gross) - costs
    low, high = np.percentile(draws, _ENDS)
    words = (
        f"{basis}; judged by {trust.offers:,} offers of the past that did not choose it"
        if trust.offers
        else basis
    )
    return Promise(trust.share * float(gross.sum()) - costs, float(low), float(high), words)
