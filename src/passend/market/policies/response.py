"""The usual response model: who accepts, read from past contacts, times margin. It cannot tell who would buy anyway."""

import lightgbm
import numpy as np

from passend.market.allocate import allocate
from passend.market.facts import Facts
from passend.market.offers import Limits, Offers, make_offers, no_offers
from passend.market.policies.plain import best_sellers
from passend.market.policies.policy import Policy
from passend.market.view import View

_ACCEPTED = 4
_AGAIN = 13
_TREES = {
    "n_estimators": 60,
    "num_leaves": 15,
    "learning_rate": 0.08,
    "min_child_samples": 30,
    "verbose": -1,
    "n_jobs": 1,
}


class ResponseModel(Policy):
    """Propensity only: gradient-boosted trees on past contacts, learned anew every quarter."""

    name = "response"

    def __init__(self) -> None:
        self._model: lightgbm.LGBMClassifier | None = None
        self._rows: list[np.ndarray] = []
        self._answers: list[np.ndarray] = []
        self._learned = -_AGAIN

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """The likeliest acceptances times margin, best first."""
        del rng
        facts = Facts(view)
        if view.week - self._learned >= _AGAIN:
            self._learn(view, facts)
        offers = candidates(view, limits, 12)
        if self._model is None or not len(offers):
            return no_offers()
        rows = facts.rows(offers.customer, offers.product, offers.channel, offers.discount)
        chance = self._model.predict_proba(rows)[:, 1]
        score = chance * (view.margin[offers.product] - offers.discount * view.price[offers.product])
        scored = make_offers(offers.customer, offers.product, offers.channel, offers.discount, score)
        self.considered = scored
        return allocate(scored, limits)

    def _learn(self, view: View, facts: Facts) -> None:
        touches = view.contacts
        sent = touches.outcome > 0
        accepted = touches.outcome[sent] == _ACCEPTED
        self._learned = view.week
        if accepted.sum() < 10:
            self._model = None
            return
        # Facts of today stand in for those of then, as in many a real response model.
        rows = facts.rows(
            touches.customer[sent], touches.product[sent], touches.channel[sent], touches.discount[sent]
        )
        self._model = lightgbm.LGBMClassifier(**_TREES, random_state=1).fit(rows, accepted)


def candidates(view: View, limits: Limits, products: int) -> Offers:
    """Best sellers for everybody who may be contacted, on each channel, with and without discount."""
    best = best_sellers(view)[:products]
    who, channel = np.nonzero(view.permitted)
    discounts = np.array(limits.discounts)
    many = len(best) * len(discounts)
    return make_offers(
        np.repeat(who, many),
        np.tile(np.repeat(best, len(discounts)), len(who)),
        np.repeat(channel, many),
        np.tile(discounts, len(who) * len(best)),
    )
