"""Double opt-in: one mail for all that was asked for, not too many of them, and a yes only by a press of a button."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: A confirmation that comes later proves little; courts have accepted some weeks.
VALID = timedelta(days=14)


@dataclass(frozen=True)
class Asked:
    """An earlier request of the same address.

    Attributes:
        asked_at: when.
        topics: for what.
        mailed_at: when its mail left; none where it waits.
        confirmed_at: when it was confirmed.
    """

    asked_at: datetime
    topics: tuple[str, ...] = ()
    mailed_at: datetime | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True)
class Next:
    """What to do with a new request.

    Attributes:
        mails: whether a mail goes out now.
        topics: what its one button confirms: this request's and those still waiting.
        why_not: where none goes out.
    """

    mails: bool
    topics: tuple[str, ...]
    why_not: str = ""


def next_mail(topics: Sequence[str], before: Iterable[Asked], now: datetime, most_a_day: int = 2) -> Next:
    """One mail for several lists, and at most some a day, so that nobody's mailbox is flooded by a stranger.

    Args:
        topics: what is asked for now; empty is advertising as such.
        before: earlier requests of this address.
        now: naive UTC.
        most_a_day: mails to one address in 24 hours.
    """
    asked = [one for one in before if one.asked_at > now - VALID]
    waiting = {topic for one in asked if one.confirmed_at is None for topic in one.topics}
    all_topics = tuple(sorted(waiting | set(topics)))
    day = now - timedelta(days=1)
    mailed = sum(1 for one in asked if one.mailed_at and one.mailed_at > day)
    if mailed >= most_a_day:
        return Next(False, all_topics, f"had {mailed} such mails within a day already")
    return Next(True, all_topics)
