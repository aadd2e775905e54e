"""True effects averaged over what a firm can see: learned in other markets of the same scenario, noise-free labels."""

from dataclasses import dataclass, field
from functools import lru_cache

import lightgbm
import numpy as np
from numpy.typing import NDArray

from passend.market.facts import Facts
from passend.market.insight import Insight
from passend.market.offers import Limits, Offers, limits_of, make_offers
from passend.market.policies.plain import Random
from passend.market.scenario import Scenario
from passend.market.truth import effects
from passend.market.view import View
from passend.market.world import Market

#: Markets to learn from, and customers in each: fewer leave the ceiling low, more hardly raise it.
_MARKETS, _CUSTOMERS = 2, 4000
_WEEKS, _EVERY = 52, 6
_EACH = 3
_MOST_PRODUCTS = 120
_SHORT_LIST = 6
_FIRST_SEED = 900_001
_TREES = {
    "n_estimators": 300,
    "num_leaves": 31,
    "learning_rate": 0.05,
    "min_child_samples": 80,
    "subsample": 0.7,
    "subsample_freq": 1,
    "colsample_bytree": 0.6,
    "verbose": -1,
    "n_jobs": 1,
    "random_state": 1,
}
_FEW_TREES = _TREES | {"n_estimators": 60, "num_leaves": 15, "learning_rate": 0.12}


class ObservedEffects:
    """Predicts the true effect of an offer from what a firm sees.

    Learned in other markets of the same scenario, with catalogues and customers of their own: for a year offers are
    drawn at random, and a sample of all possible offers is labelled with their true effects. Two models: a quick one
    picks each customer's short list of products, a careful one judges it on every channel and discount.
    """

    def __init__(self, scenario: Scenario) -> None:
        pairs, arms, labels = [], [], []
        for number in range(_MARKETS):
            for offers, known, label in _lessons(scenario, _FIRST_SEED + number):
                pairs.append(known)
                arms.append(_arm(offers, limits_of(scenario)))
                labels.append(label)
        x, y = np.concatenate(pairs), np.concatenate(labels)
        arm = np.concatenate(arms)
        # The cost of a contact is the channel's, not the pair's.
        self._quick = lightgbm.LGBMRegressor(**_FEW_TREES).fit(x, y + arm[:, 1])
        self._careful = lightgbm.LGBMRegressor(**_TREES).fit(np.concatenate([x, arm], axis=1), y)

    def scored(self, market: Market, view: View, limits: Limits) -> Offers:
        """The offers of each customer's short list with their expected effects, those above zero."""
        facts, insight = Facts(view), Insight(market, view)
        who = view.reachable
        if not len(who):
            return make_offers(who, 0)
        products = _worth_a_look(view)
        pair = (np.repeat(who, len(products)), np.tile(products, len(who)))
        guess = _predict(self._quick, facts, insight, make_offers(*pair), None)
        best = np.argsort(-guess.reshape(len(who), len(products)), axis=1, kind="stable")[:, :_SHORT_LIST]
        row, channel = np.nonzero(view.permitted[who])
        few = best.shape[1]
        many = few * len(limits.discounts)
        offers = make_offers(
            np.repeat(who[row], many),
            np.repeat(products[best[row]], len(limits.discounts), axis=1).ravel(),
            np.repeat(channel, many),
            np.tile(np.array(limits.discounts), len(row) * few),
        )
        score = _predict(self._careful, facts, insight, offers, limits)
        scored = make_offers(offers.customer, offers.product, offers.channel, offers.discount, score)
        return scored.where(score > 0)


def observed_effects(scenario: Scenario) -> ObservedEffects:
    """The ceiling's knowledge of a scenario, learned once for all of its markets, whatever their size."""
    alike = scenario.changed({"customers.number": _CUSTOMERS})
    return _learned(_Key(repr((sorted(alike.values.items()), alike.families, alike.relations)), alike))


@dataclass(frozen=True)
class _Key:
    """A scenario that can be looked up: by all that it says."""

    text: str
    scenario: Scenario = field(compare=False)


@lru_cache(maxsize=4)
def _learned(key: _Key) -> ObservedEffects:
    return ObservedEffects(key.scenario)


def _lessons(scenario: Scenario, seed: int) -> list[tuple[Offers, NDArray[np.float32], NDArray[np.float64]]]:
    """Offers with what a firm knows of them and their true effects, from a year of one market."""
    lessons = []
    rng = np.random.default_rng(seed)
    market = Market(scenario, seed)
    limits = limits_of(scenario)
    last = np.full(len(market.people.kind), -10_000)
    for week in range(_WEEKS):
        view = View(market, limits, last)
        if week % _EVERY == 0:
            offers = _spread(view, limits, rng)
            arms = (offers.product, offers.channel, offers.discount)
            known = _known(Facts(view), Insight(market, view), offers)
            lessons.append((offers, known, effects(market, offers.customer, arms, replicas=2).effect))
        sent = Random().decide(view, view.limits, rng)
        last[sent.customer] = market.week
        market.send(sent)
        market.step()
    return lessons


def _worth_a_look(view: View) -> NDArray[np.int64]:
    """All products, or of a large catalogue those that earn most."""
    products = np.arange(len(view.price))
    if len(products) <= _MOST_PRODUCTS:
        return products
    sold = np.bincount(view.sales.product, minlength=len(products))
    return np.sort(np.argsort(-sold * view.margin, kind="stable")[:_MOST_PRODUCTS])


def _predict(
    model: lightgbm.LGBMRegressor, facts: Facts, insight: Insight, offers: Offers, limits: Limits | None
) -> NDArray[np.float64]:
    """Predictions block by block; with limits the arm counts, without only the pair."""
    scores = np.empty(len(offers))
    for begin in range(0, len(offers), 100_000):
        block = offers.where(np.arange(begin, min(begin + 100_000, len(offers))))
        rows = _known(facts, insight, block)
        if limits is not None:
            rows = np.concatenate([rows, _arm(block, limits)], axis=1)
        scores[begin : begin + len(block)] = model.predict(rows)
    return scores


def _known(facts: Facts, insight: Insight, offers: Offers) -> NDArray[np.float32]:
    pair = facts.rows(offers.customer, offers.product, offers.channel, offers.discount)[:, : -facts.ARM]
    return np.concatenate([pair, insight.rows(offers.customer, offers.product)], axis=1)


def _arm(offers: Offers, limits: Limits) -> NDArray[np.float32]:
    """Channel, its cost, discount."""
    cost = np.array(limits.cost)[offers.channel]
    return np.column_stack([offers.channel, cost, offers.discount]).astype(np.float32)


def _spread(view: View, limits: Limits, rng: np.random.Generator) -> Offers:
    """Each customer who may be contacted with a few products drawn at random, on each channel."""
    who, channel = np.nonzero(view.permitted)
    who, channel = np.repeat(who, _EACH), np.repeat(channel, _EACH)
    discount = np.where(rng.random(len(who)) < 0.5, limits.discount, 0.0)
    return make_offers(who, rng.choice(_worth_a_look(view), len(who)), channel, discount)
