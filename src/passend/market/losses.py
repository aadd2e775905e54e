"""What a choice loses against the clairvoyant's at the same moment, split by source (after AuctionGym, 2022)."""

import numpy as np

from passend.market.allocate import allocate
from passend.market.offers import Offers
from passend.market.policies.ceilings import judged, promising
from passend.market.view import View
from passend.market.world import Market

_EXPLORED = 0.5


def split_loss(market: Market, view: View, considered: Offers | None, chosen: Offers) -> dict[str, float]:
    """True value lost in one week, in cents.

    - *exploration*: offers that were drawn with a logged probability below one half, at what they bring less than the
      player's other offers do on average.
    - *allocation*: the player's own scores, allocated well, would have brought so much more than its other choices.
      Only for players who show what they considered.
    - *estimation*: the rest: true effects instead of the player's scores.
    """
    best = allocate(judged(market, promising(market, view, view.limits, 2)), view.limits)
    value = judged(market, chosen).score if len(chosen) else np.zeros(0)
    drawn = chosen.probability < _EXPLORED
    usual = float(value[~drawn].mean()) if (~drawn).any() else 0.0
    exploration = float((usual - value[drawn]).sum()) if drawn.any() and (~drawn).any() else 0.0
    reached = float(value.sum()) + exploration
    allocation = 0.0
    if considered is not None and len(considered):
        well = allocate(considered, view.limits)
        allocation = float(judged(market, well).score.sum()) - reached if len(well) else -reached
    total = float(best.score.sum()) - float(value.sum())
    return {
        "estimation": total - exploration - allocation,
        "allocation": allocation,
        "exploration": exploration,
    }
