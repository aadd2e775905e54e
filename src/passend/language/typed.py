"""Reads numbers as people of a language type them: ``0,30`` and ``1.124,50`` in German, ``30 %`` everywhere."""

import re
from decimal import Decimal

from passend.language.tongue import chosen

#: Which sign groups thousands; a number that holds only the other one leaves nothing open.
_GROUPS = {"en": ",", "de": "."}
_BLANKS = re.compile(r"[\s'\N{RIGHT SINGLE QUOTATION MARK}]+")
_NUMBER = re.compile(r"([+-]?)(\d[\d.,]*|[.,]\d+)(e[+-]?\d{1,2})?(%?)", re.IGNORECASE)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*")


def typed_number(text: str) -> Decimal | None:
    """The number that people typed, a share of 1 where they wrote per cent; none where it is no number.

    A sign with three digits behind it groups thousands where the language does so: ``1.250`` is a thousand and more in
    German, and one and a quarter in English. ``0.25`` and ``2.5`` are read in both.
    """
    found = _NUMBER.fullmatch(_BLANKS.sub("", text).replace("\N{MINUS SIGN}", "-"))
    digits = _plain(found[2]) if found else None
    if found is None or digits is None:
        return None
    number = Decimal(f"{found[1]}{digits}{found[3] or ''}")
    return number / 100 if found[4] else number


def is_percent(text: str) -> bool:
    """Whether people wrote a number in per cent."""
    return text.rstrip().endswith("%")


def plain_number(text: str) -> str:
    """What people typed as programs write it; the text itself where it is no number."""
    number = typed_number(text)
    return text.strip() if number is None else f"{number.normalize():f}"


def _plain(digits: str) -> str | None:
    """Digits with a point before the fraction, and nothing else between them."""
    marks = [one for one in digits if one in ",."]
    if not marks:
        return digits
    point = marks[-1] if len(set(marks)) == 2 or not _is_grouped(digits, marks) else ""
    whole, _, fraction = digits.rpartition(point) if point else (digits, "", "")
    groups = re.split("[.,]", whole)
    if len(groups) > 1 and not _GROUPED.fullmatch(whole):
        return None
    joined = "".join(groups)
    return f"{joined or '0'}.{fraction or '0'}" if point else joined


def _is_grouped(digits: str, marks: list[str]) -> bool:
    """Whether the one kind of sign in a number parts its thousands."""
    return bool(_GROUPED.fullmatch(digits)) and (len(marks) > 1 or marks[0] == _GROUPS[chosen()])
