"""Codes for partners and communities: easy to say, hard to guess, and each order's code leads to its partner."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from passend.errors import InvalidInput

#: Signs that nobody takes for another, spoken or written.
SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class Code:
    """A partner's code.

    Attributes:
        code: as customers type it.
        partner: whose it is.
        starts_at, ends_at: when it counts; none for always.
    """

    code: str
    partner: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def new_codes(
    count: int, length: int = 8, prefix: str = "", choice: Callable[[str], str] = secrets.choice
) -> list[str]:
    """Different codes with a check sign at their end, so that a typing error is not another person's code.

    Raises:
        InvalidInput: there are not enough codes of that length.
    """
    if count > len(SIGNS) ** (length - 1) // 1000:
        raise InvalidInput(
            f"Codes of {length} signs are too few, or too easy to guess", remedy="Take longer codes."
        )
    found: dict[str, None] = {}
    while len(found) < count:
        body = "".join(choice(SIGNS) for _ in range(length - 1))
        found[f"{prefix}{body}{check_sign(body)}"] = None
    return list(found)


def check_sign(body: str) -> str:
    """The sign that ends a code (Luhn mod N): it finds each wrong sign and each swap of neighbours but one."""
    total, size = 0, len(SIGNS)
    for place, sign in enumerate(reversed(body)):
        value = SIGNS.index(sign) * (2 if place % 2 == 0 else 1)
        total += value // size + value % size
    return SIGNS[-total % size]


def typed(text: str) -> str:
    """A code as it was meant: no blanks or dashes, capital letters; O, I, 0 and 1 stand in none."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def attributed(orders: Iterable[tuple[str, str, datetime]], codes: Iterable[Code]) -> Mapping[str, str]:
    """Order -> partner, for orders that carry a code which counted at their time.

    Args:
        orders: number, code as typed, time.
        codes: of all partners.
    """
    known = {typed(one.code): one for one in codes}
    found = {}
    for order, said, at in orders:
        one = known.get(typed(said))
        if (
            one
            and (one.starts_at is None or at >= one.starts_at)
            and (one.ends_at is None or at < one.ends_at)
        ):
            found[order] = one.partner
    return found
