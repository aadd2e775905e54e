"""Two figures side by side: what a mail tool would claim, and what was added; and what lies between them."""

from dataclasses import dataclass

from passend.results import words
from passend.results.effects import Measured
from passend.results.figures import PROFIT


@dataclass(frozen=True)
class Part:
    """One step from the claim to the profit.

    Attributes:
        says: what it is.
        cents: of all treated customers; what is taken off is negative.
        is_sum: whether it is a sum of the parts before.
    """

    says: str
    cents: float
    is_sum: bool = False


def reconciled(one: Measured) -> list[Part]:
    """The parts, which add up to the last; empty where it cannot be measured."""
    if one.cannot is not None:
        return []
    total = {name: effect.total for name, effect in one.effects.items()}
    revenue, returns = total["revenue"], total["returns"]
    goods = total["uncapped"] - (revenue - returns)
    parts = [
        Part(words.CLAIMED, one.claimed_cents, is_sum=True),
        Part(words.ANYWAY, revenue - one.claimed_cents),
        Part(words.ADDED_REVENUE, revenue, is_sum=True),
        Part(words.CAME_BACK, -returns),
        Part(words.GOODS, goods),
        Part(words.CAPPED, total["contribution"] - total["uncapped"]),
        Part(words.CONTACTS, total[PROFIT] - total["contribution"]),
        Part(words.ADDED_PROFIT, total[PROFIT], is_sum=True),
    ]
    return [part for part in parts if part.is_sum or round(part.cents)]
