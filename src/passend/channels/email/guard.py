"""Stops a campaign that annoys, before the mail providers stop the firm.

Gmail and Yahoo reject senders with .3 % of complaints. The rules look at counts alone, so that they can be judged at
every tick; after a person has resumed, only messages sent since then are counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Counts:
    """What happened within a window, of messages sent since the guard was armed.

    Attributes:
        sent: accepted by mail servers.
        complaints: reported as spam.
        hard_bounces: mailboxes that do not exist.
    """

    sent: int
    complaints: int = 0
    hard_bounces: int = 0


@dataclass(frozen=True)
class Mark:
    """A share that must not be reached.

    Attributes:
        name: for the sentence that says why.
        what: ``complaints`` or ``hard_bounces``.
        window: over which the counts go.
        share: the share at which sending stops.
        least_sent: fewer messages prove nothing.
        least_events: nor do fewer events.
    """

    name: str
    what: str
    window: timedelta
    share: float
    least_sent: int
    least_events: int


DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: Complaints: sender requirements of Gmail and Yahoo (February 2024), .3 %. Bounces: what providers such as SES allow.
MARKS = (
    Mark("complaints within a day", "complaints", DAY, 0.003, 1000, 3),
    Mark("complaints within an hour", "complaints", HOUR, 0.01, 200, 5),
    Mark("unknown mailboxes within a day", "hard_bounces", DAY, 0.1, 100, 10),
    Mark("unknown mailboxes within an hour", "hard_bounces", HOUR, 0.1, 50, 5),
)


@dataclass(frozen=True)
class Alarm:
    """Why sending is stopped, or nearly.

    Attributes:
        pauses: whether it is stopped; else it is a warning at half the share.
        mark: which rule.
        events: how many complaints or bounces.
        sent: of how many messages.
    """

    pauses: bool
    mark: Mark
    events: int
    sent: int

    @property
    def says(self) -> str:
        """The reason, as people read it."""
        return (
            f"{self.mark.name}: {self.events:,} of {self.sent:,} messages, allowed are {self.mark.share:.1%}"
        )


def alarm(counts: Mapping[timedelta, Counts], marks: Sequence[Mark] = MARKS) -> Alarm | None:
    """The worst that the counts say: a pause before a warning; nothing while all is well.

    Args:
        counts: by window, of messages sent since the guard was last armed.
        marks: the rules.
    """
    warning = None
    for mark in marks:
        here = counts.get(mark.window, Counts(0))
        events: int = getattr(here, mark.what)
        if here.sent < mark.least_sent or not events:
            continue
        if events >= mark.least_events and events >= mark.share * here.sent:
            return Alarm(True, mark, events, here.sent)
        half = max(mark.least_events / 2, 1)
        if warning is None and events >= half and events >= mark.share * here.sent / 2:
            warning = Alarm(False, mark, events, here.sent)
    return warning


#: Messages a day while mail providers do not know the sender yet; one step a day, and only after a day that used it.
TIERS = (200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000)
_USED, _IDLE_DAYS = 0.5, 30


def allowed_today(days: Sequence[Counts | None], tiers: Sequence[int] = TIERS) -> int | None:
    """Messages that may go out today while warming up; None once the last step is reached.

    Args:
        days: what went out on each day so far, oldest first, None for days without any; today is not among them.
        tiers: the steps.
    """
    step, idle = 0, 0
    for day in days:
        if day is None or not day.sent:
            idle += 1
            if idle % _IDLE_DAYS == 0:  # providers remember a sender for about thirty days
                step = max(step - 1, 0)
            continue
        idle = 0
        if step < len(tiers) and day.sent >= _USED * tiers[step]:
            bad = alarm({DAY: day})
            step = step + 1 if bad is None else max(step - int(bad.pauses), 0)
    return tiers[step] if step < len(tiers) else None
