"""Charts as plain SVG, drawn on the server: they need no script, print well, and stand above their tables."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDE, HIGH = 600.0, 140.0


@dataclass(frozen=True)
class Bar:
    """One upright bar, in the units of the picture."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Span:
    """An interval with its middle, in per cent of the picture's width; ``sign`` is good, bad or open."""

    low: float
    middle: float
    high: float
    zero: float
    sign: str


def bars(values: Sequence[float]) -> list[Bar]:
    """Upright bars that share the width of the picture."""
    if not values:
        return []
    top, step = max((*values, 0.0)) or 1.0, WIDE / len(values)
    return [
        Bar(
            round(place * step + 0.1 * step, 2),
            round(HIGH * (1 - value / top), 2),
            round(0.8 * step, 2),
            round(HIGH * value / top, 2),
        )
        for place, value in enumerate(values)
    ]


@dataclass(frozen=True)
class Past:
    """One interval among others in time: where it stands, its ends and its middle, in the units of the picture."""

    x: float
    top: float
    middle: float
    bottom: float
    sign: str


def over_time(rows: Sequence[tuple[float, float, float]]) -> tuple[list[Past], float]:
    """Intervals side by side in time, and the height at which zero stands.

    Args:
        rows: low, middle and high of each, the oldest first.
    """
    ends = [end for low, _, high in rows for end in (low, high)]
    top, bottom = max((*ends, 0.0)), min((*ends, 0.0))
    room = (top - bottom) or 1.0

    def place(value: float) -> float:
        return round(8 + (HIGH - 16) * (top - value) / room, 1)

    step = WIDE / max(len(rows), 1)
    return [
        Past(round((at + 0.5) * step, 1), place(high), place(middle), place(low), _sign(low, high))
        for at, (low, middle, high) in enumerate(rows)
    ], place(0.0)


def ends(rows: Sequence[tuple[float, float, float]]) -> tuple[float, float]:
    """The largest and the smallest value of intervals, zero among them: what the scale of ``over_time`` ends with."""
    found = [end for low, _, high in rows for end in (low, high)]
    return max((*found, 0.0)), min((*found, 0.0))


@dataclass(frozen=True)
class Against:
    """What was expected across, what was measured upwards, on one scale.

    Attributes:
        points: each with its interval, in the units of the picture.
        zero_x, zero_y: where nothing stands on either scale.
        low, high: the ends of the scale, in the values' own units.
        line: the ends of the line on which promise and measurement are the same.
    """

    points: list[Past]
    zero_x: float
    zero_y: float
    low: float
    high: float
    line: tuple[float, float, float, float]


def against(rows: Sequence[tuple[float, float, float, float]]) -> Against:
    """Expected and measured values as points.

    Args:
        rows: expected, and low, middle and high of what was measured.
    """
    values = [value for row in rows for value in row]
    high, low = max((*values, 0.0)), min((*values, 0.0))
    room = (high - low) or 1.0
    edge, wide, tall = 10.0, WIDE - 20, 2 * HIGH - 20

    def across(value: float) -> float:
        return round(edge + wide * (value - low) / room, 1)

    def up(value: float) -> float:
        return round(edge + tall * (high - value) / room, 1)

    points = [
        Past(across(expected), up(above), up(middle), up(below), _sign(below, above))
        for expected, below, middle, above in rows
    ]
    return Against(points, across(0.0), up(0.0), low, high, (across(low), up(low), across(high), up(high)))


def _sign(low: float, high: float) -> str:
    return "good" if low > 0 else "bad" if high < 0 else "open"


def part(value: float | None, most: float) -> float:
    """A value as a length in per cent of the largest one."""
    return 0.0 if not value or most <= 0 else round(min(max(100 * value / most, 0.6), 100.0), 1)


def span(low: float, middle: float, high: float, reach: float) -> Span:
    """An interval on a scale on which zero stands in the middle and ``reach`` at each end."""

    def place(value: float) -> float:
        return round(50 * (1 + max(-1.0, min(1.0, value / (reach or 1.0)))), 1)

    return Span(place(low), place(middle), place(high), 50.0, _sign(low, high))


def scaled(low: float, middle: float, high: float, most: float) -> Span:
    """An interval on a scale that begins with zero and ends with ``most``."""

    def place(value: float) -> float:
        return round(100 * max(0.0, min(1.0, value / (most or 1.0))), 1)

    return Span(place(low), place(middle), place(high), 0.0, "good")
