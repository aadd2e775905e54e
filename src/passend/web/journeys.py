"""A campaign's journey as a picture: steps in rows from the first to the last, and the ways between them.

Rows and places follow Sugiyama, Tagawa and Toda (1981): each step stands one row below the lowest that leads to it,
long ways pass the rows between in places of their own, and steps stand near those that they are joined to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise

from passend.campaigns import Campaign, Finding
from passend.campaigns.schema import Kind, Step
from passend.language import phrase, word

WIDE, HIGH = 184.0, 56.0
_BESIDE, _BELOW = 26.0, 84.0
#: Over the first row stands the place where people enter.
START = 62.0
#: Where a step can be put on a way: so far below the step from which it comes, and so large.
PLUS = 24.0
#: A way that passes a row takes so much of it.
_LANE = 22.0
_SWEEPS = 4
#: Names of ways stand below each other where they would touch: so far down, and so wide a letter.
_LEVEL, _LETTER = 15.0, 6.6
_LEVELS = 3
#: Ways that are gone when something does not work out are drawn softly.
_SOFT = frozenset({"failed", "nothing"})
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
class Standing:
    """Where the people of a running campaign are.

    Attributes:
        gone: (step, way) -> people who went it.
        waits: step -> people who wait there now.
    """

    gone: Mapping[tuple[str, str], int]
    waits: Mapping[str, int]


@dataclass(frozen=True)
class Box:
    """One step: where it stands, what it does, how many wait there, and what is wrong with it."""

    name: str
    does: str
    kind: str
    x: float
    y: float
    waits: int | None = None
    found: tuple[Finding, ...] = ()

    @property
    def sign(self) -> str:
        """``bad`` where something is wrong, ``warn`` where something is odd."""
        return "bad" if any(one.is_error for one in self.found) else "warn" if self.found else ""


@dataclass(frozen=True)
class Way:
    """One line of the picture; several ways of a step may share it.

    Attributes:
        step, ways: from where, and by which ways; a picture's first line comes from no step.
        to: where it leads.
        line: its path.
        says, x, y: its name, and where that stands.
        plus: where a step can be put on it: the middle.
        is_soft: whether it is gone only when something does not work out.
        people: who went it; None before the campaign ran.
    """

    step: str
    ways: tuple[str, ...]
    to: str
    line: str
    says: str = ""
    x: float = 0.0
    y: float = 0.0
    plus: tuple[float, float] = (0.0, 0.0)
    is_soft: bool = False
    people: int | None = None


@dataclass(frozen=True)
class Row:
    """One way as a row of the table: who went it, and who waits at its step; both None before the campaign ran."""

    step: str
    does: str
    way: str
    to: str
    people: int | None
    waits: int | None = None

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
    start: float = 0.0


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


def drawn(campaign: Campaign, standing: Standing | None = None, found: Sequence[Finding] = ()) -> Journey:
    """The picture of a journey.

    Args:
        campaign: whose.
        standing: where people are; None where the campaign did not run yet.
        found: what is wrong or odd, to be shown at its step.
    """
    ranks = _ranks(campaign)
    rows, paths = _spots(campaign, ranks)
    _place(rows)
    width = max((spot.x + spot.width / 2 for row in rows for spot in row), default=WIDE) + _LANE + _BESIDE
    boxes = [
        Box(
            spot.step, does(campaign.steps[spot.step]), campaign.steps[spot.step].kind, spot.x - WIDE / 2, _top(rank),
            None if standing is None else standing.waits.get(spot.step, 0),
            tuple(one for one in found if one.step == spot.step),
        )
        for rank, row in enumerate(rows)
        for spot in row
        if spot.step
    ]  # fmt: skip
    places = {box.name: box for box in boxes}
    ways = [_way(campaign, key, paths, ranks, width) for key in paths]
    gone = None if standing is None else standing.gone
    if gone is not None:
        ways = [replace(one, people=sum(gone.get((one.step, way), 0) for way in one.ways)) for one in ways]
    ways = _apart(ways, ranks)
    table = [
        Row(
            step.name, does(step), way, step.ways.get(way, ""),
            None if gone is None else gone.get((step.name, way), 0),
            None if standing is None else standing.waits.get(step.name, 0),
        )
        for step in sorted(campaign.steps.values(), key=lambda one: ranks[one.name])
        for way in (step.ways or {"": ""})
    ]  # fmt: skip
    first = places.get(campaign.first)
    entry = [_entry(first)] if first else []
    height = _top(len(rows)) - _BELOW + 8
    return Journey(width, height, boxes, [*entry, *ways], table, first.x + WIDE / 2 if first else WIDE / 2)


def _entry(first: Box) -> Way:
    """The line from the entry to the first step."""
    x = first.x + WIDE / 2
    return Way("", (), first.name, f"M{x:.1f} 28 V{first.y:.1f}", plus=(x, 28 + (first.y - 28) / 2 - 2))


def _apart(ways: Sequence[Way], ranks: Mapping[str, int]) -> list[Way]:
    """The ways with names that do not touch: where two would, the right one stands a level lower."""
    taken: dict[tuple[int, int], float] = {}
    made = []
    for one in sorted(ways, key=lambda way: (ranks[way.step], way.x)):
        half = (len(one.says) + (2 + len(str(one.people)) if one.people else 0)) * _LETTER / 2 + 2
        rank = ranks[one.step]
        ends = [taken.get((rank, level), float("-inf")) for level in range(_LEVELS)]
        free = next((level for level, end in enumerate(ends) if one.x - half >= end), ends.index(min(ends)))
        taken[rank, free] = one.x + half
        made.append(replace(one, y=one.y + free * _LEVEL))
    return made


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
    ways = tuple(way for way, target in campaign.steps[step].ways.items() if target == to)
    # The ways leave a step in the order in which they lead to the left and to the right, so that none cross there.
    outs = sorted(
        {other: spots[1].x for (name, other), spots in paths.items() if name == step}.items(),
        key=lambda one: one[1],
    )
    place = [target for target, _ in outs].index(to) - (len(outs) - 1) / 2
    port = path[0].x + place * min(56.0, WIDE / len(outs))
    top = _top(ranks[step]) + HIGH
    made = Way(
        step, ways, to, "", " / ".join(named(way) for way in ways), port, top + PLUS + 17, (port, top + PLUS / 2 + 2),
        set(ways) <= _SOFT,
    )  # fmt: skip
    begin = f"M{port:.1f} {top:.1f} V{top + PLUS:.1f}"
    if ranks[to] <= ranks[step]:
        side, end, low = width - 6, _top(ranks[to]) + HIGH / 2, top + PLUS + 36
        line = (
            f"{begin} C{port:.1f} {low:.1f} {side:.1f} {low:.1f} {side:.1f} {top - HIGH:.1f} "
            f"S{side:.1f} {end:.1f} {path[-1].x + WIDE / 2:.1f} {end:.1f}"
        )
        return replace(made, line=line)
    x, y, line = port, top + PLUS, begin
    for at, spot in enumerate(path[1:], 1):
        below = _top(ranks[step] + at)
        half = (y + below) / 2
        line += f" C{x:.1f} {half:.1f} {spot.x:.1f} {half:.1f} {spot.x:.1f} {below:.1f}"
        x, y = spot.x, below + HIGH
        if at < len(path) - 1:
            line += f" V{y:.1f}"
    return replace(made, line=line)


def _top(rank: int) -> float:
    return START + rank * (HIGH + _BELOW)
