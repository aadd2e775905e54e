"""True effects averaged over what a firm can see: learned in another market of the same scenario, noise-free labels."""

import lightgbm
import numpy as np

from passend.market.facts import Facts
from passend.market.offers import Limits, Offers, limits_of, make_offers
from passend.market.policies.plain import Random
from passend.market.scenario import Scenario
from passend.market.truth import effects
from passend.market.view import View
from passend.market.world import Market

_WEEKS, _EVERY = 25, 4
_EACH = 6
_MOST_PRODUCTS = 120
_TREES = {
    "n_estimators": 150,
    "num_leaves": 31,
    "learning_rate": 0.08,
    "min_child_samples": 40,
    "verbose": -1,
    "n_jobs": 1,
}


class ObservedEffects:
    """Predicts the true effect of an offer from the facts.

    Learned in a twin country: the same scenario with another seed for customers' luck, in which offers are drawn at
    random for half a year, and each drawn offer is labelled with its true effect.
    """

    def __init__(self, scenario: Scenario, seed: int, limits: Limits) -> None:
        rows, labels = [], []
        rng = np.random.default_rng(seed)
        market = Market(scenario, seed, people_seed=seed + 7919)
        last = np.full(len(market.people.kind), -10_000)
        for week in range(_WEEKS):
            view = View(market, limits_of(scenario), last)
            if week % _EVERY == 0:
                offers = _spread(view, limits, rng)
                arms = (offers.product, offers.channel, offers.discount)
                rows.append(Facts(view).rows(offers.customer, *arms))
                labels.append(effects(market, offers.customer, arms, replicas=2).effect)
            sent = Random().decide(view, view.limits, rng)
            last[sent.customer] = market.week
            market.send(sent)
            market.step()
        self._model = lightgbm.LGBMRegressor(**_TREES, random_state=1)
        self._model.fit(np.concatenate(rows), np.concatenate(labels))

    def scored(self, view: View, limits: Limits) -> Offers:
        """Offers for all who may be contacted, with their average true effect."""
        who, channel = np.nonzero(view.permitted)
        products = np.arange(len(view.price))
        if len(products) > _MOST_PRODUCTS:
            sold = np.bincount(view.sales.product, minlength=len(products))
            products = np.sort(np.argsort(-sold * view.margin, kind="stable")[:_MOST_PRODUCTS])
        facts = Facts(view)
        best = []
        # A discount is tried where it may be given; trees see it as a fact like others.
        for discount in {0.0, limits.discount}:
            offers = make_offers(
                np.repeat(who, len(products)),
                np.tile(products, len(who)),
                np.repeat(channel, len(products)),
                discount,
            )
            best.append(_with_scores(offers, self._predict(facts, offers)))
        both = best[0] if len(best) == 1 else best[0].with_rows(best[1])
        return both.where(both.score > 0)

    def _predict(self, facts: Facts, offers: Offers) -> np.ndarray:
        scores = np.empty(len(offers))
        for begin in range(0, len(offers), 100_000):
            block = offers.where(np.arange(begin, min(begin + 100_000, len(offers))))
            rows = facts.rows(block.customer, block.product, block.channel, block.discount)
            scores[begin : begin + len(block)] = self._model.predict(rows)
        return scores


def _with_scores(offers: Offers, scores: np.ndarray) -> Offers:
    return make_offers(offers.customer, offers.product, offers.channel, offers.discount, scores)


def _spread(view: View, limits: Limits, rng: np.random.Generator) -> Offers:
    """Each customer who may be contacted with a few products drawn at random, on a channel drawn at random."""
    who, channel = np.nonzero(view.permitted)
    who, channel = np.repeat(who, _EACH), np.repeat(channel, _EACH)
    discount = np.where(rng.random(len(who)) < 0.5, limits.discount, 0.0)
    return make_offers(who, rng.integers(0, len(view.price), len(who)), channel, discount)
