"""Who the customers are: latent needs, budget, patience, consent, and the four kinds on whom cross-selling loses."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from passend.market import streams
from passend.market.catalogue import MOST_RELATIONS, Goods
from passend.market.parameters import CHANNELS
from passend.market.scenario import Scenario

#: The kinds of customer; the last four lose money on cross-selling (Shah and Kumar, HBR, December 2012).
KINDS = ("ordinary", "service demander", "revenue reverser", "promotion maximiser", "spending limiter")
ORDINARY, DEMANDER, REVERSER, MAXIMISER, LIMITER = range(5)
NEVER = -10_000


class People(NamedTuple):
    """What never changes of a customer; one row each. ``family``, ``rate`` and ``link`` are per slot of need.

    ``rate``: purchases a week that the customer wants in all, from whomever. ``loyalty``: the share bought here without
    an offer. ``link`` (customers, needs, 6): the slot that a relation of the slot's family leads to, or -1.
    """

    family: NDArray[np.int32]
    rate: NDArray[np.float32]
    link: NDArray[np.int8]
    loyalty: NDArray[np.float64]
    extra: NDArray[np.float64]
    tier: NDArray[np.int8]
    sensitivity: NDArray[np.float64]
    persuadable: NDArray[np.float64]
    thin_skin: NDArray[np.float64]
    likes: NDArray[np.float64]
    hour: NDArray[np.int8]
    kind: NDArray[np.int8]
    begins: NDArray[np.int32]
    weekly_spend: NDArray[np.float64]


class State(NamedTuple):
    """What changes of a customer: what is owned, which needs are raised, annoyance, savings, permission.

    ``moved`` (cents): spending that an accepted offer took ahead of, still to be saved elsewhere.
    """

    owned: NDArray[np.int16]
    boost: NDArray[np.float32]
    boost_from: NDArray[np.int16]
    boost_lag: NDArray[np.float32]
    annoyance: NDArray[np.float64]
    moved: NDArray[np.float64]
    left: NDArray[np.int32]
    life_week: NDArray[np.int32]
    life_category: NDArray[np.int32]
    consent: NDArray[np.bool_]
    profit: NDArray[np.float64]


def build_people(scenario: Scenario, goods: Goods, seed: int) -> tuple[People, State]:
    """Draw all customers, and how they stand at the beginning of the history."""
    random = streams.generator(seed, 2)
    count = scenario.whole("customers.number")
    family = _needs(scenario, goods, count, random)
    rate = _rates(scenario, goods, family, random)
    weight, loyal = scenario.number("customers.loyalty_weight"), scenario.number("customers.loyalty")
    loyalty = random.beta(weight * loyal, weight * (1 - loyal) + 1e-9, count)
    kind = _kinds(scenario, count, random)
    tier = np.clip(np.round(random.normal(1.0, 0.8, count)), 0, 2).astype(np.int8)
    # A revenue reverser buys more, as published; most of it comes back.
    rate[kind == REVERSER] *= 1.5
    spend = (
        rate * loyalty[:, None] * (goods.margin.mean(axis=(1, 2)) + goods.unit_cost.mean(axis=1))[family]
    ).sum(axis=1)
    begins = np.where(
        random.random(count) < scenario.number("customers.arriving"),
        (random.random(count) * scenario.whole("market.history_weeks") * 0.95).astype(int),
        0,
    )
    people = People(
        family,
        rate,
        _links(goods, family),
        loyalty,
        random.gamma(1.5, scenario.number("customers.extra_items") / 1.5, count),
        tier,
        np.exp(random.normal(0, scenario.number("customers.price_spread"), count)),
        random.normal(0, scenario.number("customers.persuadable_spread"), count)
        + np.where(kind == REVERSER, 0.7, 0.0),
        np.exp(random.normal(0, scenario.number("annoyance.spread"), count))
        * np.where(random.random(count) < scenario.number("customers.sleeping_dogs"), 5.0, 1.0),
        random.beta(4.0, 2.0, (count, len(CHANNELS))) * 1.5,
        np.clip(np.round(random.normal(15, 4, count)), 0, 23).astype(np.int8),
        kind,
        begins.astype(np.int32),
        spend,
    )
    return people, _beginning(scenario, people, random)


def _needs(scenario: Scenario, goods: Goods, count: int, random: np.random.Generator) -> NDArray[np.int32]:
    """The families that each customer ever needs: all of them where they are few, else by popularity and relation."""
    families, most = len(goods.lifetime), scenario.whole("customers.needs")
    if families <= most:
        return np.tile(np.arange(families, dtype=np.int32), (count, 1))
    cumulated = np.cumsum(goods.popularity) / goods.popularity.sum()
    blocks = [
        _needs_of(goods, most, min(20_000, count - begin), cumulated, random)
        for begin in range(0, count, 20_000)
    ]
    return np.concatenate(blocks)


def _needs_of(
    goods: Goods, most: int, count: int, cumulated: NDArray[np.float64], random: np.random.Generator
) -> NDArray[np.int32]:
    families, half = len(cumulated), most // 2
    drawn = np.searchsorted(cumulated, random.random((count, 4 * most))).clip(0, families - 1)
    # Half the needs come by popularity, the rest along true relations of those, so that baskets hang together.
    seed, relation = (
        random.integers(0, half, (count, half * 2)),
        random.integers(0, MOST_RELATIONS, (count, half * 2)),
    )
    along = goods.target[np.take_along_axis(drawn[:, :half], seed, axis=1), relation]
    pool = np.concatenate(
        [drawn[:, :half], np.where(along >= 0, along, drawn[:, most : most + 2 * half]), drawn], 1
    )
    return _first_distinct(pool, most)


def _first_distinct(pool: NDArray[np.int64], most: int) -> NDArray[np.int32]:
    """The first different values of each row; a row with too few repeats its last with no rate."""
    order = np.argsort(pool, axis=1, kind="stable")
    in_order = np.take_along_axis(pool, order, axis=1)
    again = np.zeros(pool.shape, dtype=bool)
    np.put_along_axis(again, order[:, 1:], in_order[:, 1:] == in_order[:, :-1], axis=1)
    chosen = np.argsort(again, axis=1, kind="stable")[:, :most]
    return np.where(
        np.take_along_axis(again, chosen, axis=1), -1, np.take_along_axis(pool, chosen, axis=1)
    ).astype(np.int32)


def _rates(
    scenario: Scenario, goods: Goods, family: NDArray[np.int32], random: np.random.Generator
) -> NDArray[np.float32]:
    count = len(family)
    spread = scenario.number("customers.taste_spread")
    shelf = random.normal(0, spread, (count, int(goods.category.max()) + 1))
    liking = shelf[np.arange(count)[:, None], goods.category[family]] * 0.7 + random.normal(
        0, spread * 0.7, family.shape
    )
    rate = goods.popularity[family] * np.exp(liking) * (family >= 0)
    rate /= rate.sum(axis=1, keepdims=True).clip(1e-12)
    shape = scenario.number("customers.spread")
    activity = random.gamma(shape, 1 / shape, count) * scenario.number("customers.purchases")
    return np.asarray(rate * activity[:, None] / scenario.number("customers.loyalty"), dtype=np.float32)


def _kinds(scenario: Scenario, count: int, random: np.random.Generator) -> NDArray[np.int8]:
    shares = [
        scenario.number(f"kinds.{name}") for name in ("demanders", "reversers", "maximisers", "limiters")
    ]
    return np.asarray(
        (np.searchsorted(np.cumsum(shares), random.random(count), side="right") + 1) % 5, dtype=np.int8
    )


def _links(goods: Goods, family: NDArray[np.int32]) -> NDArray[np.int8]:
    """For each slot and relation the customer's slot of the related family, found block by block."""
    count, needs = family.shape
    link = np.full((count, needs, MOST_RELATIONS), -1, dtype=np.int8)
    for begin in range(0, count, 20_000):
        rows = slice(begin, begin + 20_000)
        wanted = np.where(family[rows, :, None] >= 0, goods.target[family[rows]], -2)
        for slot in range(needs):
            found = (wanted == family[rows, slot][:, None, None]) & (wanted >= 0)
            link[rows][found] = slot
    return link


def _beginning(scenario: Scenario, people: People, random: np.random.Generator) -> State:
    count, needs = people.family.shape
    permissions = (
        scenario.number("customers.email_consent"),
        1.0,
        1.0,
        scenario.number("customers.phone_consent"),
    )
    return State(
        np.full((count, needs), NEVER, dtype=np.int16),
        np.zeros((count, needs), dtype=np.float32),
        np.full((count, needs), NEVER, dtype=np.int16),
        np.ones((count, needs), dtype=np.float32),
        np.zeros(count),
        np.zeros(count),
        np.full(count, 2**30, dtype=np.int32),
        np.full(count, NEVER, dtype=np.int32),
        np.zeros(count, dtype=np.int32),
        random.random((count, len(CHANNELS))) < np.array(permissions),
        np.zeros(count),
    )
