"""A row of ``dev.py bench``: what was measured, its value, what it is compared with, the bar, and whether it is met."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from passend.market.league import Estimate


@dataclass(frozen=True)
class Bar:
    """A bar in words.

    Attributes:
        says: for people: ``at least .7``.
        met: None where nothing is judged.
    """

    says: str
    met: bool | None


#: For the record, without a bar.
REPORTED = Bar("reported", None)
#: A bar that could not be tried here, because data or a peer is not there. It is not met, and not missed.
UNTRIED = Bar("not measured", None)


def at_least(least: float, value: float) -> Bar:
    """A value that must not be lower; one that is not a number misses."""
    return Bar(f"at least {least:g}", bool(value >= least))


def at_most(most: float, value: float) -> Bar:
    """A value that must not be higher; one that is not a number misses."""
    return Bar(f"at most {most:g}", bool(value <= most))


@dataclass(frozen=True)
class Row:
    """One thing that was measured.

    Attributes:
        work: on what: data or world, how much of it, seeds.
        measure: what the value is, with its unit.
        value: None where it could not be measured.
        bar: what must be reached.
        baseline: the same of others in the same run, in words.
        low: lower end of the interval, where there is one.
        high: upper end.
        command: what measures this alone.
    """

    work: str
    measure: str
    value: float | None
    bar: Bar = REPORTED
    baseline: str = ""
    low: float | None = None
    high: float | None = None
    command: str = ""

    def as_json(self) -> dict[str, Any]:
        """For machines; what is not a number is null."""
        return {
            "work": self.work,
            "measure": self.measure,
            "value": _number(self.value),
            "low": _number(self.low),
            "high": _number(self.high),
            "baseline": self.baseline,
            "bar": self.bar.says,
            "met": self.bar.met,
            "command": self.command,
        }


def estimated(  # noqa: PLR0917  # a row's fields in their order
    work: str, measure: str, value: Estimate, bar: Bar = REPORTED, baseline: str = "", command: str = ""
) -> Row:
    """A row whose value is a mean over markets with its interval."""
    return Row(work, measure, value.mean, bar, baseline, value.low, value.high, command)


def not_measured(work: str, because: str, command: str = "") -> Row:
    """The row of a work for which data or a peer is missing: said, never left out."""
    return Row(work, because, None, UNTRIED, command=command)


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
