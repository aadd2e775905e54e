"""A campaign's journey as a picture: steps in rows from the first to the last, and the ways between them.

Rows and places follow Sugiyama, Tagawa and Toda (1981): each step stands one row below the lowest that leads to it,
long ways pass the rows between in places of their own, and steps stand near those that they are joined to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from passend.campaigns import Campaign
from passend.campaigns.schema import Kind, Step
from passend.language import phrase, word

WIDE, HIGH = 176.0, 54.0
_BESIDE, _BELOW = 26.0, 72.0
#: A way that passes a row takes so much of it.
_LANE = 22.0
_SWEEPS = 4
#: Names of ways stand after so much of the way to the next row: beside each other where ways part.
_NAMED = 0.42
_LETTERS = 25
#: Questions and channels as a picture says them; a way that is none of these is called by its own word.
ASKED = {
    "bought": "bought?", "returned": "sent back?", "complained": "complained?", "opened": "opened?",
    "clicked": "clicked?", "replied": "answered?", "accepted": "agreed?",
}  # fmt: skip
BY = {
    "email": "by e-mail", "sms": "by SMS", "webhook": "by webhook", "audience": "by an audience",
    "onsite": "on own pages", "desk": "at the desk", "phone": "by phone",
}  # fmt: skip


@dataclass(frozen=True)
class Box:
    """One step: where it stands, what it does, and how many people have gone on from it."""

    name: str
    does: str
    kind: str
    x: float
    y: float
    people: int | None = None

    @property
    def title(self) -> str:
        """Its name, as much as the box holds."""
        return self.name if len(self.name) <= _LETTERS else self.name[: _LETTERS - 1] + "…"

    @property
    def short(self) -> str:
        """What it does, as much as the box holds."""
        return self.does if len(self.does) <= _LETTERS else self.does[: _LETTERS - 1] + "…"


@dataclass(frozen=True)
class Way:
    """One way: its line, its name, and where that stands."""

    line: str
    says: str
    x: float
    y: float


@dataclass(frozen=True)
class Row:
    """One way as a row of the table beside the picture; ``people`` is None before the campaign ran."""

    step: str
    does: str
    way: str
    to: str
    people: int | None

    @property
    def called(self) -> str:
        """The way as people call it."""
        return named(self.way)


@dataclass(frozen=True)
class Journey:
    """The picture, and the same as rows."""

    width: float
    height: float
    boxes: Sequence[Box]
    ways: Sequence[Way]
    rows: Sequence[Row]


@dataclass
class _Spot:
    """A place in a row: a step, or a way that passes."""

    step: str = ""
    above: list["_Spot"] = field(default_factory=list)
    below: list["_Spot"] = field(default_factory=list)
    x: float = 0.0

    @property
    def width(self) -> float:
        return WIDE if self.step else _LANE


def drawn(campaign: Campaign, gone: Mapping[tuple[str, str], int] | None = None) -> Journey:
    """The picture of a journey.

    Args:
        campaign: whose.
        gone: (step, way) -> people who went it; None where the campaign did not run yet.
    """
    ranks = _ranks(campaign)
    rows, paths = _spots(campaign, ranks)
    _place(rows)
    width = max(spot.x + spot.width / 2 for row in rows for spot in row) + _LANE + _BESIDE
    boxes = [
        Box(
            spot.step, does(campaign.steps[spot.step]), campaign.steps[spot.step].kind, spot.x - WIDE / 2,
            _top(rank), None if gone is None else _left(spot.step, gone),
        )
        for rank, row in enumerate(rows)
        for spot in row
        if spot.step
    ]  # fmt: skip
    ways = [_way(campaign, key, paths, ranks, width) for key in paths]
    table = [
        Row(
            step.name,
            does(step),
            way,
            step.ways.get(way, ""),
            None if gone is None else gone.get((step.name, way), 0),
        )
        for step in sorted(campaign.steps.values(), key=lambda one: ranks[one.name])
        for way in (step.ways or {"": ""})
    ]
    return Journey(width, len(rows) * (HIGH + _BELOW) - _BELOW + 8, boxes, ways, table)


def does(step: Step) -> str:
    """What a step does, in a few words."""
    return _SAID[step.kind](step)


def named(way: str) -> str:
    """A way as people call it."""
    return word(BY.get(way, way))


def _waits(step: Step) -> str:
    if step.at_best_hour:
        return phrase("wait for the best hour")
    if step.until:
        return phrase("wait until {day:d}", day=step.until)
    days = step.wait.total_seconds() / 86_400
    if days == round(days):
        return phrase("wait {days:n} day", "wait {days:n} days", days=round(days))
    return phrase("wait {time}", time=_long(step.wait))


_SAID: Mapping[Kind, Callable[[Step], str]] = {
    Kind.WAIT: _waits,
    Kind.CHECK: lambda step: phrase(
        "{question:w} within {time}", question=ASKED[step.question], time=_long(step.wait)
    ),
    Kind.SEND: lambda step: phrase("contact {channel:w}", channel=BY[step.channel]),
    Kind.HAND: lambda step: phrase("hand to team {team}", team=step.place),
    Kind.DECIDE: lambda _: phrase("the plan decides"),
    Kind.SPLIT: lambda _: phrase("draw by lot"),
    Kind.WEBHOOK: lambda _: phrase("tell another system"),
    Kind.STOP: lambda step: phrase("end: {why}", why=step.text) if step.text else phrase("end"),
}


def _long(time: timedelta) -> str:
    minutes = round(time.total_seconds() / 60)
    if minutes % 1440 == 0:
        return phrase("{days:n} day", "{days:n} days", days=minutes // 1440)
    if minutes % 60 == 0:
        return phrase("{hours:n} hour", "{hours:n} hours", hours=minutes // 60)
    return phrase("{minutes:n} minute", "{minutes:n} minutes", minutes=minutes)


def _left(step: str, gone: Mapping[tuple[str, str], int]) -> int:
    return sum(people for (name, _), people in gone.items() if name == step)


def _ranks(campaign: Campaign) -> dict[str, int]:
    """Row of each step: below all that lead to it, circles left out; what nobody reaches stands in the first."""
    ranks = dict.fromkeys(campaign.steps, 0)
    ahead: list[tuple[str, tuple[str, ...]]] = []
    if campaign.first in campaign.steps:
        ahead.append((campaign.first, (campaign.first,)))
    while ahead:
        name, path = ahead.pop()
        for to in campaign.steps[name].ways.values():
            if to in campaign.steps and to not in path and ranks[to] <= ranks[name]:
                ranks[to] = ranks[name] + 1
                ahead.append((to, (*path, to)))
    return ranks


def _spots(
    campaign: Campaign, ranks: Mapping[str, int]
) -> tuple[list[list[_Spot]], dict[tuple[str, str], list[_Spot]]]:
    """Places by row, and for each (step, to) the places from the one to the other."""
    rows: list[list[_Spot]] = [[] for _ in range(max(ranks.values(), default=0) + 1)]
    of = {}
    for name in campaign.steps:
        of[name] = _Spot(name)
        rows[ranks[name]].append(of[name])
    paths: dict[tuple[str, str], list[_Spot]] = {}
    for step in campaign.steps.values():
        for to in step.ways.values():
            if (step.name, to) in paths or to not in of:
                continue
            path = [of[step.name]]
            for rank in range(ranks[step.name] + 1, ranks[to]):
                path.append(_Spot())
                rows[rank].append(path[-1])
            path.append(of[to])
            paths[step.name, to] = path
            if ranks[to] > ranks[step.name]:
                for upper, lower in pairwise(path):
                    upper.below.append(lower)
                    lower.above.append(upper)
    return rows, paths


def _place(rows: Sequence[list[_Spot]]) -> None:
    """Order each row by where its neighbours stand, down and up a few times; then give it its room."""
    for row in rows:
        _spread(row)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else list(reversed(rows)):
            wanted = {
                id(spot): (sum(one.x for one in near) / len(near) if near else spot.x)
                for spot in row
                for near in [spot.above if down else spot.below]
            }
            row.sort(key=lambda spot: wanted[id(spot)])
            _spread(row, wanted)
    left = min((spot.x - spot.width / 2 for row in rows for spot in row), default=0.0)
    for row in rows:
        for spot in row:
            spot.x += 4 - left


def _spread(row: Sequence[_Spot], wanted: Mapping[int, float] | None = None) -> None:
    """Places side by side, as near as they can to where they want to stand."""
    end = float("-inf")
    for spot in row:
        spot.x = max(wanted[id(spot)] if wanted else 0.0, end + spot.width / 2)
        end = spot.x + spot.width / 2 + _BESIDE
    if wanted and row:
        off = sum(wanted[id(spot)] - spot.x for spot in row) / len(row)
        for spot in row:
            spot.x += off


def _way(
    campaign: Campaign, key: tuple[str, str], paths: Mapping[tuple[str, str], Sequence[_Spot]],
    ranks: Mapping[str, int], width: float,
) -> Way:  # fmt: skip
    """The line of a way: down through the rows, or back up beside them."""
    (step, to), path = key, paths[key]
    says = " / ".join(named(way) for way, target in campaign.steps[step].ways.items() if target == to)
    # The ways leave a step in the order in which they lead to the left and to the right, so that none cross there.
    outs = sorted(
        {target: paths[step, target][1].x for target in campaign.steps[step].ways.values()}.items(),
        key=lambda one: one[1],
    )
    place = [target for target, _ in outs].index(to) - (len(outs) - 1) / 2
    port = path[0].x + place * min(52.0, WIDE / len(outs))
    top = _top(ranks[step]) + HIGH
    if ranks[to] <= ranks[step]:
        side, end = width - 6, _top(ranks[to]) + HIGH / 2
        line = (
            f"M{port:.1f} {top:.1f} C{port:.1f} {top + 40:.1f} {side:.1f} {top + 40:.1f} {side:.1f} {top - HIGH:.1f} "
            f"S{side:.1f} {end:.1f} {path[-1].x + WIDE / 2:.1f} {end:.1f}"
        )
        return Way(line, says, port, top + 18)
    x, y, line = port, top, f"M{port:.1f} {top:.1f}"
    for at, spot in enumerate(path[1:], 1):
        below = _top(ranks[step] + at)
        half = (y + below) / 2
        line += f" C{x:.1f} {half:.1f} {spot.x:.1f} {half:.1f} {spot.x:.1f} {below:.1f}"
        x, y = spot.x, below + HIGH
        if at < len(path) - 1:
            line += f" V{y:.1f}"
    # A level of its own for each second way: names that are longer than the room between two do not touch.
    level = (0.0, 14.0)[int(place + len(outs) / 2) % 2] if len(outs) > 2 else 0.0
    return Way(line, says, port + (path[1].x - port) * _NAMED, top + _BELOW * _NAMED - 6 + level)


def _top(rank: int) -> float:
    return rank * (HIGH + _BELOW) + 4
