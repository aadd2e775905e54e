"""Players by rule: what was bought together most above chance; whoever spends most."""

import numpy as np

from passend.market.facts import Facts
from passend.market.offers import Limits, Offers, make_offers, no_offers
from passend.market.policies.plain import best_sellers, shared_out
from passend.market.policies.policy import Policy
from passend.market.view import View


class LiftRules(Policy):
    """The textbook: association rules, best lift of what the customer owns, customers with the strongest rule first."""

    name = "lift-rules"

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """The product with the highest lift to what each customer bought, strongest first."""
        del rng
        facts = Facts(view)
        owned = facts.last < 400
        lift = facts.strongest(np.ones_like(facts.last))
        lift[owned] = 0
        best, height = lift.argmax(axis=1), lift.max(axis=1)
        order = np.argsort(-height, kind="stable")
        offers = no_offers()
        for channel, who in shared_out(view, limits, order[height[order] > 1]):
            offers = offers.with_rows(make_offers(who, best[who], channel))
        return offers


class OneColumn(Policy):
    """A rule of one column: whoever spent most in half a year is offered the best seller not bought yet."""

    name = "one-column"

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """Best sellers to the best customers."""
        del rng
        recent = view.weeks_ago(view.sales.at) < 26
        money = (view.sales.price - view.sales.discount)[recent].astype(float)
        spent = np.bincount(view.sales.customer[recent], money, view.count)
        owned = np.zeros((view.count, len(view.price)), dtype=bool)
        owned[view.sales.customer, view.sales.product] = True
        ranked = best_sellers(view)
        first = ranked[np.argmin(owned[:, ranked], axis=1)]
        order = np.argsort(-spent, kind="stable")
        offers = no_offers()
        for channel, who in shared_out(view, limits, order):
            offers = offers.with_rows(make_offers(who, first[who], channel))
        return offers
