"""The shared words of the project as types. The glossary in the docs explains them to people."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

CustomerId = NewType("CustomerId", str)
ProductId = NewType("ProductId", str)
OrderId = NewType("OrderId", str)


class Relation(StrEnum):
    """How one product relates to another, always read from the first to the second."""

    COMPLEMENT = "complement"
    NEXT = "next"
    SUBSTITUTE = "substitute"
    UPGRADE = "upgrade"
    SERVICE = "service"


#: How each type of relation is called where customers and staff read it.
WORDING = {
    Relation.COMPLEMENT.value: "Pair it with",
    Relation.NEXT.value: "Bought later",
    Relation.SUBSTITUTE.value: "You may also like",
    Relation.UPGRADE.value: "A better one",
    Relation.SERVICE.value: "A contract that fits",
}


class Channel(StrEnum):
    """The ways in which an offer reaches a customer."""

    EMAIL = "email"
    ONSITE = "onsite"
    DESK = "desk"
    PHONE = "phone"
    WEBHOOK = "webhook"
    AUDIENCE = "audience"


class Verdict(StrEnum):
    """What to do with a customer as regards cross-selling."""

    OFFER = "offer"
    UP_SELL = "up-sell instead"
    LEAVE_ALONE = "leave alone"
    NOTHING_FITS = "nothing fits"


class Treatment(StrEnum):
    """What takes the place of cross-selling where it would lose money."""

    NONE = "none"
    NO_DISCOUNTS = "no discounts"
    UP_SELL = "up-sell"
    SELF_SERVICE = "self-service"
    LEAVE_OUT = "leave out"


@dataclass(frozen=True)
class CannotBeMeasured:
    """The effect cannot be known from these contacts: neither 0 nor anything else.

    Attributes:
        reason: why.
        remedy: what to do about it.
    """

    reason: str
    remedy: str

    def __bool__(self) -> bool:
        return False


#: Minor units per major unit where it is not 100 (ISO 4217).
MINOR_UNITS = {
    **dict.fromkeys(("JPY", "KRW", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF", "RWF"), 1),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND", "IQD", "LYD"), 1000),
}


def minor_units(currency: str | None) -> int:
    """How many minor units make one of the currency: 100 cents, 1 yen, 1000 fils."""
    return MINOR_UNITS.get(currency or "", 100)


def say_money(minor: float | None, currency: str | None) -> str:
    """An amount as people write it, e.g. ``1,234.50 EUR``; an empty string when there is none.

    Args:
        minor: the amount in minor units (cents).
        currency: ISO 4217 code, or none when the firm's file names none.
    """
    if minor is None:
        return ""
    units = minor_units(currency)
    digits = {1: 0, 100: 2, 1000: 3}[units]
    return f"{minor / units:,.{digits}f} {currency or ''}".strip()


#: By what customers of a campaign are told apart, each as known before the first contact.
SLICES = ("channel", "kind", "product", "category", "relation", "variant", "region", "segment", "language")
