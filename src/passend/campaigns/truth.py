"""What a message may claim of its product at the moment it leaves: price, reduction, and whether it is to be had.

A plan is made days before its last message goes out. In between prices change, shelves empty and products are taken
off. So the facts are read again when the text is rendered, and a message that is no longer true does not leave.

A former price may be named beside a reduced one only as the lowest of the 30 days before the reduction (German price
law, PAngV section 11, from Directive 98/6/EC article 6a). Where the history does not reach back so far, none is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Good:
    """A product as it is now.

    Attributes:
        product_id: which.
        name: as it is called.
        price_cents: what it costs; none where the firm did not say.
        currency: of the price.
        stock: pieces left; none where it is not counted.
        is_sold: whether it is on sale at all.
    """

    product_id: str
    name: str = ""
    price_cents: int | None = None
    currency: str = ""
    stock: int | None = None
    is_sold: bool = True


@dataclass(frozen=True)
class Price:
    """A price from a moment on."""

    since: datetime
    price_cents: int


@dataclass(frozen=True)
class Claim:
    """What the message may say.

    Attributes:
        price_cents: the present price of everybody.
        final_cents: what this customer pays, with the reduction.
        strike_cents: the former price that may be named; none where there is no reduction, or no lawful one to name.
    """

    price_cents: int
    final_cents: int
    strike_cents: int | None


def untrue(good: Good | None, promised_cents: int | None) -> str:
    """Why a message about a product must not leave; empty where it may.

    Args:
        good: the product as it is now; none where nothing is known of it.
        promised_cents: the price in the plan, where one was known.
    """
    if good is None:
        return "unknown product"
    if not good.is_sold:
        return "not on sale"
    if good.stock is not None and good.stock <= 0:
        return "out of stock"
    if good.price_cents is None and promised_cents is not None:
        return "no price"
    return ""


def claim(good: Good, prices: Sequence[Price], discount_share: float, now: datetime) -> Claim | None:
    """What may be said of the price; none where there is no price.

    Args:
        good: the product as it is now.
        prices: its price history, in any order.
        discount_share: the reduction promised to this customer, 0 for none.
        now: the moment of sending.
    """
    if good.price_cents is None:
        return None
    final = round(good.price_cents * (1.0 - discount_share))
    known = sorted((one for one in prices if one.since <= now), key=lambda one: one.since)
    began = now if discount_share > 0 else _began(known)
    former = lowest(known, began) if began is not None else None
    return Claim(good.price_cents, final, former if former is not None and former > final else None)


def lowest(prices: Sequence[Price], began: datetime) -> int | None:
    """The lowest price of the 30 days before a reduction began; none where the history is shorter.

    Args:
        prices: oldest first.
        began: the moment of the reduction; a price from this very moment on is the reduced one.
    """
    start = began - LOOK_BACK
    before = [one for one in prices if one.since < began]
    at_start = [one for one in before if one.since <= start]
    if not at_start:
        return None
    within = [one.price_cents for one in before if one.since > start]
    return min([at_start[-1].price_cents, *within])


def _began(prices: Sequence[Price]) -> datetime | None:
    """When the present reduction of the shop began: the first of the last run of falling prices.

    A price lowered step by step counts from its first step (PAngV 11(2)).
    """
    if len(prices) < 2 or prices[-1].price_cents >= prices[-2].price_cents:
        return None
    place = len(prices) - 1
    while place > 1 and prices[place - 1].price_cents < prices[place - 2].price_cents:
        place -= 1
    return prices[place].since
