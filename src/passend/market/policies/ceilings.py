"""Players who know the truth: the best uniform arm, the best on observables, the clairvoyant. Ceilings, not rivals."""

import math
from collections.abc import Callable

import numba
import numpy as np

from passend.market.allocate import allocate
from passend.market.catalogue import Goods
from passend.market.demand import expected_offer, fill_needs, new_desk
from passend.market.laws import Laws
from passend.market.offers import Limits, Offers, make_offers, no_offers
from passend.market.people import People, State
from passend.market.policies.observed import observed_effects
from passend.market.policies.policy import Policy
from passend.market.responses import acceptance, attention, slot_of
from passend.market.streams import inner, version
from passend.market.truth import effects
from passend.market.view import View
from passend.market.world import Market

_REPLICAS = 2
#: An offer to everybody: product, discount, true mean effect in cents.
Arm = tuple[int, float, float]


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
    each = 2

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """The offers with the greatest true effect under the limits."""
        del rng
        offers = promising(self.market, view, limits, self.each)
        if not len(offers):
            return no_offers()
        return allocate(judged(self.market, offers), limits)


class BestUniformArm(Ceiling):
    """One offer for everybody: on each channel the arm (product, discount) with the best true mean effect.

    Its customers are taken in turn, not chosen: whatever a player wins above it, is won by telling customers apart. The
    arm is sought anew every month, among those with the best mean of the quick bound.
    """

    name = "uniform"
    every = 4

    def __init__(self) -> None:
        self._arms: dict[int, Arm] = {}
        self._chosen_at = -self.every

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """The best arms, to as many as each channel allows; nobody where no arm is worth it."""
        if view.week - self._chosen_at >= self.every:
            self._arms = best_arms(self.market, view, limits, rng)
            self._chosen_at = view.week
        offers = no_offers()
        for channel, (product, discount, mean) in self._arms.items():
            who = np.flatnonzero(view.permitted[:, channel])
            offers = offers.with_rows(make_offers(who, product, channel, discount, mean))
        # Among equals the first row is taken, so customers come in an order drawn anew.
        return allocate(offers.where(rng.permutation(len(offers))), limits)


class BestOnObservables(Ceiling):
    """The best that can be done with what a firm sees: true effects averaged over customers who look alike."""

    name = "observables"

    def decide(self, view: View, limits: Limits, rng: np.random.Generator) -> Offers:
        """The offers with the greatest true effect on average over customers with the same facts."""
        del rng
        return allocate(observed_effects(self.market.scenario).scored(self.market, view, limits), limits)


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
        most = int(1.5 * capacity) + 10
        if len(mine) > most:
            worst = mine[np.argsort(-score[mine, 0], kind="stable")[most:]]
            kept[worst] = False
    row, place = np.nonzero(kept)
    return make_offers(who[row], product[row, place], channel[row], discount[row, place])


@inner
def _bound(
    goods: Goods,
    people: People,
    laws: Laws,
    who: tuple[int, int],
    need: float,
    seen: float,
    arm: tuple[int, float],
    weeks: int,
) -> float:
    """Acceptance times profit of the sale, less what would have been bought anyway where it meets a need for long."""
    customer = who[0]
    product, discount = arm
    chance = seen * acceptance(goods, people, laws, need, customer, product, discount)
    value = expected_offer(goods, people, laws, customer, product, discount)
    if value > 0.0 and laws.moves_needs:
        anyway = 1.0 - math.exp(-0.7 * weeks * need * people.loyalty[customer])
        value *= 1.0 - anyway * min(goods.lifetime[goods.family[product]] / weeks, 1.0)
    return chance * value


@inner
def _rank(
    goods: Goods,
    people: People,
    laws: Laws,
    state: State,
    week: int,
    who: np.ndarray,
    channel: np.ndarray,
    most: float,
    weeks: int,
    best: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """By row of customer and channel the best products by bound, one a family."""
    desk = new_desk(people.family.shape[1])
    for row in range(who.shape[0]):
        pair = (who[row], who[row])
        if state.left[who[row]] <= week:
            continue
        if row == 0 or who[row - 1] != who[row]:
            fill_needs(goods, people, laws, state, pair, week, desk.need)
        seen = attention(people, laws, state, pair, channel[row])
        for slot in range(desk.need.shape[0]):
            if desk.need[slot] <= 0.0:
                continue
            family = people.family[who[row], slot]
            top, top_product, top_discount = -1e18, -1, 0.0
            for product in range(goods.first[family], goods.first[family + 1]):
                for step in range(2 if most > 0.0 else 1):
                    arm = (product, most * step)
                    score = _bound(goods, people, laws, pair, desk.need[slot], seen, arm, weeks)
                    if score > top:
                        top, top_product, top_discount = score, product, most * step
            if top_product >= 0:
                _insert(best, row, (top_product, top_discount, top))


@inner
def _insert(best: tuple[np.ndarray, np.ndarray, np.ndarray], row: int, arm: tuple[int, float, float]) -> None:
    """Put an arm (product, discount, bound) at its place among the best of a row."""
    each = best[0].shape[1]
    place = each
    while place > 0 and arm[2] > best[2][row, place - 1]:
        place -= 1
    if place == each:
        return
    for later in range(each - 1, place, -1):
        best[0][row, later] = best[0][row, later - 1]
        best[1][row, later] = best[1][row, later - 1]
        best[2][row, later] = best[2][row, later - 1]
    best[0][row, place], best[1][row, place], best[2][row, place] = arm


@inner
def _sum_bounds(
    goods: Goods,
    people: People,
    laws: Laws,
    state: State,
    week: int,
    who: np.ndarray,
    channel: int,
    discounts: np.ndarray,
    weeks: int,
    quick: np.ndarray,
) -> None:
    """By product and discount the sum of bounds over customers."""
    desk = new_desk(people.family.shape[1])
    for row in range(who.shape[0]):
        pair = (who[row], who[row])
        if state.left[who[row]] <= week:
            continue
        fill_needs(goods, people, laws, state, pair, week, desk.need)
        seen = attention(people, laws, state, pair, channel)
        for product in range(quick.shape[0]):
            slot = slot_of(people, who[row], goods.family[product])
            need = desk.need[slot] if slot >= 0 else 0.0
            for place in range(discounts.shape[0]):
                quick[product, place] += _bound(
                    goods, people, laws, pair, need, seen, (product, discounts[place]), weeks
                )


def _compiled(version: str) -> tuple[Callable[..., None], Callable[..., None]]:
    @numba.njit(cache=True)
    def all_bounds(goods, people, laws, state, week, who, channel, discounts, weeks, quick):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if version:
            _sum_bounds(goods, people, laws, state, week, who, channel, discounts, weeks, quick)

    @numba.njit(cache=True)
    def run(goods, people, laws, state, week, who, channel, most, weeks, best):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if version:
            _rank(goods, people, laws, state, week, who, channel, most, weeks, best)

    return run, all_bounds


_screen, _bound_all = _compiled(version())


def best_arms(
    market: Market, view: View, limits: Limits, rng: np.random.Generator, sample: int = 250
) -> dict[int, Arm]:
    """By channel the offer with the greatest true mean effect over a sample of those who may be contacted."""
    arms: dict[int, Arm] = {}
    for channel in range(len(limits.capacity)):
        who = np.flatnonzero(view.permitted[:, channel])
        if not len(who):
            continue
        who = np.sort(rng.permutation(who)[:sample])
        products = len(view.price)
        discounts = np.array(limits.discounts)
        quick = np.zeros((products, len(discounts)))
        weeks = market.scenario.whole("market.horizon_weeks")
        _bound_all(
            market.catalogue.goods, market.people, market.laws, market.state, market.week, who, channel,
            discounts, weeks, quick,
        )  # fmt: skip
        best = np.argsort(-quick.ravel(), kind="stable")[:6]
        offers = make_offers(
            np.repeat(who, len(best)),
            np.tile(best // len(discounts), len(who)),
            channel,
            np.tile(discounts[best % len(discounts)], len(who)),
        )
        means = judged(market, offers, 1).score.reshape(len(who), len(best)).mean(axis=0)
        if means.max() > 0:
            arm = int(best[means.argmax()])
            arms[channel] = (
                arm // len(discounts),
                float(discounts[arm % len(discounts)]),
                float(means.max()),
            )
    return arms
