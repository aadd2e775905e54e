"""Players that know nothing of the customer: nobody, random, blanket."""

import numpy as np

from passend.market.offers import Limits, Offers, make_offers, no_offers
from passend.market.policies.policy import Policy
from passend.market.view import Ints, View


class Nobody(Policy):
    """Contacts nobody: the twin that all are measured against."""

    name = "nobody"

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """No offers."""
        del view, limits, rng
        return no_offers()


class Random(Policy):
    """Contacts as many as it may, drawn at random, with products drawn at random."""

    name = "random"

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """Offers drawn at random up to the capacities."""
        offers = no_offers()
        for channel, who in shared_out(view, limits, rng.permutation(view.count)):
            products = rng.integers(0, len(view.price), len(who))
            chance = 1.0 / len(view.price) / 2
            discount = np.where(rng.random(len(who)) < 0.5, limits.discount, 0.0)
            offers = offers.with_rows(make_offers(who, products, channel, discount, np.nan, chance))
        return offers


class Blanket(Policy):
    """Offers everybody it may reach the best seller of the last quarter that the customer does not have."""

    name = "blanket"

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """The best seller, to as many as the capacities allow, whoever they are."""
        del rng
        best = best_sellers(view)
        offers = no_offers()
        turn = np.roll(np.arange(view.count), -view.week * 997 % max(view.count, 1))
        for channel, who in shared_out(view, limits, turn):
            offers = offers.with_rows(make_offers(who, int(best[0]), channel))
        return offers


def best_sellers(view: View, weeks: int = 13) -> Ints:
    """Products by revenue of the last weeks, best first."""
    recent = view.weeks_ago(view.sales.at) < weeks
    money = (view.sales.price - view.sales.discount)[recent].astype(float)
    revenue = np.bincount(view.sales.product[recent], money, len(view.price))
    return np.argsort(-revenue, kind="stable")


def shared_out(view: View, limits: Limits, order: Ints) -> list[tuple[int, Ints]]:
    """Channels, cheapest first, with the customers who are contacted there: in the order given, up to the limits."""
    taken = np.zeros(view.count, dtype=bool)
    money, shares = limits.budget, []
    for channel in np.argsort(limits.cost, kind="stable").tolist():
        room = limits.capacity[channel]
        if limits.cost[channel] > 0:
            room = min(room, int(money / limits.cost[channel]))
        who = order[view.permitted[order, channel] & ~taken[order]][:room]
        taken[who] = True
        money -= len(who) * limits.cost[channel]
        if len(who):
            shares.append((channel, who))
    return shares
