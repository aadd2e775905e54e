"""What can come out: an effect with its interval and verdict, or why it cannot be measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CannotBeMeasured:
    """No figure, and why. Never 0 in its place.

    Attributes:
        because: in one sentence.
        remedy: what would make it measurable.
        verdict: in a word.
    """

    because: str
    remedy: str
    verdict: str = "cannot be measured"

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True)
class Effect:
    """What was added, by intention to treat.

    Attributes:
        metric: of what: profit, contribution, revenue, orders and so on.
        people: eligible customers, both arms.
        held_out: of them.
        per_person: added by each customer of the treated arm; cents, or pieces for counts.
        low: lower end of its interval.
        high: upper end.
        total: added by all customers of the treated arm.
        total_low: lower end.
        total_high: upper end.
        cut: share of the variance that history took out.
        without: what a held-out customer brought: what comes anyway.
        verdict: works, harms, does nothing worth it, n days left, no data, unhealthy, review.
        days_left: days until it can be decided, where the verdict says so.
        why: the verdict's reason in a sentence.
        reach: standard errors from the value to each end of its interval.
    """

    metric: str
    people: int
    held_out: int
    per_person: float
    low: float
    high: float
    total: float
    total_low: float
    total_high: float
    cut: float
    without: float
    verdict: str
    days_left: int | None
    why: str
    reach: float
