"""What a firm with endless records would know of each customer and family: the ground on which the ceiling stands.

Trade-wide truths (lifetimes, seasons, relations, popularity) are taken as known, as they could be learned from enough
sales. Nothing hidden about a single customer is: tastes and needs are guessed from what was bought and looked at.
"""

import numpy as np
from numpy.typing import NDArray

from passend.market.demand import SERVED
from passend.market.view import Ints, View
from passend.market.world import Market

Floats = NDArray[np.float32]
_NEVER = 400.0
#: Weight of the trade's popularity against a customer's own purchases, in purchases.
_PRIOR = 4.0


class Insight:
    """Facts by customer and family on a Monday, and rows of them for offers."""

    def __init__(self, market: Market, view: View) -> None:
        goods = market.catalogue.goods
        self._goods = goods
        self._last, self._times = _purchases(market, view)
        self._looked = _looks(market, view)
        self._pull = _pull(market, self._last)
        self._worn = np.minimum((self._last / goods.lifetime[None, :]) ** 2, 1.0).astype(np.float32)
        self._season = goods.season[market.week % 52].astype(np.float32)
        self._shown = (goods.popularity / goods.popularity.sum()).astype(np.float32)
        self._rate, self._need = self._guesses(view)
        self._all = np.log(self._need.sum(axis=1) + 1e-7)
        self._tier = _tiers(market, view)

    def rows(self, customer: Ints, product: Ints) -> Floats:
        """One row of facts for each pair."""
        goods = self._goods
        family, tier = goods.family[product], goods.tier[product]
        return np.column_stack(
            [
                self._last[customer, family],
                self._times[customer, family],
                self._looked[customer, family],
                self._pull[customer, family],
                self._worn[customer, family],
                np.log(self._need[customer, family] + 1e-7),
                self._all[customer],
                self._rate[customer],
                self._shown[family],
                self._season[family],
                goods.lifetime[family],
                goods.returns[family],
                np.log(goods.price[product]),
                goods.price[product] - goods.cost[product],
                tier,
                tier - self._tier[customer],
            ]
        ).astype(np.float32)

    def _guesses(self, view: View) -> tuple[Floats, Floats]:
        """Purchases a week, and the need of each family today, for a customer with such a past."""
        tenure = np.full(view.count, 4.0)
        np.maximum.at(tenure, view.sales.customer, view.weeks_ago(view.sales.at))
        bought = self._times.sum(axis=1)
        usual = max(float(bought.sum() / tenure.sum()), 1e-6)
        rate = (bought + 1.0) / (tenure + 1.0 / usual)
        share = self._times + _PRIOR * self._shown[None, :]
        share /= share.sum(axis=1, keepdims=True)
        need = rate[:, None] * share * self._worn * np.maximum(1.0 + self._pull, 0.0) * self._season[None, :]
        return rate.astype(np.float32), need.astype(np.float32)


def _purchases(market: Market, view: View) -> tuple[Floats, Floats]:
    """Weeks since the last piece that was kept, and pieces ever, by customer and family."""
    family, sales = market.catalogue.goods.family, view.sales
    shape = (view.count, len(market.catalogue.goods.lifetime))
    last, times = np.full(shape, _NEVER, np.float32), np.zeros(shape, np.float32)
    kept = sales.returned_at < 0
    ago = view.weeks_ago(sales.at).astype(np.float32)
    np.minimum.at(last, (sales.customer[kept], family[sales.product[kept]]), ago[kept])
    np.add.at(times, (sales.customer, family[sales.product]), 1.0)
    return last, times


def _looks(market: Market, view: View) -> Floats:
    """Weeks since a family was looked at or left in a cart."""
    traces, family = view.traces, market.catalogue.goods.family
    looked = np.full((view.count, len(market.catalogue.goods.lifetime)), _NEVER, np.float32)
    seen = traces.kind != SERVED
    ago = view.weeks_ago(traces.at[seen]).astype(np.float32)
    np.minimum.at(looked, (traces.customer[seen], family[traces.product[seen]]), ago)
    return looked


def _pull(market: Market, last: Floats) -> Floats:
    """How much what is owned raises (or lowers) each family's need today, the strongest relation counting."""
    goods = market.catalogue.goods
    pull = np.zeros_like(last)
    for source, place in zip(*np.nonzero(goods.target >= 0), strict=True):
        boost, other = goods.boost[source, place], goods.target[source, place]
        ripe = last[:, source] / goods.lag[source, place]
        raised = boost * ripe * np.exp(1.0 - ripe) if boost > 0 else np.where(ripe < 4.0, boost, 0.0)
        raised = np.where((last[:, source] < _NEVER) & (ripe < 8.0), raised, 0.0)
        stronger = np.abs(raised) > np.abs(pull[:, other])
        pull[stronger, other] = raised[stronger]
    return pull


def _tiers(market: Market, view: View) -> Floats:
    """Mean price tier of what each customer bought, drawn to the middle."""
    sales = view.sales
    tiers = np.bincount(sales.customer, market.catalogue.goods.tier[sales.product], view.count)
    return ((tiers + 1.0) / (np.bincount(sales.customer, minlength=view.count) + 1.0)).astype(np.float32)
