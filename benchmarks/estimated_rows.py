"""A row of a benchmark whose value is an estimate over markets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from passend.market.league import Estimate

#: The bar in words, and whether it is met; both None where nothing is judged.
Judged = tuple[str | None, bool | None]
NOT_JUDGED: Judged = (None, None)


def estimated_row(
    work: str,
    measure: str,
    value: Estimate,
    judged: Judged,
    *,
    command: str,
    baseline: str | None = None,
) -> dict[str, Any]:
    """The row that ``dev.py bench`` prints."""
    return {
        "work": work,
        "measure": measure,
        "value": value.mean,
        "low": value.low,
        "high": value.high,
        "baseline": baseline,
        "bar": judged[0],
        "met": judged[1],
        "command": command,
    }
