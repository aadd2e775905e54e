"""The firm's past campaigns: aimed at good customers, as real ones are, with a small randomised slice."""

from typing import TYPE_CHECKING

import numpy as np

from passend.market import streams
from passend.market.offers import Offers, make_offers, no_offers

if TYPE_CHECKING:
    from passend.market.world import Market

EMAIL, ONSITE = 0, 1
_HALF_YEAR = 26


def past_campaign(market: "Market", week: int) -> Offers:
    """The offers of a week of the history.

    Every few weeks the customers who spent most lately are written to, about a best seller of the category they buy
    most; whoever reads the contacts as if they were random will think that mails make good customers. Another slice is
    drawn at random: who, which product, and whether anything is sent at all, with the probability noted.
    """
    scenario = market.scenario
    every = scenario.whole("history.campaign_every")
    if week == 0 or week % every or scenario.text("response.form") == "":
        return no_offers()
    random = streams.generator(market.seed, 1_000_000 + week)
    reachable = np.flatnonzero((market.people.begins < week) & market.state.consent[:, EMAIL])
    if not len(reachable):
        return no_offers()
    number = week // every
    is_drawn = random.random(len(reachable)) < scenario.number("history.random_share")
    slice_ = _drawn(market, reachable[is_drawn], number, random)
    return _aimed(market, reachable[~is_drawn], number).with_rows(slice_)


def _aimed(market: "Market", customers: np.ndarray, number: int) -> Offers:
    spent, liked = _recent(market)
    most = int(market.scenario.number("history.campaign_share") * len(market.people.kind))
    best = customers[np.argsort(-spent[customers], kind="stable")][:most]
    best = np.sort(best[spent[best] > 0])
    sellers = _best_sellers(market)
    offers = make_offers(best, sellers[liked[best]], EMAIL, market.scenario.number("history.discount"))
    return _numbered(offers, number)


def _drawn(market: "Market", customers: np.ndarray, number: int, random: np.random.Generator) -> Offers:
    products = len(market.catalogue.ids)
    held_out = random.random(len(customers)) < market.scenario.number("history.held_out")
    share = market.scenario.number("history.held_out")
    offers = make_offers(
        customers,
        random.integers(0, products, len(customers)),
        EMAIL,
        np.where(random.random(len(customers)) < 0.5, market.scenario.number("history.discount"), 0.0),
        np.nan,
        np.where(held_out, share, (1 - share) / products / 2),
    )
    offers.held_out[:] = held_out
    return _numbered(offers, number)


def _numbered(offers: Offers, number: int) -> Offers:
    offers.campaign[:] = number
    return offers


def _recent(market: "Market") -> tuple[np.ndarray, np.ndarray]:
    """By customer what was spent in half a year, and the category it mostly went to."""
    goods, count = market.catalogue.goods, len(market.people.kind)
    categories = int(goods.category.max()) + 1
    since = (market.week - _HALF_YEAR) * 7 * 24 * 60
    spent = np.zeros(count)
    liked = np.zeros(count, dtype=np.int64)
    highest = np.zeros(count)
    recent = [part for part in market.log.lines if len(part.at) and part.at[0] >= since - 7 * 24 * 60]
    if not recent:
        return spent, liked
    who = np.concatenate([part.customer for part in recent])
    money = np.concatenate([part.price - part.discount for part in recent]).astype(float)
    shelf = goods.category[goods.family[np.concatenate([part.product for part in recent])]]
    spent = np.bincount(who, money, count).astype(float)
    cells, place = np.unique(who * categories + shelf, return_inverse=True)
    sums = np.bincount(place, money)
    np.maximum.at(highest, cells // categories, sums)
    is_top = sums >= highest[cells // categories]
    liked[cells[is_top] // categories] = cells[is_top] % categories
    return spent, liked


def _best_sellers(market: "Market") -> np.ndarray:
    """By category the product with the most sales in half a year."""
    goods = market.catalogue.goods
    sold = np.bincount(
        np.concatenate([part.product for part in market.log.lines[-_HALF_YEAR:]] or [np.empty(0, np.int64)]),
        minlength=len(goods.price),
    )
    shelf = goods.category[goods.family]
    order = np.lexsort((-sold, shelf))
    return order[np.searchsorted(shelf[order], np.arange(int(goods.category.max()) + 1))]
