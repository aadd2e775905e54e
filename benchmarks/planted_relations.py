"""Shops with known truth: which product goes with, follows, replaces, betters or relieves which.

The world is full of what makes unrelated products look related: popularity that falls steeply, a few stock-up orders
with half the shop in them, a growing shop, a December that doubles everything, goods of one season, promotions that
lift several products in the same week, products that come and go, customers of very different eagerness. Categories
can be hidden, prices too. A null shop has all of that and no relation.

Nothing here is known to the learner but the tables of orders and products.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.tables import contract

START = datetime(2023, 1, 2)
Pair: TypeAlias = tuple[str, str]
Baskets: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Shop:
    """What to plant; the defaults are a middling shop of two years.

    Attributes:
        seed: everything random follows from it.
        goods: how many products besides contracts.
        orders: how many orders before what the plants add.
        planted: whether there are relations at all; without, it is a null shop.
        categories: whether the learner sees categories.
        prices: whether the learner sees prices; without them no upgrade is planted, for nobody could tell it.
    """

    seed: int
    goods: int = 120
    orders: int = 16_000
    customers: int = 1_500
    days: int = 728
    planted: bool = True
    categories: bool = True
    prices: bool = True


@dataclass(frozen=True)
class Truth:
    """The planted relations: unordered pairs (smaller first) where neither side leads, else ordered ones."""

    complement: set[Pair] = field(default_factory=set)
    substitute: set[Pair] = field(default_factory=set)
    next: set[Pair] = field(default_factory=set)
    upgrade: set[Pair] = field(default_factory=set)
    service: set[Pair] = field(default_factory=set)


@dataclass(frozen=True)
class World:
    """The tables that a learner sees, and the truth that only the judge may see."""

    orders: pa.Table
    products: pa.Table
    truth: Truth


@dataclass(frozen=True)
class _Plan:
    """The plants as places in the list of products."""

    complements: list[tuple[int, int, float]]
    needs: list[list[int]]
    upgrades: list[tuple[int, int]]
    following: list[tuple[int, int, int]]
    services: list[tuple[int, int]]
    contracts: list[int]


@dataclass
class _Orders:
    """The orders as they grow: who, which day, what is in it, and whether it is a stock-up."""

    customer: NDArray[np.int64]
    day: NDArray[np.int64]
    holds: Baskets
    is_bulk: NDArray[np.bool_]


def make(shop: Shop) -> World:
    """The shop's tables and its truth."""
    random = np.random.default_rng(shop.seed)
    plan = _plan(shop, random)
    prices = _prices(shop, plan, random)
    orders = _ordinary(shop, plan, random)
    if shop.planted:
        _pair_up(orders, plan, random)
        _choose_one(orders, plan, random)
        orders = _move_on(orders, plan, shop, random)
        _relieve(orders, plan, random)
    names = [f"a{code:03d}" for code in random.permutation(orders.holds.shape[1])]
    return World(
        _order_table(orders, prices, names),
        _product_table(shop, plan, prices, names, orders.holds.sum(axis=0)),
        _truth(plan, names) if shop.planted else Truth(),
    )


def _plan(shop: Shop, random: np.random.Generator) -> _Plan:
    """Plants on products of their own; needs on the better sellers, for what is rare cannot be seen to be missing."""
    sellers = random.permutation(np.arange(3, shop.goods * 2 // 5)).tolist()
    chosen = iter(
        [*sellers, *random.permutation(np.arange(shop.goods * 2 // 5, shop.goods * 4 // 5)).tolist()]
    )
    few = max(shop.goods // 20, 2)
    contracts = list(range(shop.goods, shop.goods + 5))
    return _Plan(
        needs=[[next(chosen) for _ in range(2 + number % 2)] for number in range(few)],
        upgrades=[(next(chosen), next(chosen)) for _ in range(few if shop.prices else 0)],
        complements=[(next(chosen), next(chosen), random.uniform(0.25, 0.5)) for _ in range(2 * few)],
        following=[(next(chosen), next(chosen), int(random.integers(10, 50))) for _ in range(few)],
        services=[(next(chosen), contract_) for contract_ in contracts[: max(few // 2, 2)]],
        contracts=contracts,
    )


def _prices(shop: Shop, plan: _Plan, random: np.random.Generator) -> NDArray[np.int64]:
    prices = 100 * np.exp(random.normal(2.3, 0.7, shop.goods + len(plan.contracts)))
    for group in plan.needs:
        prices[group] = prices[group[0]] * random.uniform(0.9, 1.1, len(group))
    for cheap, dear in plan.upgrades:
        prices[dear] = prices[cheap] * random.uniform(1.4, 2.5)
    return prices.astype(np.int64) + 1


def _ordinary(shop: Shop, plan: _Plan, random: np.random.Generator) -> _Orders:
    """Orders in which nothing has to do with anything, except by the common causes named at the top."""
    eager = random.gamma(0.8, 1, shop.customers) + 0.05
    weekday = np.arange(shop.days)
    traffic = (1 + weekday / shop.days) * np.where(weekday % 364 >= 330, 2.2, 1.0)
    day = np.sort(random.choice(shop.days, shop.orders, p=traffic / traffic.sum()))
    customer = random.choice(shop.customers, shop.orders, p=eager / eager.sum())
    pull = np.log(_popularity(shop, plan, random))
    chance = pull[day] + random.gumbel(size=(shop.orders, pull.shape[1]))
    for group in [*plan.needs, *([list(pair) for pair in plan.upgrades])] if shop.planted else []:
        # A need is felt by some customers much and by most hardly at all.
        needy = np.where(random.random(shop.customers) < 0.35, 1.0, -1.2)
        chance[:, group] += needy[customer][:, None]
    is_bulk = random.random(shop.orders) < 0.008
    size = 1 + random.poisson(3.5 * random.gamma(2, 0.5, shop.orders))
    size[is_bulk] = random.integers(25, 70, is_bulk.sum())
    rank = np.argsort(np.argsort(-chance, axis=1), axis=1)
    return _Orders(customer.astype(np.int64), day.astype(np.int64), rank < size[:, None], is_bulk)


def _popularity(shop: Shop, plan: _Plan, random: np.random.Generator) -> NDArray[np.float64]:
    """How much each product is wanted on each day."""
    n_products = shop.goods + len(plan.contracts)
    base = 1 / np.arange(2, n_products + 2) ** 0.6 * random.lognormal(0, 0.3, n_products)
    base[plan.contracts] = base.mean() * 0.25
    pull = np.tile(base, (shop.days, 1))
    free = _unplanted(shop, plan)
    for product in free[::6]:  # goods of one season
        peak = random.integers(0, 364)
        away = np.abs((np.arange(shop.days) - peak + 182) % 364 - 182)
        pull[:, product] *= np.where(away < 35, 4.0, 0.15)
    for product in free[1::8]:  # products that come, and products that go
        turn = int(random.integers(200, shop.days - 200))
        absent = slice(None, turn) if random.random() < 0.5 else slice(turn, None)
        pull[absent, product] *= 0.02
    for _ in range(shop.days // 30):  # promotions: several products in the same week
        week = random.integers(0, shop.days // 7)
        pull[7 * week : 7 * week + 7, random.choice(shop.goods, 5, replace=False)] *= 5
    return pull


def _unplanted(shop: Shop, plan: _Plan) -> list[int]:
    used = {product for pair in plan.complements for product in pair[:2]}
    used |= {product for group in plan.needs for product in group}
    used |= {product for pair in (*plan.upgrades, *plan.services) for product in pair}
    used |= {product for pair in plan.following for product in pair[:2]}
    return [product for product in range(shop.goods) if product not in used]


def _pair_up(orders: _Orders, plan: _Plan, random: np.random.Generator) -> None:
    for one, other, chance in plan.complements:
        joined = orders.holds[:, one] & (random.random(len(orders.day)) < chance)
        orders.holds[:, other] |= joined


def _choose_one(orders: _Orders, plan: _Plan, random: np.random.Generator) -> None:
    """Of what serves one need an order holds one; a stock-up holds what it likes."""
    for group in (*plan.needs, *(list(pair) for pair in plan.upgrades)):
        held = orders.holds[:, group]
        both = (held.sum(axis=1) > 1) & ~orders.is_bulk & (random.random(len(held)) < 0.9)
        kept = np.argmax(held * random.random(held.shape), axis=1)
        held[both] = np.arange(len(group)) == kept[both][:, None]
        orders.holds[:, group] = held


def _move_on(orders: _Orders, plan: _Plan, shop: Shop, random: np.random.Generator) -> _Orders:
    """Customers move up to the dearer product for good; after some products, customers come back for another."""
    for cheap, dear in plan.upgrades:
        for rows in _histories(orders, cheap):
            if random.random() < 0.7:
                later = rows[1:][~orders.is_bulk[rows[1:]]]
                moved = later[orders.holds[later, cheap]]
                orders.holds[moved, cheap], orders.holds[moved, dear] = False, True
    added: list[tuple[int, int, int]] = []
    for first, then, lag in plan.following:
        for rows in _histories(orders, first):
            day = int(orders.day[rows[0]]) + int(random.integers(lag - 5, lag + 6))
            if random.random() < 0.35 and day < shop.days and not orders.holds[rows, then].any():
                added.append((int(orders.customer[rows[0]]), day, then))
    extra = np.zeros((len(added), orders.holds.shape[1]), bool)
    extra[np.arange(len(added)), [then for _, _, then in added]] = True
    joined = _Orders(
        np.concatenate([orders.customer, np.array([who for who, _, _ in added], np.int64)]),
        np.concatenate([orders.day, np.array([day for _, day, _ in added], np.int64)]),
        np.vstack([orders.holds, extra]),
        np.concatenate([orders.is_bulk, np.zeros(len(added), bool)]),
    )
    place = np.argsort(joined.day, kind="stable")
    return _Orders(joined.customer[place], joined.day[place], joined.holds[place], joined.is_bulk[place])


def _relieve(orders: _Orders, plan: _Plan, random: np.random.Generator) -> None:
    """Who has bought the product twice may take the contract with a later order, and then buys it no more."""
    for product, contract_ in plan.services:
        for rows in _histories(orders, product):
            bought = np.flatnonzero(orders.holds[rows, product])
            later = rows[bought[1] + 1 :] if len(bought) > 1 else rows[:0]
            takes = later[random.random(len(later)) < 0.25][:1]
            if len(takes) and not orders.holds[rows, contract_].any():
                orders.holds[takes, contract_] = True
                orders.holds[rows[rows > takes[0]], product] = False


def _histories(orders: _Orders, product: int) -> list[NDArray[np.int64]]:
    """The rows of each customer who bought the product, from that first order on."""
    found = []
    for customer in np.unique(orders.customer[orders.holds[:, product]]):
        rows = np.flatnonzero(orders.customer == customer)
        found.append(rows[np.argmax(orders.holds[rows, product]) :])
    return found


def _truth(plan: _Plan, names: list[str]) -> Truth:
    def unordered(one: int, other: int) -> Pair:
        first, second = sorted((names[one], names[other]))
        return first, second

    return Truth(
        complement={unordered(one, other) for one, other, _ in plan.complements},
        substitute={unordered(a, b) for group in plan.needs for a in group for b in group if a < b},
        next={(names[first], names[then]) for first, then, _ in plan.following},
        upgrade={(names[cheap], names[dear]) for cheap, dear in plan.upgrades},
        service={(names[product], names[contract_]) for product, contract_ in plan.services},
    )


def _order_table(orders: _Orders, prices: NDArray[np.int64], names: list[str]) -> pa.Table:
    row, product = np.nonzero(orders.holds)
    columns = {
        "order_id": pa.array([f"o{number}" for number in row]),
        "line": pa.array(np.arange(len(row))),
        "customer_id": pa.array([f"c{number}" for number in orders.customer[row]]),
        "product_id": pa.array(names, pa.string()).take(pa.array(product)),
        "ordered_at": pa.array(
            [START + timedelta(days=int(day)) for day in orders.day[row]], pa.timestamp("us")
        ),
        "quantity": pa.array(np.ones(len(row))),
        "returned_quantity": pa.array(np.zeros(len(row))),
        "unit_price_cents": pa.array(prices[product]),
        "discount_cents": pa.array(np.zeros(len(row), np.int64)),
        "revenue_cents": pa.array(prices[product]),
        "is_gift": pa.array(np.zeros(len(row), bool)),
    }
    return _filled("orders", columns, len(row))


def _product_table(
    shop: Shop, plan: _Plan, prices: NDArray[np.int64], names: list[str], sold: NDArray[np.int64]
) -> pa.Table:
    """Eight products to a category; those of one need share theirs, complements and followers do not."""
    random = np.random.default_rng(shop.seed + 1)
    leaf = random.integers(0, max(shop.goods // 8, 2), len(names))
    for group in (*plan.needs, *(list(pair) for pair in plan.upgrades)):
        leaf[group] = leaf[group[0]]
    contracts = set(plan.contracts)
    columns = {
        "product_id": pa.array(names),
        "name": pa.array([f"Product {name}" for name in names]),
        "price_cents": pa.array(prices if shop.prices else [None] * len(names), pa.int64()),
        "category": pa.array(
            [f"Department {place % 4} > Shelf {place}" if shop.categories else None for place in leaf],
            pa.string(),
        ),
        "kind": pa.array(["contract" if place in contracts else "good" for place in range(len(names))]),
        "is_active": pa.array([True] * len(names)),
        "orders": pa.array(sold),
    }
    return _filled("products", columns, len(names))


def _filled(table: str, columns: dict[str, pa.Array], rows: int) -> pa.Table:
    """The contract's columns; what the shop does not know is empty."""
    schema = contract(table).schema
    return pa.table(
        [
            columns[name].cast(schema.field(name).type)
            if name in columns
            else pa.nulls(rows, schema.field(name).type)
            for name in schema.names
        ],
        schema=schema,
    )
