"""What to do next, in money: at most three things, the dearest first, each with the command that does it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from passend.results.effects import PROGRAMME, Measured
from passend.results.figures import PROFIT
from passend.results.promises import Promise, kept_share
from passend.results.verdict import NO_DATA

MOST = 3


@dataclass(frozen=True)
class Action:
    """One thing to do.

    Attributes:
        what: stop, go on, carry out, look at, or hold out.
        name: the campaign or plan.
        group: the group of customers, where it is about one.
        cents: what it is worth, as far as is known.
        low: lower end of its interval.
        high: upper end.
        command: what does or shows it.
    """

    what: str
    name: str
    group: str
    cents: float | None
    low: float | None
    high: float | None
    command: str


def actions(
    measured: Sequence[Measured], plans: Sequence[Mapping[str, Any]], kept: Sequence[Promise]
) -> list[Action]:
    """The next three."""
    found: list[Action] = []
    for one in measured:
        if one.campaign == PROGRAMME or one.cannot is not None:
            continue
        profit, show = one.effects[PROFIT], f"passend results '{one.campaign}'"
        if one.verdict == "harms":
            found.append(
                Action("stop", one.campaign, "", -profit.total, -profit.total_high, -profit.total_low, show)
            )
            continue
        if one.verdict == "works":
            found.append(
                Action("go on", one.campaign, "", profit.total, profit.total_low, profit.total_high, show)
            )
        found += [
            Action("stop", one.campaign, value, -part.total, -part.total_high, -part.total_low, show)
            for (_, value), part in one.slices.items()
            if part.verdict == "harms" and value not in {"any", "unknown"}
        ]
    found.sort(key=lambda one: -(one.cents or 0.0))
    found += _plan(measured, plans, kept)
    if not any(one.cannot is None or one.verdict == NO_DATA for one in measured):
        found.insert(0, Action("hold out", "", "", None, None, None, "passend plan"))
    unhealthy = [one.campaign for one in measured if one.verdict == "unhealthy"]
    found += [
        Action("look at", name, "", None, None, None, f"passend results '{name}'") for name in unhealthy
    ]
    return found[:MOST]


def _plan(
    measured: Sequence[Measured], plans: Sequence[Mapping[str, Any]], kept: Sequence[Promise]
) -> list[Action]:
    """The latest plan, as long as nothing is known of it; its promise is set right by what plans kept until now."""
    known = {one.campaign for one in measured if one.cannot is None and one.verdict != NO_DATA}
    if not plans:
        return []
    latest = max(plans, key=lambda row: int(row["plan"]))
    if latest["value_cents"] is None or f"plan {latest['plan']}" in known:
        return []
    share = kept_share(kept)
    factor = 1.0 if share is None else min(max(share[0], 0.0), 1.0)
    value, low, high = (
        None if latest[name] is None else latest[name] * factor
        for name in ("value_cents", "value_low_cents", "value_high_cents")
    )
    return [
        Action(
            "carry out", f"plan {latest['plan']}", "", value, low, high, f"passend plan show {latest['plan']}"
        )
    ]
