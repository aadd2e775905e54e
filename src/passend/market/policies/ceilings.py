"""Players who know the truth: the best uniform arm, the best on observables, the clairvoyant. Ceilings, not rivals."""

import numba
import numpy as np

from passend.market.allocate import allocate
from passend.market.catalogue import Goods
from passend.market.demand import expected_offer, fill_needs, new_desk
from passend.market.laws import Laws
from passend.market.offers import Limits, Offers, make_offers, no_offers
from passend.market.people import People, State
from passend.market.policies.observed import ObservedEffects
from passend.market.policies.policy import Policy
from passend.market.responses import acceptance, attention
from passend.market.truth import effects
from passend.market.view import View
from passend.market.world import Market

_REPLICAS = 2


class Ceiling(Policy):
    """A player who is shown the market itself; ``play`` does so before each decision."""

    market: Market

    def see(self, market: Market) -> None:
        """Be shown the market as it stands."""
        self.market = market


class Clairvoyant(Ceiling):
    """Knows each customer's needs and the true expected effect of each offer, and keeps the same limits.

    Offers worth looking at are found by a quick bound (acceptance times profit of the sale, less what would have been
    bought anyway); the best few of each customer and channel are judged by replay.
    """

    name = "clairvoyant"
    each = 3

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """The offers with the greatest true effect under the limits."""
        del rng
        offers = promising(self.market, view, limits, self.each)
        if not len(offers):
            return no_offers()
        return allocate(judged(self.market, offers), limits)


class BestUniformArm(Ceiling):
    """One offer for everybody: each week the arm (product, channel, discount) with the best true mean effect.

    Its customers are taken in turn, not chosen: whatever a player wins above it, is won by telling customers apart.
    """

    name = "uniform"

    def __init__(self) -> None:
        self._arm: tuple[int, int, float] | None = None
        self._chosen_at = -13

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """The best arm, to as many as its channel allows; nobody when no arm is worth it."""
        if view.week - self._chosen_at >= 4:
            self._arm, self._chosen_at = best_arm(self.market, view, limits, rng), view.week
        if self._arm is None:
            return no_offers()
        product, channel, discount = self._arm
        who = rng.permutation(np.flatnonzero(view.permitted[:, channel]))[: limits.capacity[channel]]
        cost = limits.cost[channel]
        who = who[: int(limits.budget / cost)] if cost > 0 else who
        return make_offers(who, product, channel, discount)


class BestOnObservables(Ceiling):
    """The best that can be done with what a firm sees: true effects averaged over customers who look alike."""

    name = "observables"

    def __init__(self) -> None:
        self._learned: ObservedEffects | None = None

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """The offers with the greatest true effect on average over customers with the same facts."""
        del rng
        if self._learned is None:
            self._learned = ObservedEffects(self.market.scenario, self.market.seed, limits)
        return allocate(self._learned.scored(view, limits), limits)


def judged(market: Market, offers: Offers, replicas: int = _REPLICAS) -> Offers:
    """The offers with their true effects as scores."""
    arms = (offers.product, offers.channel, offers.discount)
    found = effects(market, offers.customer, arms, replicas=replicas)
    return make_offers(offers.customer, offers.product, offers.channel, offers.discount, found.effect)


def promising(market: Market, view: View, limits: Limits, each: int) -> Offers:
    """By customer and channel the few offers with the best quick bound, of as many customers as could be contacted."""
    who, channel = np.nonzero(view.permitted)
    if not len(who):
        return no_offers()
    product = np.full((len(who), each), -1, dtype=np.int64)
    discount, score = np.zeros((len(who), each)), np.full((len(who), each), -np.inf)
    weeks = market.scenario.whole("market.horizon_weeks")
    _screen(
        market.catalogue.goods, market.people, market.laws, market.state, market.week, who, channel,
        limits.discount, weeks, (product, discount, score),
    )  # fmt: skip
    kept = (product >= 0) & (score > np.array(limits.cost)[channel][:, None])
    for one, capacity in enumerate(limits.capacity):
        mine = np.flatnonzero(channel == one)
        if len(mine) > 2 * capacity:
            worst = mine[np.argsort(-score[mine, 0], kind="stable")[2 * capacity :]]
            kept[worst] = False
    row, place = np.nonzero(kept)
    return make_offers(who[row], product[row, place], channel[row], discount[row, place])


@numba.njit(cache=True)
def _screen(goods: Goods, people: People, laws: Laws, state: State, week: int, who: np.ndarray, channel: np.ndarray, most: float, weeks: int, best: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:  # noqa: E501, PLR0917
    desk = new_desk(people.family.shape[1])
    each = best[0].shape[1]
    for row in range(who.shape[0]):
        customer = who[row]
        if state.left[customer] <= week:
            continue
        pair = (customer, customer)
        if row == 0 or who[row - 1] != customer:
            fill_needs(goods, people, laws, state, pair, week, desk.need)
        seen = attention(people, laws, state, pair, channel[row])
        for slot in range(desk.need.shape[0]):
            if desk.need[slot] <= 0.0:
                continue
            family = people.family[customer, slot]
            anyway = 1.0 - np.exp(-0.7 * weeks * desk.need[slot] * people.loyalty[customer])
            top, top_product, top_discount = -1e18, -1, 0.0
            for product in range(goods.first[family], goods.first[family + 1]):
                for step in range(2 if most > 0.0 else 1):
                    discount = most * step
                    chance = seen * acceptance(goods, people, laws, desk.need[slot], customer, product, discount)
                    value = expected_offer(goods, people, laws, customer, product, discount)
                    # What would be bought anyway is lost later, but only where a purchase meets the need for long.
                    lost = anyway * value * min(goods.lifetime[family] / weeks, 1.0) if value > 0.0 else 0.0
                    score = chance * (value - lost)
                    if score > top:
                        top, top_product, top_discount = score, product, discount
            place = each
            while place > 0 and top > best[2][row, place - 1]:
                place -= 1
            if place < each:
                for later in range(each - 1, place, -1):
                    best[0][row, later] = best[0][row, later - 1]
                    best[1][row, later] = best[1][row, later - 1]
                    best[2][row, later] = best[2][row, later - 1]
                best[0][row, place], best[1][row, place], best[2][row, place] = top_product, top_discount, top


def best_arm(
    market: Market, view: View, limits: Limits, rng: np.random.Generator, sample: int = 150
) -> tuple[int, int, float] | None:
    """The offer with the greatest true mean effect over a sample of those who may be contacted; times who can get it."""
    best, height = None, 0.0
    discounts = (0.0, limits.discount) if limits.discount > 0 else (0.0,)
    goods = market.catalogue.goods
    # One variant a family stands for it: the middle one. Then the arm's other variants are not worse by much.
    middle = (goods.first[:-1] + goods.first[1:]) // 2
    products = middle[np.argsort(-goods.popularity, kind="stable")][:60]
    for channel, capacity in enumerate(limits.capacity):
        who = np.flatnonzero(view.permitted[:, channel])
        if not len(who):
            continue
        who = np.sort(rng.permutation(who)[:sample])
        arms = [(int(product), discount) for product in products for discount in discounts]
        offers = make_offers(
            np.repeat(who, len(arms)),
            np.tile([arm[0] for arm in arms], len(who)),
            channel,
            np.tile([arm[1] for arm in arms], len(who)),
        )
        means = judged(market, offers, 1).score.reshape(len(who), len(arms)).mean(axis=0)
        reached = min(capacity, int(view.permitted[:, channel].sum()))
        if limits.cost[channel] > 0:
            reached = min(reached, int(limits.budget / limits.cost[channel]))
        if means.max() * reached > height:
            height = float(means.max() * reached)
            best = (arms[int(means.argmax())][0], channel, arms[int(means.argmax())][1])
    return best


