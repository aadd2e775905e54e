"""Reads ``rules.yaml``; every message names the line."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from math import inf
from pathlib import Path as FilePath
from typing import Any

import yaml

from passend.decisions.rules import defaults
from passend.decisions.rules.schema import (
    FIELDS,
    WEEKDAYS,
    ChannelRule,
    Condition,
    Explore,
    Fairness,
    Field,
    Gate,
    Path,
    Rules,
    Team,
    Values,
)
from passend.errors import InvalidRules
from passend.vocabulary import Channel

_REMEDY = "`passend plan rules` writes a commented example."


@dataclass(frozen=True)
class Said:
    """One value of the file and the line on which it stands; 0 is the command line."""

    value: Any
    line: int


def load_rules(source: str | FilePath | Mapping[str, Any] | None, changes: Iterable[str] = ()) -> Rules:
    """The rules of a file, of a text, of nested dictionaries, or the defaults; then changes like ``cap.email=1``.

    Raises:
        InvalidRules: the text is no YAML, or has a key or value that rules do not have.
    """
    if isinstance(source, Mapping):
        source = yaml.safe_dump(dict(source), sort_keys=False, allow_unicode=True)
    text = source.read_text("utf-8") if isinstance(source, FilePath) else (source or "")
    said = _read(text)
    for change in changes:
        path, value = _change(change, said)
        said[path] = Said(_typed(_known(path, 0), path, Said(value, 0)), 0)
    return _rules(said, text)


def path_of_change(change: str, text: str) -> tuple[Path, str]:
    """The path of the rule that a change such as ``cap.email=1`` is about, beside the rules of a text; and its value.

    Raises:
        InvalidRules: there is no such rule.
    """
    path, value = _change(change, _read(text))
    return path, str(value)


def _read(text: str) -> dict[Path, Said]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise InvalidRules(
            f"The rules are not YAML: {problem.problem}.", record=f"line {line}", remedy=_REMEDY
        ) from None
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise InvalidRules("The rules are no list of keys and values.", record="line 1", remedy=_REMEDY)
    said: dict[Path, Said] = {}
    for path, value, line in _walk(root, ()):
        if path in said:
            raise InvalidRules(
                f"{_name(path)} is said twice: lines {said[path].line} and {line}.",
                record=f"line {line}",
                remedy="Keep one of them.",
            )
        said[path] = Said(_typed(_known(path, line), path, Said(value, line)), line)
    return said


def _walk(node: yaml.Node, path: Path) -> Iterator[tuple[Path, Any, int]]:
    """The leaves of the file with their paths; a list of words is a leaf, a list of rules is not."""
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise InvalidRules(
                    f"{_name((*path, name))} is said twice: lines {seen[name]} and {key.start_mark.line + 1}.",
                    record=f"line {key.start_mark.line + 1}",
                    remedy="Keep one of them.",
                )
            seen[name] = key.start_mark.line + 1
            yield from _walk(value, (*path, name))
    elif isinstance(node, yaml.SequenceNode):
        if any(not isinstance(item, yaml.ScalarNode) for item in node.value):
            for place, item in enumerate(node.value):
                yield from _walk(item, (*path, str(place)))
        else:
            yield path, [_scalar(item) for item in node.value], line
    else:
        value = _scalar(node)
        if value is not None:
            yield path, value, line


def _scalar(node: yaml.Node) -> Any:
    """A word as people wrote it: product 0815 stays 0815, 8:30 is no number of seconds."""
    if node.tag.endswith((":bool", ":null")):
        return yaml.safe_load(yaml.serialize(node))
    return str(node.value)


def _known(path: Path, line: int) -> Field:
    for one in FIELDS:
        if len(one.path) == len(path) and all(
            mine in ("*", given) for mine, given in zip(one.path, path, strict=True)
        ):
            if path[0] == "channels" and path[1] not in tuple(Channel):
                break
            return one
    names = sorted({part for one in FIELDS for part in one.path if part != "*"} | set(Channel))
    wrong = next((part for part in path if part not in names and not part.isdigit()), path[-1])
    near = difflib.get_close_matches(wrong, names, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise InvalidRules(f"There is no rule {_name(path)}.", record=f"line {line}", remedy=hint + _REMEDY)


def _typed(known: Field, path: Path, said: Said) -> Any:
    value = said.value
    if known.kind == "texts":
        words = tuple(str(item) for item in (value if isinstance(value, list) else [value]))
        if all(not known.choices or word in known.choices for word in words):
            return words
    elif known.kind == "flag":
        word = str(value).lower()
        if word in ("true", "false", "yes", "no", "on", "off"):
            return word in ("true", "yes", "on")
    elif known.kind == "text":
        if not isinstance(value, list) and (not known.choices or str(value) in known.choices):
            return str(value)
    else:
        number = _number(value, whole=known.kind == "whole")
        if number is not None and known.low <= number <= known.high:
            return number
    raise InvalidRules(
        f"{_name(path)} cannot be {_shown(value)}.",
        record=f"line {said.line}" if said.line else "the command line",
        remedy=f"It takes {_allowed(known)}: {known.help}.",
    )


def _number(value: Any, *, whole: bool) -> int | float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    if number != number or abs(number) == float("inf") or (whole and number != int(number)):  # noqa: PLR0124
        return None
    return int(number) if whole else number


def _shown(value: Any) -> str:
    return f"'{', '.join(map(str, value))}'" if isinstance(value, list) else f"'{value}'"


def _allowed(known: Field) -> str:
    if known.choices:
        return f"one of {', '.join(known.choices)}"
    if known.kind in ("whole", "number"):
        word = "a whole number" if known.kind == "whole" else "a number"
        endless = known.high >= 1e12
        return (
            f"{word} of at least {known.low:g}" if endless else f"{word} from {known.low:g} to {known.high:g}"
        )
    return {"flag": "true or false", "text": "a word", "texts": "a word or a list of words"}[known.kind]


def _name(path: Path) -> str:
    return ".".join(path)


#: Short words of ``--what-if`` and the rules that they change.
SHORT: Mapping[str, Path] = {
    "cap": ("customer", "most_offers"),
    "contacts": ("customer", "most_contacts"),
    "gap": ("customer", "gap_days"),
    "budget": ("budget", "money"),
    "offers": ("budget", "offers"),
    "explore": ("explore", "share"),
}
SHORT_BY_CHANNEL: Mapping[str, str] = {
    "cap": "most_per_customer",
    "contacts": "most_contacts",
    "gap": "gap_days",
    "capacity": "capacity",
    "use": "use",
    "basis": "legal_basis",
    "cost": "cost_cents",
}


def _change(change: str, said: Mapping[Path, Said]) -> tuple[Path, Any]:
    """The path and value of ``cap.email=1``, ``budget=5000``, ``stock.P1=20`` or a full path."""
    name, equals, value = change.partition("=")
    word, _, rest = name.strip().partition(".")
    if not equals or not value.strip():
        raise InvalidRules(
            f"'{change}' is not of the form rule=value.",
            remedy="Write e.g. --what-if cap.email=1 budget=5000",
        )
    path: Path
    if not rest and word in SHORT:
        path = SHORT[word]
    elif rest in tuple(Channel) and word in SHORT_BY_CHANNEL:
        path = ("channels", rest, SHORT_BY_CHANNEL[word])
        if word == "cap" and any(known[:3] == ("channels", rest, "placements") for known in said):
            raise InvalidRules(
                f"{name} cannot be changed: rules.yaml counts the offers of {rest} by placement.",
                remedy=f"Change channels.{rest}.placements.NAME instead.",
            )
    elif word == "stock" and rest:
        path = ("stock", rest)
    else:
        path = tuple(name.strip().split("."))
    return path, value.strip()


def _rules(said: Mapping[Path, Said], text: str) -> Rules:
    def get(path: str, default: Any = None) -> Any:
        found = said.get(tuple(path.split(".")))
        return default if found is None else found.value

    lines = _lines(said)
    staff = tuple(_team(place, said) for place in _places(said, "staff"))
    served = {name for team in staff for name in team.channels if ("channels", name, "use") not in lines}
    channels = {name: _channel(base, said) for name, base in defaults.CHANNELS.items()}
    return Rules(
        most_offers=get("customer.most_offers", defaults.MOST_OFFERS),
        most_contacts=get("customer.most_contacts"),
        within_days=get("customer.within_days", defaults.WITHIN_DAYS),
        gap_days=get("customer.gap_days", 0),
        channels={name: replace(one, use=True) if name in served else one for name, one in channels.items()},
        money=get("budget.money"),
        offers=get("budget.offers"),
        stock={path[1]: one.value for path, one in said.items() if path[0] == "stock"},
        staff=staff,
        fairness=tuple(_fairness(place, said) for place in _places(said, "fairness")),
        gates=tuple(_gate(kind, place, said) for kind in ("never", "only") for place in _places(said, kind)),
        apart=tuple(one.value for path, one in said.items() if path[0] == "apart"),
        days=get("days", 7),
        explore=_filled(Explore(), "explore", said),
        values=_values(said),
        most_lost_share=get("permissions.most_lost_share", defaults.MOST_LOST_SHARE),
        permission_weeks=get("permissions.worth_weeks", defaults.PERMISSION_WEEKS),
        lines=lines,
        text=text,
    )


def _values(said: Mapping[Path, Said]) -> Values:
    made: Values = _filled(Values(), "values", said)
    is_stated = ("values", "return_cost_cents") in said
    return replace(made, return_most_share=inf) if is_stated else made


def _lines(said: Mapping[Path, Said]) -> dict[Path, int]:
    """Lines of the values, and of each group of them: its first."""
    lines: dict[Path, int] = {}
    for path, one in said.items():
        for length in range(1, len(path) + 1):
            lines[path[:length]] = min(lines.get(path[:length], one.line), one.line)
    return lines


def _places(said: Mapping[Path, Said], section: str) -> list[str]:
    return sorted({path[1] for path in said if path[0] == section}, key=int)


def _filled(base: Any, section: str, said: Mapping[Path, Said]) -> Any:
    names = [one.name for one in fields(base)]
    return replace(base, **{name: said[section, name].value for name in names if (section, name) in said})


def _channel(base: ChannelRule, said: Mapping[Path, Said]) -> ChannelRule:
    given: dict[str, Any] = {}
    placements: dict[str, int] = {}
    for path, one in said.items():
        if path[:2] != ("channels", base.name):
            continue
        if path[2] == "placements":
            placements[path[3]] = one.value
        elif path[2] == "hours":
            given["hours"] = _hours(path, one)
        elif path[2] == "send_at":
            given["send_at"] = _clock(path, one, one.value)
        else:
            given[path[2]] = one.value
    if "most_per_customer" in given:
        given["placements"] = {}
    if placements:
        given["placements"] = placements
    # A channel that has rules is used, unless they say otherwise.
    return replace(base, **{"use": base.use or bool(given), **given})


def _clock(path: Path, said: Said, text: str) -> int:
    hour, colon, minute = str(text).strip().partition(":")
    if hour.isdigit() and (not colon or minute.isdigit()):
        total = int(hour) * 60 + int(minute or 0)
        if 0 <= total <= 1440 and int(minute or 0) < 60:
            return total
    raise InvalidRules(
        f"{_name(path)} cannot be '{said.value}'.",
        record=f"line {said.line}",
        remedy="Write e.g. 08:00-20:00, or 10:00.",
    )


def _hours(path: Path, said: Said) -> tuple[int, int]:
    begin, dash, end = str(said.value).partition("-")
    return (_clock(path, said, begin), _clock(path, said, end if dash else ""))


def _team(place: str, said: Mapping[Path, Said]) -> Team:
    path = ("staff", place)
    minutes = {day: said[*path, "minutes", day].value for day in WEEKDAYS if (*path, "minutes", day) in said}
    name = said.get((*path, "team"), Said(f"team {int(place) + 1}", 0)).value
    channels = said.get((*path, "channels"), Said((Channel.DESK,), 0)).value
    each = said.get((*path, "minutes_per_offer"), Said(5.0, 0)).value
    return Team(name, channels, each, minutes, path)


def _fairness(place: str, said: Mapping[Path, Said]) -> Fairness:
    path = ("fairness", place)
    if (*path, "category") not in said:
        line = min(one.line for known, one in said.items() if known[:2] == path)
        raise InvalidRules("A rule of fairness names no category.", record=f"line {line}", remedy=_REMEDY)
    share, most = (said.get((*path, name)) for name in ("most_share", "most"))
    return Fairness(
        said[*path, "category"].value, share.value if share else None, most.value if most else None, path
    )


def _gate(kind: str, place: str, said: Mapping[Path, Said]) -> Gate:
    path = (kind, place)

    def condition(part: str) -> Condition:
        found = {known[3]: one.value for known, one in said.items() if known[:3] == (*path, part)}
        return Condition(
            {name: value for name, value in found.items() if isinstance(value, tuple)},
            {name: value for name, value in found.items() if type(value) is int},
            {name: value for name, value in found.items() if isinstance(value, bool)},
        )

    because = said.get((*path, "because"))
    said_because = because.value if because else ""
    return Gate(kind, condition("who"), condition("what"), said_because, path, condition("when"))
