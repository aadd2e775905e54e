"""How old the data of a plan are: what is due, and when messages go, counts from their last day."""

from datetime import datetime

#: A shop that exports once a month is not told each time.
_OLD = 60


def days_old(end: datetime | None, now: datetime) -> int:
    """Days since the data end, where these are so many that a plan on them is out of date; else 0."""
    days = (now - end).days if end else 0
    return days if days > _OLD else 0
