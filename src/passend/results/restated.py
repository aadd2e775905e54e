"""The log of restated figures: what was told of a campaign, what is told now, and why it changed.

While windows and returns are open a figure is provisional and moves with each day; that is no news. A row is written
when the last provisional figure gives way to the final one, and whenever a final figure changes after all: a return
that came late, an order that was corrected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from passend.results.effects import Measured
from passend.results.figures import PROFIT

#: A change of less than this is rounding.
_CENTS = 0.5
WERE_OPEN = "windows or returns were still open"
PEOPLE = "customers were added or taken out"
ORDERS = "orders came late or were corrected"
RETURNS = "returns came late"
CONTACTS = "contacts came late or were corrected"
OTHERWISE = "costs, prices of goods or settings changed"
CAUSES = (WERE_OPEN, PEOPLE, ORDERS, RETURNS, CONTACTS, OTHERWISE)
#: Between several causes in a row.
AND = "; "
#: Outcomes whose sums tell the cause, in the order in which they are asked.
_TELL = {"revenue": ORDERS, "orders": ORDERS, "returns": RETURNS, "contacts": CONTACTS}


@dataclass(frozen=True)
class Told:
    """What was told the last time, and what it came from.

    Attributes:
        effects: the table as it was.
        former_sums: ``effect_sums`` as it was.
        sums: ``effect_sums`` now.
        rows: figures restated until now.
    """

    effects: pa.Table
    former_sums: pa.Table
    sums: pa.Table
    rows: int


def restated(
    told: Told, measured: Sequence[Measured], until: datetime, currency: str | None
) -> list[dict[str, Any]]:
    """The rows of the contract ``restated`` that this measurement adds."""
    before = {
        (row["campaign"], row["phase"]): row
        for row in told.effects.to_pylist()
        if row["metric"] == PROFIT and row["slice"] == "all" and row["total"] is not None
    }
    was, now = _totals(told.former_sums), _totals(told.sums)
    rows: list[dict[str, Any]] = []
    for one in measured:
        key = (one.campaign, one.phase)
        former, effect = before.get(key), one.effects.get(PROFIT)
        if former is None or effect is None or one.is_provisional:
            continue
        if abs(effect.total - former["total"]) < _CENTS:
            continue
        rows.append(
            {
                "number": told.rows + len(rows) + 1,
                "campaign": one.campaign, "phase": one.phase, "earlier_until": former["until"], "until": until,
                "was_provisional": former["is_provisional"], "earlier": former["total"],
                "earlier_low": former["total_low"], "earlier_high": former["total_high"],
                "earlier_verdict": former["verdict"], "total": effect.total, "total_low": effect.total_low,
                "total_high": effect.total_high, "verdict": effect.verdict, "currency": currency,
                "cause": AND.join(_causes(was.get(key, {}), now.get(key, {}), was_open=former["is_provisional"])),
            }
        )  # fmt: skip
    return rows


def _totals(sums: pa.Table) -> dict[tuple[str, int], dict[str, float]]:
    added = sums.group_by(["campaign", "phase", "metric"]).aggregate([("total", "sum"), ("people", "sum")])
    found: dict[tuple[str, int], dict[str, float]] = {}
    for row in added.to_pylist():
        mine = found.setdefault((row["campaign"], row["phase"]), {})
        mine[row["metric"]] = row["total_sum"] or 0.0
        if row["metric"] == "uncapped":
            mine["people"] = row["people_sum"] or 0.0
    return found


def _causes(was: Mapping[str, float], now: Mapping[str, float], *, was_open: bool) -> list[str]:
    found = [WERE_OPEN] if was_open else []
    asked = {"people": PEOPLE, **_TELL}
    found += [says for name, says in asked.items() if abs(now.get(name, 0.0) - was.get(name, 0.0)) >= _CENTS]
    return list(dict.fromkeys(found)) or [OTHERWISE]
