"""What comes back after a message has left: one form for bounces, complaints and goodbyes, wherever they come from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What a message that comes back says."""

    DELIVERED = "delivered"
    HARD = "hard bounce"
    SOFT = "soft bounce"
    BLOCKED = "blocked"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"


#: These end marketing to the address at once; order confirmations and passwords still go out.
ENDING = frozenset({Kind.HARD, Kind.COMPLAINT, Kind.UNSUBSCRIBE})


@dataclass(frozen=True)
class Feedback:
    """One word about one message to one address.

    Attributes:
        kind: what it says; ``blocked`` is the sender's fault and says nothing about the address.
        address: of the recipient, in small letters.
        at: when, naive UTC.
        message_id: of the message that it is about, empty where it is not told.
        code: RFC 3463 code or the provider's word.
        says: the diagnostic, as written.
        source: which mailbox or provider told it.
        event_id: what makes it this word and no other: the same one is never counted twice.
    """

    kind: Kind
    address: str
    at: datetime
    message_id: str = ""
    code: str = ""
    says: str = ""
    source: str = ""
    event_id: str = ""


@dataclass(frozen=True)
class SoftRule:
    """When bounces that pass have come so often that the mailbox counts as given up.

    Attributes:
        times: soft bounces, counted once a day, so that one bad evening is one.
        within_days: within so many days.
        over_days: the first and the last at least so far apart.
    """

    times: int = 4
    within_days: int = 30
    over_days: int = 7


def given_up(words: Iterable[Feedback], now: datetime, rule: SoftRule | None = None) -> tuple[Feedback, ...]:
    """The soft bounces of one address that together mean a dead mailbox; nothing while there is hope.

    A delivery in between starts the count anew.
    """
    rule = rule or SoftRule()
    days: dict[int, Feedback] = {}
    for one in sorted(words, key=lambda word: word.at):
        if one.kind is Kind.DELIVERED:
            days.clear()
        elif one.kind is Kind.SOFT and one.at > now - timedelta(days=rule.within_days):
            days[one.at.toordinal()] = one
    if len(days) < rule.times or max(days) - min(days) < rule.over_days:
        return ()
    return tuple(days[day] for day in sorted(days))
