"""Single values of a campaign: durations, moments, times of day, shares. Each error says what would be right."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_UNITS = {"minute": 1, "hour": 60, "day": 1440, "week": 10_080}
_DURATION = re.compile(r"(\d+(?:\.\d+)?) (minute|hour|day|week)s?")


class Unfit(ValueError):
    """A value cannot be this; the message is what it may be."""


def duration(value: Any) -> timedelta:
    """``3 days``, ``90 minutes``."""
    found = _DURATION.fullmatch(str(value).strip())
    if not found:
        raise Unfit("a length of time such as 90 minutes, 4 hours, 3 days or 2 weeks")
    return timedelta(minutes=float(found[1]) * _UNITS[found[2]])


def moment(value: Any) -> datetime:
    """``2026-05-01`` or ``2026-05-01 10:00``, UTC."""
    try:
        read = datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise Unfit("a date such as 2026-05-01 or 2026-05-01 10:00 (UTC)") from None
    return read.astimezone(UTC).replace(tzinfo=None) if read.tzinfo else read


def hours(value: Any) -> tuple[int, int]:
    """``20:00-08:00`` as minutes of the day."""
    found = re.fullmatch(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)", str(value).strip())
    if found:
        one, two = (60 * int(found[k]) + int(found[k + 1]) for k in (1, 3))
        if one != two and max(one, two) <= 1440 and int(found[2]) < 60 and int(found[4]) < 60:
            return one, two
    raise Unfit("hours such as 20:00-08:00")


def share(value: Any) -> float:
    """A share of 1; ``10 %`` is read, too, and a comma, which can only be the decimal sign here."""
    text = str(value).strip().replace(",", ".")
    try:
        read = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        read = -1.0
    if not 0 <= read <= 1:
        raise Unfit("a share from 0 to 1, or from 0 % to 100 %")
    return read


def whole(value: Any) -> int:
    """A whole number from 1."""
    if not re.fullmatch(r"[1-9]\d{0,11}", str(value).strip()):
        raise Unfit("a whole number from 1")
    return int(str(value))


def cents(value: Any) -> float:
    """An amount of money such as ``500`` or ``499.50``, as cents."""
    text = str(value).strip().replace(",", ".")
    if not re.fullmatch(r"\d{1,12}(\.\d{1,2})?", text):
        raise Unfit("an amount such as 500 or 499.50")
    return round(float(text) * 100)


def flag(value: Any) -> bool:
    """Yes or no."""
    if str(value).lower() not in ("true", "false", "yes", "no"):
        raise Unfit("yes or no")
    return str(value).lower() in ("true", "yes")


def words(value: Any) -> tuple[str, ...]:
    """One word or a list of them."""
    listed = value if isinstance(value, list) else [value]
    if any(isinstance(one, dict | list) or one is None for one in listed):
        raise Unfit("a word or a list of words")
    return tuple(str(one) for one in listed)


def zone(value: Any) -> str:
    """A time zone that this computer knows."""
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unfit("a time zone such as Europe/Berlin") from None
    return str(value)


def said(value: Any) -> str:
    """Text."""
    if isinstance(value, dict | list):
        raise Unfit("a text")
    return str(value)


@dataclass(frozen=True)
class OneOf:
    """One of a few words."""

    choices: tuple[str, ...]

    def __call__(self, value: Any) -> str:
        """The word."""
        if str(value) not in self.choices:
            raise Unfit(f"one of {', '.join(self.choices)}")
        return str(value)


Reader = Callable[[Any], Any]
