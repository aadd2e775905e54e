"""What a campaign is to reach, and how it will be judged: frozen before it starts, so that nobody moves the posts."""

from dataclasses import dataclass

from passend.errors import InvalidInput
from passend.results.looks import RULES


@dataclass(frozen=True)
class Goal:
    """The goal of a campaign.

    Attributes:
        target_cents: profit to be added by an eligible customer, so that it is worth the work; 0 if any gain will do.
        window_days: days from first eligibility in which orders count.
        planned_people: eligible customers, both arms, at which it is to be decided.
        planned_days: days after which it ends undecided.
        look_rule: when people look: ``any time``, ``weekly`` or ``once``.
        cap_cents: amounts of a customer above this count as this much; 0 for no cap. To be taken from what buyers
            spent *before* the start, e.g. what 99 % of them do not exceed.
        least_days: days before any verdict, so that each weekday has been seen.
        least_buyers: buyers in each arm before any verdict.
        is_frozen: whether it was written down before the first customer became eligible.
    """

    target_cents: float = 0.0
    window_days: int = 30
    planned_people: float = 0.0
    planned_days: int = 60
    look_rule: str = "any time"
    cap_cents: float = 0.0
    least_days: int = 7
    least_buyers: int = 25
    is_frozen: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be judged by."""
        if self.look_rule not in RULES:
            raise InvalidInput(
                f"There is no look rule '{self.look_rule}'.", remedy=f"Take one of: {', '.join(RULES)}."
            )
        for name in ("target_cents", "planned_people", "cap_cents"):
            if not getattr(self, name) >= 0:
                raise InvalidInput(f"A goal's {name} must be 0 or more.", remedy="Leave it out for none.")
        for name in ("window_days", "planned_days", "least_days", "least_buyers"):
            if getattr(self, name) < 1:
                raise InvalidInput(f"A goal's {name} must be at least 1.", remedy="Give a whole number.")
