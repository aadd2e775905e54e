"""Small firms in which it is known what no sensible shopkeeper would offer to whom.

*Durable*: whoever bought a washing machine needs no second one. *Anchor*: many customers own their printer from
elsewhere and come for its ink; they never buy a printer. *Tiers*: each need is met by a cheap, a usual and a dear
product, and customers buy of their own tier, whatever is offered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

CUSTOMERS, DAYS, BEGINS = 1500, 728, datetime(2024, 11, 4)
_WEEKS = DAYS / 7.0
#: Weeks at the end in which offers were made by lot, to so many customers a week.
_OFFERED, _ASKED = 40, 0.1
#: An offer is taken so many times as often as it is bought in a week without one.
_TAKES = 4.0

#: One purchase: customer, product, day.
Bought = tuple[int, int, float]


@dataclass(frozen=True)
class Product:
    """A product, its category and its price in EUR."""

    name: str
    category: str
    price: float


@dataclass(frozen=True)
class Firm:
    """A firm and the truth.

    Attributes:
        products: in the order of their numbers.
        bought: purchases.
        wants: float (customers, products), purchases a week without an offer, while the need is not met.
        sated: bool (customers, products), needs that were met and last.
        alien: bool (customers, products), what the customer would never buy, though nothing like it was bought.
        accessories: names of products that must speak for none of ``anchors``.
        anchors: names.
    """

    products: list[Product]
    bought: list[Bought]
    wants: NDArray[np.float64]
    sated: NDArray[np.bool_]
    alien: NDArray[np.bool_]
    accessories: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()


_EVERYDAY = (
    Product("Washing powder 3 kg", "Laundry", 9), Product("Softener 1 l", "Laundry", 4),
    Product("Coffee beans 1 kg", "Pantry", 16), Product("Green tea 100 g", "Pantry", 7),
    Product("Bath towel", "Textiles", 18), Product("Tea towels, 3", "Textiles", 12),
    Product("Candle, large", "Living", 14), Product("Cushion", "Living", 25), Product("Desk lamp", "Lamps", 39),
    Product("LED bulb E27", "Lamps", 6),
)  # fmt: skip
_DURABLES = (
    Product("Washing machine 7 kg", "Washing machines", 399), Product("Washing machine 9 kg", "Washing machines", 649),
    Product("Washing machine Silent", "Washing machines", 999), Product("Fridge 140 l", "Fridges", 299),
    Product("Fridge-freezer 300 l", "Fridges", 599), Product("Fridge-freezer XXL", "Fridges", 1299),
    Product("Coffee machine Uno", "Coffee machines", 249), Product("Coffee machine Duo", "Coffee machines", 549),
    Product("Mattress soft", "Mattresses", 199), Product("Mattress firm", "Mattresses", 399),
)  # fmt: skip
_ANCHORS = (
    Product("Inkjet printer", "Printers", 129), Product("Photo printer", "Printers", 249),
    Product("Laser printer", "Printers", 399), Product("Camera C10", "Cameras", 549),
    Product("Camera C20", "Cameras", 899),
)  # fmt: skip
_ACCESSORIES = (
    Product("Ink cartridge, black", "Ink", 19), Product("Ink cartridge, colour", "Ink", 24),
    Product("Photo paper A4", "Paper", 12), Product("Memory card 64 GB", "Camera accessories", 22),
    Product("Camera bag", "Camera accessories", 35), Product("Camera battery", "Camera accessories", 29),
)  # fmt: skip
_TIERED = {
    "Red wine": ("House red", "Rioja Crianza", "Barolo Riserva"), "White wine": ("House white", "Riesling trocken",
    "Meursault"), "Oil": ("Rapeseed oil", "Olive oil Kalamata", "Olio nuovo, single estate"),
    "Chocolate": ("Milk bar", "Dark 70 %", "Pralines, hand made"), "Knives": ("Kitchen knife", "Chef's knife",
    "Damascus knife"), "Pans": ("Pan 24 cm", "Steel pan 24 cm", "Copper pan 24 cm"),
    "Coffee": ("Filter coffee", "Espresso beans", "Geisha beans"), "Candles": ("Candle", "Scented candle",
    "Candle in crystal"),
}  # fmt: skip
_TIER_PRICES, _TIER_SHARES = (6.0, 24.0, 210.0), (0.5, 0.38, 0.12)


def durable(seed: int) -> Firm:
    """Each need for something that lasts is met at most once in two years, at any time of them."""
    random = np.random.default_rng(seed)
    products = [*_EVERYDAY, *_DURABLES]
    bought, wants = _everyday(random, len(products))
    met = np.zeros((CUSTOMERS, len(products)), np.bool_)
    for category in dict.fromkeys(one.category for one in _DURABLES):
        models = [place for place, one in enumerate(products) if one.category == category]
        wants[:, models] = 0.4 / _WEEKS / len(models)
        for who in np.flatnonzero(random.random(CUSTOMERS) < 0.4).tolist():
            what = int(random.choice(models))
            bought.append((who, what, float(random.uniform(0, DAYS))))
            met[who, models] = True
    return Firm(products, bought, wants, met, np.zeros_like(met))


def anchor(seed: int) -> Firm:
    """Half of those who buy ink or memory cards bought the printer or camera here before; the others never do."""
    random = np.random.default_rng(seed)
    products = [*_EVERYDAY, *_ANCHORS, *_ACCESSORIES]
    bought, wants = _everyday(random, len(products))
    met, never = (np.zeros((CUSTOMERS, len(products)), np.bool_) for _ in range(2))
    for category, of in (("Printers", ("Ink", "Paper")), ("Cameras", ("Camera accessories",))):
        models = [place for place, one in enumerate(products) if one.category == category]
        extras = [place for place, one in enumerate(products) if one.category in of]
        wants[:, models] = 0.3 / _WEEKS / len(models)
        kind = random.choice(3, CUSTOMERS, p=[0.4, 0.3, 0.3])
        for who in np.flatnonzero(kind > 0).tolist():
            since = float(random.uniform(-DAYS, DAYS)) if kind[who] == 1 else float(random.uniform(0, DAYS))
            if kind[who] == 2:
                bought.append((who, int(random.choice(models)), since))
            (met if kind[who] == 2 else never)[who, models] = True
            wants[who, extras] = 7.0 / 90.0 / len(extras)
            days = since + np.cumsum(random.exponential(90, 20))
            bought += [(who, int(random.choice(extras)), float(day)) for day in days if 0 <= day < DAYS]
    names = tuple(one.name for one in _ANCHORS)
    return Firm(products, bought, wants, met, never, tuple(one.name for one in _ACCESSORIES), names)


def tiers(seed: int) -> Firm:
    """Nobody buys above the own tier."""
    random = np.random.default_rng(seed)
    products = [
        Product(name, category, price * float(random.uniform(0.7, 1.5)))
        for category, names in _TIERED.items() for name, price in zip(names, _TIER_PRICES, strict=True)
    ]  # fmt: skip
    level = random.choice(3, CUSTOMERS, p=_TIER_SHARES)
    needs = len(products) // 3
    likes = random.dirichlet(np.ones(needs), CUSTOMERS)
    bought = [
        (who, 3 * int(random.choice(needs, p=likes[who])) + int(level[who]), day)
        for who in range(CUSTOMERS) for day in random.uniform(0, DAYS, 1 + random.poisson(6)).tolist()
    ]  # fmt: skip
    tier = np.arange(len(products)) % 3
    above = tier[None, :] > level[:, None]
    wants = np.repeat(7.0 / _WEEKS * likes, 3, axis=1)
    return Firm(products, bought, wants, np.zeros_like(above), above)


WORLDS: dict[str, Callable[[int], Firm]] = {"durable": durable, "anchor": anchor, "tiers": tiers}


def _everyday(random: np.random.Generator, products: int) -> tuple[list[Bought], NDArray[np.float64]]:
    likes = random.dirichlet(np.ones(len(_EVERYDAY)), CUSTOMERS)
    wants = np.zeros((CUSTOMERS, products))
    wants[:, : len(_EVERYDAY)] = 6.0 / _WEEKS * likes
    bought = [
        (who, int(random.choice(len(_EVERYDAY), p=likes[who])), day)
        for who in range(CUSTOMERS) for day in random.uniform(0, DAYS, 1 + random.poisson(5)).tolist()
    ]  # fmt: skip
    return bought, wants


def tables_of(firm: Firm, seed: int, *, orders_alone: bool) -> dict[str, pa.Table]:
    """What the firm hands over: its orders; else products with costs, consents, and offers by lot, too.

    An offer is taken by those who need it, in proportion; nobody takes what is nonsense.
    """
    random = np.random.default_rng([seed, 1])
    bought = list(firm.bought)
    offers = [] if orders_alone else _by_lot(firm, random)
    may = np.where(firm.sated | firm.alien, 0.0, _TAKES * firm.wants)
    bought += [
        (who, what, day + float(random.uniform(0.1, 3)))
        for who, what, day in offers
        if random.random() < may[who, what]
    ]
    found = {"orders": _orders(firm, bought)}
    return found if orders_alone else found | _more(firm, offers)


def _by_lot(firm: Firm, random: np.random.Generator) -> list[Bought]:
    return [
        (int(who), int(random.integers(len(firm.products))), float(DAYS - 7 * week + 0.5))
        for week in range(1, _OFFERED + 1) for who in np.flatnonzero(random.random(CUSTOMERS) < _ASKED)
    ]  # fmt: skip


def _orders(firm: Firm, bought: list[Bought]) -> pa.Table:
    rows = sorted((row for row in bought if row[2] < DAYS), key=lambda row: row[2])
    goods = [firm.products[what] for _, what, _ in rows]
    return pa.table(
        {
            "Order No": [f"{100_000 + place}" for place in range(len(rows))],
            "Order Date": [BEGINS + timedelta(days=day) for _, _, day in rows],
            "Customer No": [customer_number(who) for who, _, _ in rows],
            "Article": [product_number(what) for _, what, _ in rows],
            "Description": [one.name for one in goods],
            "Category": [one.category for one in goods],
            "Quantity": [1] * len(rows),
            "Unit Price EUR": [f"{one.price:.2f}" for one in goods],
        }
    )


def _more(firm: Firm, offers: list[Bought]) -> dict[str, pa.Table]:
    chance = _ASKED / len(firm.products)
    products = {
        "product_id": [product_number(place) for place in range(len(firm.products))],
        "name": [one.name for one in firm.products],
        "category": [one.category for one in firm.products],
        "price_cents": [round(100 * one.price) for one in firm.products],
        "unit_cost_cents": [round(60 * one.price) for one in firm.products],
        "currency": ["EUR"] * len(firm.products),
    }
    consents = {
        "customer_id": [customer_number(who) for who in range(CUSTOMERS)],
        "channel": ["email"] * CUSTOMERS,
        "said_at": [BEGINS] * CUSTOMERS,
        "is_given": [True] * CUSTOMERS,
        "basis": ["double opt-in"] * CUSTOMERS,
    }
    contacts = {
        "contact_id": [f"c{place}" for place in range(len(offers))],
        "customer_id": [customer_number(who) for who, _, _ in offers],
        "happened_at": [BEGINS + timedelta(days=day) for _, _, day in offers],
        "direction": ["out"] * len(offers),
        "channel": ["email"] * len(offers),
        "purpose": ["offer"] * len(offers),
        "product_id": [product_number(what) for _, what, _ in offers],
        "probability": [chance] * len(offers),
        "outcome": ["none"] * len(offers),
    }
    return {"products": pa.table(products), "consents": pa.table(consents), "contacts": pa.table(contacts)}


def customer_number(who: int) -> str:
    """The number under which a customer stands in the tables."""
    return f"K{1000 + who}"


def product_number(what: int) -> str:
    """The number under which a product stands in the tables."""
    return f"A{100 + what}"
