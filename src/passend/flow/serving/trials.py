"""Every placement against nothing: who sees a list and who sees none, by a stable hash; and how many there were.

A visitor is known by the customer number that the shop signed, else by the shop's number of the cart. Where neither is
told, hours of one product's page are compared (a switchback): it is on or off for whoever comes in that hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import text

from passend.flow.serving.adjusting import Placement
from passend.kernels.holdout import is_held_out
from passend.store import Store
from passend.store.rows import as_milliseconds

CUSTOMER, VISIT, HOUR = "customer", "visit", "hour"
#: By what visitors are told apart, the best first.
KINDS = (CUSTOMER, VISIT, HOUR)
#: New units that are kept of one look, so that nobody can fill the store with numbers that they made up.
_MOST = 20_000
_ADD = text(
    "insert into placement_trials (placement, round, kind, unit, is_shown, first_at, answers) "
    "values (:placement, :round, :kind, :unit, :is_shown, :first_at, :answers) "
    "on conflict (placement, round, kind, unit) do update set answers = placement_trials.answers + excluded.answers"
)


@dataclass(frozen=True)
class Trial:
    """The place of one question in the comparison of its placement.

    Attributes:
        key: placement, round, kind and unit.
        is_shown: the list is shown; else the visitor gets nothing.
    """

    key: tuple[str, int, str, str]
    is_shown: bool


def drawn(name: str, placed: Placement, salt: str, by: tuple[str, str, str]) -> Trial:
    """Where a visitor belongs.

    Args:
        name: of the placement, so that each draws by itself.
        placed: with the share that gets nothing.
        salt: nobody outside can foresee who.
        by: customer, visit, and hour with product; the first that is known tells the visitor apart.
    """
    kind, unit = next((kind, one) for kind, one in zip(KINDS, by, strict=True) if one)
    # The same number as in the firm's own hold-out, but drawn anew: who is in one is in the other only by chance.
    held = is_held_out(f"{name}/{unit}", f"{salt}/placement", placed.share)
    return Trial((name, placed.round, kind, unit), not held)


class Trials:
    """Counts of this process that the store does not know yet."""

    def __init__(self) -> None:
        self._fresh: dict[tuple[str, int, str, str], list[int]] = {}

    def note(self, trial: Trial) -> None:
        """One more answer of a unit."""
        known = self._fresh.get(trial.key)
        if known is not None:
            known[1] += 1
        elif len(self._fresh) < _MOST:
            self._fresh[trial.key] = [trial.is_shown, 1]

    def keep(self, store: Store, now: datetime) -> None:
        """Write down what was counted; where that fails, it is tried again."""
        fresh, self._fresh = self._fresh, {}
        if not fresh:
            return
        try:
            with store.change() as connection:
                connection.execute(_ADD, [_row(key, one, now) for key, one in sorted(fresh.items())])
        except Exception:
            for key, (is_shown, answers) in fresh.items():
                self._fresh.setdefault(key, [is_shown, 0])[1] += answers
            raise


def _row(key: tuple[str, int, str, str], one: list[int], now: datetime) -> Mapping[str, object]:
    name, number, kind, unit = key
    return {
        "placement": name, "round": number, "kind": kind, "unit": visit_mark(unit) if kind == VISIT else unit,
        "is_shown": bool(one[0]), "first_at": as_milliseconds(now), "answers": one[1],
    }  # fmt: skip


def visit_mark(visit: str) -> str:
    """What stands for a visit in the store: whoever reads it cannot tell the shop's number."""
    return blake2b(visit.encode(), digest_size=12).hexdigest()
