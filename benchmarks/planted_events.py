"""Thin shops with known truth: too few orders to tell what goes together, but visits, carts and offers that do.

Visitors look at products, put some into the cart and mostly leave without an order. Planted are *complements* (in one
cart), *substitutes* (looked at together, one of them taken) and *welcome offers* (owners of one product take an
offer of another). Popularity falls steeply, visitors differ in how much they look at, some visits hold half the shop,
customers differ in how readily they buy. A null shop has all of that and no relation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from passend.tables import contract

START = datetime(2024, 1, 1)
Pair: TypeAlias = tuple[str, str]
Lines: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True)
class ThinShop:
    """What to plant.

    Attributes:
        seed: everything random follows from it.
        goods: how many products.
        visits: how many visits.
        order_share: share of visits that end in an order, which holds what was in the cart.
        planted: whether there are relations at all.
        categories: whether products of one need share a category that the learner sees.
    """

    seed: int
    goods: int = 60
    visits: int = 6_000
    customers: int = 1_200
    days: int = 240
    order_share: float = 0.12
    planted: bool = True
    categories: bool = True


@dataclass(frozen=True)
class ThinWorld:
    """The tables that a learner sees, and the truth that only the judge may see."""

    orders: pa.Table
    products: pa.Table
    events: pa.Table
    contacts: pa.Table
    complement: set[Pair] = field(default_factory=set)
    substitute: set[Pair] = field(default_factory=set)
    next: set[Pair] = field(default_factory=set)


def make_thin(shop: ThinShop) -> ThinWorld:
    """The shop's tables and its truth."""
    random = np.random.default_rng(shop.seed)
    names = [f"t{code:03d}" for code in random.permutation(shop.goods)]
    chosen = random.permutation(np.arange(8, shop.goods // 2)).tolist()
    sellers = random.permutation(8).tolist()
    together = [(chosen.pop(), chosen.pop()) for _ in range(4)]
    alike = [(chosen.pop(), chosen.pop()) for _ in range(4)]
    # Offers are told by owners, so what they own must be owned by some.
    welcome = [(sellers.pop(), chosen.pop()) for _ in range(3)]
    plants = (together, alike) if shop.planted else ([], [])
    events, orders = _visits(shop, names, plants, random)
    contacts = _offers(shop, names, welcome, orders, random)
    truth: dict[str, set[Pair]] = {}
    if shop.planted:
        truth = {
            "complement": {_pair(names[a], names[b]) for a, b in together},
            "substitute": {_pair(names[a], names[b]) for a, b in alike},
            "next": {(names[a], names[b]) for a, b in welcome},
        }
    return ThinWorld(
        _table("orders", orders), _products(shop, names, alike, random), _table("events", events),
        _table("contacts", contacts), **truth,
    )  # fmt: skip


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


def _visits(
    shop: ThinShop,
    names: list[str],
    plants: tuple[list[tuple[int, int]], list[tuple[int, int]]],
    random: np.random.Generator,
) -> tuple[Lines, Lines]:
    together, alike = plants
    pull = 1 / np.arange(2, shop.goods + 2) ** 0.6
    pull /= pull.sum()
    eager = random.gamma(1.0, 1.0, shop.customers) + 0.05
    eager /= eager.sum()
    events: Lines = []
    orders: Lines = []
    for visit in range(shop.visits):
        size = (
            int(random.integers(25, 45))
            if random.random() < 0.005
            else 1 + int(random.poisson(2.5 * random.gamma(2, 0.5)))
        )
        seen = set(random.choice(shop.goods, min(size, shop.goods), replace=False, p=pull).tolist())
        for one, other in alike:
            if (one in seen) != (other in seen) and random.random() < 0.5:
                seen |= {one, other}
        cart = {product for product in seen if random.random() < 0.3}
        for one, other in alike:
            if {one, other} <= cart:
                cart.discard(one if random.random() < 0.5 else other)
        for one, other in together:
            if one in cart and random.random() < 0.35:
                cart.add(other)
        seen |= cart
        customer = f"c{random.choice(shop.customers, p=eager)}"
        at = START + timedelta(days=int(random.integers(0, shop.days)), seconds=visit % 80_000)
        kinds = [("view", product) for product in sorted(seen)] + [
            ("cart", product) for product in sorted(cart)
        ]
        events.extend(
            {"event_id": f"{visit}-{place}", "customer_id": customer, "visit_id": f"v{visit}", "happened_at": at,
             "kind": kind, "product_id": names[product]}
            for place, (kind, product) in enumerate(kinds)
        )  # fmt: skip
        if cart and random.random() < shop.order_share:
            orders.extend(
                {"order_id": f"o{visit}", "line": line, "customer_id": customer, "product_id": names[product],
                 "ordered_at": at, "quantity": 1.0, "returned_quantity": 0.0, "unit_price_cents": 1000,
                 "discount_cents": 0, "revenue_cents": 1000, "is_gift": False}
                for line, product in enumerate(sorted(cart))
            )  # fmt: skip
    return events, orders


def _offers(
    shop: ThinShop,
    names: list[str],
    welcome: list[tuple[int, int]],
    orders: Lines,
    random: np.random.Generator,
) -> Lines:
    """Offers to all customers of what some welcome, whoever they are; owners of the right product take it gladly."""
    owned: dict[str, set[str]] = {}
    for line in orders:
        owned.setdefault(line["customer_id"], set()).add(line["product_id"])
    ready = {f"c{number}": chance for number, chance in enumerate(random.beta(1.5, 12, shop.customers))}
    contacts: Lines = []
    for number, customer in enumerate(sorted(owned)):
        for anchor, offered in welcome:
            chance = ready[customer]
            if shop.planted and names[anchor] in owned[customer]:
                chance = 0.7
            contacts.append(
                {"contact_id": f"k{number}-{offered}", "customer_id": customer, "direction": "out", "channel": "email",
                 "happened_at": START + timedelta(days=shop.days), "purpose": "offer", "product_id": names[offered],
                 "outcome": "accept" if random.random() < chance else ("decline", "none")[number % 2]}
            )  # fmt: skip
    return contacts


def _products(
    shop: ThinShop, names: list[str], alike: list[tuple[int, int]], random: np.random.Generator
) -> pa.Table:
    shelf = random.integers(0, max(shop.goods // 6, 2), shop.goods)
    for one, other in alike:
        shelf[other] = shelf[one]
    return _table(
        "products",
        [
            {"product_id": name, "name": f"Thing {name}", "price_cents": 1000, "kind": "good", "is_active": True,
             "category": f"Shop > Shelf {shelf[place]}" if shop.categories else None, "orders": 1}
            for place, name in enumerate(names)
        ],
    )  # fmt: skip


def _table(name: str, rows: Lines) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=contract(name).schema)
