"""Offers in a simulated market with their true effects, and what the product and a response model say of them."""

import numpy as np
from numpy.typing import NDArray

from passend.customers.offer_effects.needs import coming
from passend.market.facts import Facts
from passend.market.offers import Limits, Offers, limits_of
from passend.market.policies.firm import groups_of, history_of
from passend.market.policies.permission import PermissionPrice
from passend.market.policies.product import Passend, _Best, _Wants
from passend.market.policies.response import ResponseModel
from passend.market.truth import effects
from passend.market.view import View
from passend.market.world import Market

Floats = NDArray[np.float64]


class _Judge(Passend):
    """The product's plan, asked for the value of offers without choosing among them."""

    def judge(self, view: View, limits: Limits, rng: np.random.Generator | None) -> Offers:
        """An offer for each permitted customer and channel: of a product drawn at random, or of the best."""
        self._group = groups_of(view)
        past = history_of(view, self._group)
        self._learn(view, past)
        wants = self._wants(view, past)
        self._permission = PermissionPrice(self.permission_weeks, view.count)
        self._coming = coming(past, view.week)
        self._look(view)
        best = self._best(view, limits, wants)
        if rng is not None:
            best = self._at_random(view, wants, best, limits.discount, rng)
        return self._on_channels(view, limits, wants, best)

    def _at_random(
        self, view: View, wants: _Wants, best: _Best, most: float, rng: np.random.Generator
    ) -> _Best:
        """A product and a discount for each customer by lot, valued as the plan values its own."""
        who = view.reachable
        product = rng.integers(0, len(view.price), len(who))
        discount = (rng.integers(0, 2, len(who)) * most).astype(np.float64)
        needed = wants.at(np.arange(len(who)), self._group[product])
        added, value = self._valued(view, (who, product), needed, discount)
        return _Best(product, discount, value / np.maximum(added, 1e-12), best.value)


class _Response(ResponseModel):
    """The response model, asked for its score of given offers."""

    def judge(self, view: View, offers: Offers) -> Floats:
        """Chance to accept times margin; 0 where nothing could be learned."""
        facts = Facts(view)
        self._learn(view, facts)
        if self._model is None:
            return np.zeros(len(offers))
        rows = facts.rows(offers.customer, offers.product, offers.channel, offers.discount)
        left = view.margin[offers.product] - offers.discount * view.price[offers.product]
        return np.asarray(self._model.predict_proba(rows)[:, 1] * left, float)


def judged_offers(market: Market, number: int, seed: int) -> dict[str, Floats]:
    """Scores and true effects in cents of offers by lot, and of the best to each customer; ``number`` of both."""
    rng = np.random.default_rng(seed)
    limits = limits_of(market.scenario)
    view = View(market, limits, np.full(len(market.people.kind), -(10**6)))
    found: dict[str, Floats] = {}
    for sort, lot in (("random", rng), ("chosen", None)):
        offers = _Judge().judge(view, limits, lot)
        taken = np.isin(np.arange(len(offers)), rng.permutation(len(offers))[:number])
        offers = offers.where(taken)
        found[f"{sort} passend"] = offers.score
        found[f"{sort} response"] = _Response().judge(view, offers)
        made = (offers.product, offers.channel, offers.discount)
        found[f"{sort} truth"] = effects(market, offers.customer, made, replicas=8).effect
    return found
