"""What is wrong with a comparison, and how sure a check must be before it says so.

Each check is a question of its own with a chance of a false alarm of three in ten thousand. About a dozen of them hang
on luck, so a sound campaign is called unhealthy in less than one of a hundred, even with a phase or two. Where many
customers make small differences certain, a difference must also be large enough to matter.
"""

from dataclasses import dataclass

ALARM = 0.0003
#: Customers that must be expected in each arm before shares are judged.
LEAST_EXPECTED = 8
#: What must have been expected before its absence is told: none of 24 is no chance, even if the offer trebles orders.
SURELY = 3 * LEAST_EXPECTED
#: Share, and number, of customers of whom something is not as it must be, from which nothing can be concluded.
TOO_MANY_SHARE, TOO_MANY = 0.01, 10


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a comparison, or that its reader must know.

    Attributes:
        check: its name.
        says: what was found, in a sentence.
        is_grave: whether the comparison must not be believed.
    """

    check: str
    says: str
    is_grave: bool


def too_many(count: float, people: float) -> bool:
    """Whether so many of the customers are wrong that nothing can be concluded."""
    return bool(count >= TOO_MANY and count >= TOO_MANY_SHARE * people)
