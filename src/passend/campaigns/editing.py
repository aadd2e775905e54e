"""A journey changed step by step: added on a way, changed, linked anew, called otherwise, and taken out.

All of it changes the text of the campaign's file, so that graph and file are always one. What is half done is allowed:
whether a journey can be walked is told by ``findings``, not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from passend.campaigns.rewriting import called_otherwise, rewritten
from passend.campaigns.schema import CHANNELS, Kind
from passend.campaigns.written import Written
from passend.errors import InvalidCampaign

UNITS = ("minutes", "hours", "days", "weeks")
HOWS = ("time", "until", "best hour")
#: Ways that each kind of step has, and those that it may have beside them.
WAYS: Mapping[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Kind.WAIT: (("then",), ()),
    Kind.SEND: (("then", "failed"), ()),
    Kind.DECIDE: (("nothing",), CHANNELS),
    Kind.CHECK: (("yes", "no"), ()),
    Kind.SPLIT: ((), ()),
    Kind.HAND: (("then", "failed"), ("yes", "no")),
    Kind.WEBHOOK: (("then", "failed"), ()),
    Kind.STOP: ((), ()),
}
#: Fields that are values of the step under their own name; a time among them is a number and a unit.
_PLAIN: Mapping[Kind, tuple[str, ...]] = {
    Kind.SEND: ("subject", "text", "offer", "place"),
    Kind.HAND: ("script", "offer"),
    Kind.WEBHOOK: ("url",),
    Kind.CHECK: ("of",),
}
_TIMES: Mapping[Kind, str] = {
    Kind.SEND: "expires", Kind.HAND: "expires", Kind.WEBHOOK: "expires", Kind.CHECK: "within",
}  # fmt: skip
#: What stands behind a step's own word: the channel, the team, the address' name, the question, or why it ends.
_OWN: Mapping[Kind, str] = {
    Kind.SEND: "channel", Kind.HAND: "team", Kind.WEBHOOK: "name", Kind.CHECK: "question", Kind.STOP: "why",
}  # fmt: skip
#: Ways along which a journey goes on when a step between is taken out, the likeliest first.
_ON = ("then", "yes", "nothing", "no")


@dataclass(frozen=True)
class WayForm:
    """One way of a step.

    Attributes:
        way: its name.
        to: the step it leads to; empty where it leads nowhere yet.
        is_needed: whether the step must have it.
        share: of a part of a split, as it is written.
    """

    way: str
    to: str
    is_needed: bool = True
    share: str = ""


@dataclass(frozen=True)
class StepForm:
    """One step as fields.

    Attributes:
        name: unique in the campaign.
        kind: what it does.
        fields: what it says, such as ``channel``, ``team``, ``question``, ``length`` and ``unit``.
        ways: where it leads.
        has_blocks: whether its mail is made of blocks.
    """

    name: str
    kind: Kind
    fields: Mapping[str, str]
    ways: tuple[WayForm, ...]
    has_blocks: bool = False


def step_names(text: str) -> list[str]:
    """The steps of a file, in their order, the first one first.

    Raises:
        InvalidCampaign: it is no YAML.
    """
    return list(_steps(Written(text, "campaign").tree))


def step_form(text: str, name: str) -> StepForm | None:
    """A step's fields; None where there is no such step, or it does not say what it does.

    Raises:
        InvalidCampaign: it is no YAML.
    """
    told = _steps(Written(text, "campaign").tree).get(name)
    kind = _kind(told)
    if kind is None or not isinstance(told, dict):
        return None
    fields = {key: _said(told.get(key)) for key in _PLAIN.get(kind, ())}
    if kind in _OWN:
        fields[_OWN[kind]] = _said(told[kind])
    if kind in _TIMES:
        fields["length"], fields["unit"] = length_of(_said(told.get(_TIMES[kind])))
    if kind == Kind.WAIT:
        fields |= _waits(_said(told[kind]))
    return StepForm(name, kind, fields, _ways(kind, told), isinstance(told.get("blocks"), list))


def changed(text: str, name: str, given: Mapping[str, str]) -> str:
    """The file with a step's fields in it; what is not given stays.

    Args:
        text: of the file.
        name: of the step.
        given: as in ``StepForm.fields``; ``to|WAY`` for the step that a way leads to; ``part|N``, ``share|N`` and
            ``to|N`` for the parts of a split.

    Raises:
        InvalidCampaign: it is no YAML.
    """
    tree = Written(text, "campaign").tree
    told = _steps(tree).get(name)
    kind = _kind(told)
    if kind is None or not isinstance(told, dict):
        return text
    words = {key: value.replace("\r", "").strip() for key, value in given.items()}
    for key in _PLAIN.get(kind, ()):
        if key in words:
            _put(told, key, words[key])
    if kind in _OWN and _OWN[kind] in words:
        told[kind] = words[_OWN[kind]]
    if "length" in words and kind in _TIMES:
        _put(told, _TIMES[kind], time_of(words["length"], words.get("unit", "days")))
    if kind == Kind.WAIT and "how" in words:
        told[kind] = _wait(words)
    if kind == Kind.SPLIT:
        told[kind] = _parts(told[kind], words)
    else:
        for way in (*WAYS[kind][0], *WAYS[kind][1]):
            if f"to|{way}" in words:
                _put(told, way, words[f"to|{way}"])
    return rewritten(text, tree)


def sent_by(text: str, name: str, channel: str, begins: Mapping[str, Any]) -> str:
    """The file with a step that sends on another channel; what only the former one takes goes.

    Args:
        text: of the file.
        name: of the step.
        channel: the new one.
        begins: what a mail says at first.

    Raises:
        InvalidCampaign: it is no YAML.
    """
    tree = Written(text, "campaign").tree
    told = _steps(tree).get(name)
    if _kind(told) != Kind.SEND or not isinstance(told, dict) or told[Kind.SEND] == channel:
        return text
    told[Kind.SEND] = channel
    for key in ("template", "subject", "blocks", "text", "place", "variants"):
        told.pop(key, None)
    if channel == "email":
        told |= {key: value for key, value in begins.items() if key not in told}
    return rewritten(text, tree)


def renamed(text: str, old: str, new: str, *, moves: bool = False) -> str:
    """The file with a step called otherwise, wherever it is named.

    Args:
        text: of the file.
        old: its name.
        new: its new name.
        moves: people wait there: they go along.

    Raises:
        InvalidCampaign: there is a step of that name already, or it is empty.
    """
    steps, new = _steps(Written(text, "campaign").tree), new.strip()
    if new == old or old not in steps:
        return text
    if not new:
        raise InvalidCampaign("A step needs a name.", record="campaign", remedy="Give it one.")
    if new in steps:
        raise InvalidCampaign(
            f"There is a step {new} already.", record="campaign", remedy="Give it another name."
        )
    text = called_otherwise(text, ("steps", old), new)
    tree = Written(text, "campaign").tree
    _lead(_steps(tree), old, new)
    if tree.get("first") == old:
        tree["first"] = new
    for told in _steps(tree).values():
        if isinstance(told, dict) and told.get("of") == old:
            told["of"] = new
    _moved(tree, old, new, moves=moves)
    return rewritten(text, tree)


def inserted(
    text: str, kind: Kind, begins: Mapping[str, Any], at: tuple[str, tuple[str, ...]] | None
) -> tuple[str, str]:
    """The file with a new step on a way, and the new step's name.

    Args:
        text: of the file.
        kind: what the new step does.
        begins: what it says at first, beside its ways.
        at: the step and those of its ways on which it is put; None puts it before the first.

    Raises:
        InvalidCampaign: it is no YAML.
    """
    tree = Written(text, "campaign").tree
    steps = dict(_steps(tree))
    name = _free(str(kind), steps)
    origin = steps.get(at[0]) if at else None
    if at and not isinstance(origin, dict):
        return text, ""
    to = _target(origin, at[1][0]) if at and isinstance(origin, dict) else _first(tree)
    if not to and kind != Kind.STOP:
        to = next((one for one, told in steps.items() if _kind(told) == Kind.STOP), "")
    told: dict[str, Any] = {str(kind): "", **begins}
    if kind == Kind.SPLIT:
        told[kind] = {"a": ["50 %", to], "b": ["50 %", to]}
    else:
        told |= dict.fromkeys(WAYS[kind][0], to) if to else {}
        if kind == Kind.DECIDE and to:
            told["email"] = to
    if at and isinstance(origin, dict):
        for way in at[1]:
            _aim(origin, way, name)
        tree["steps"] = _placed(steps, name, told, after=at[0])
    else:
        tree["steps"] = {name: told, **steps}
        if tree.get("first"):
            tree["first"] = name
    return rewritten(text, tree), name


def removed(text: str, name: str, *, moves: bool = False) -> tuple[str, str]:
    """The file without a step, and the step at which its ways lead on; who led to it leads there now.

    Args:
        text: of the file.
        name: of the step.
        moves: people wait there: they go on there, too.

    Raises:
        InvalidCampaign: it is no YAML.
    """
    tree = Written(text, "campaign").tree
    steps, was_first = dict(_steps(tree)), _first(tree) == name
    told = steps.pop(name, None)
    if told is None or not steps:
        return text, name
    to = _on(told, name)
    tree["steps"] = steps
    if to:
        _lead(steps, name, to)
    if was_first:
        tree.pop("first", None)
        if to in steps and to != next(iter(steps)):
            tree["first"] = to
    _moved(tree, name, to, moves=moves and bool(to))
    return rewritten(text, tree), to if to in steps else _first(tree)


def parted(text: str, name: str, part: int | None) -> str:
    """The file with one part more in a split, or without one of them; the shares add up to all again.

    Args:
        text: of the file.
        name: of the split.
        part: the one to be taken out; None adds one.

    Raises:
        InvalidCampaign: it is no YAML.
    """
    tree = Written(text, "campaign").tree
    told = _steps(tree).get(name)
    if _kind(told) != Kind.SPLIT or not isinstance(told, dict) or not isinstance(told[Kind.SPLIT], dict):
        return text
    parts = [(one, _pair(pair)[1]) for one, pair in told[Kind.SPLIT].items()]
    if part is None:
        letters = (letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in told[Kind.SPLIT])
        parts.append((next(letters, f"{len(parts) + 1}"), parts[-1][1] if parts else ""))
    elif 0 <= part < len(parts) and len(parts) > 1:
        del parts[part]
    even, over = divmod(100, len(parts))
    told[Kind.SPLIT] = {one: [f"{even + (place < over)} %", to] for place, (one, to) in enumerate(parts)}
    return rewritten(text, tree)


def step_at(text: str, line: int) -> str:
    """The step that a line of the file belongs to; empty where it belongs to none.

    Raises:
        InvalidCampaign: it is no YAML.
    """
    file = Written(text, "campaign")
    begins = [(file.line("steps", name), name) for name in _steps(file.tree)]
    if not begins or line < min(begins)[0]:
        return ""
    found = max((one for one in begins if one[0] <= line), key=lambda one: one[0])[1]
    after = [file.line(key) for key in file.tree if file.line(key) > file.line("steps")]
    return "" if after and line >= min(after) else found


def _steps(tree: Mapping[str, Any]) -> dict[str, Any]:
    found = tree.get("steps")
    return found if isinstance(found, dict) else {}


def _kind(told: Any) -> Kind | None:
    kinds = [kind for kind in Kind if isinstance(told, dict) and kind in told]
    return kinds[0] if len(kinds) == 1 else None


def _first(tree: Mapping[str, Any]) -> str:
    return str(tree.get("first") or next(iter(_steps(tree)), ""))


def _said(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _put(told: dict[str, Any], key: str, value: str) -> None:
    if value:
        told[key] = value
    else:
        told.pop(key, None)


def length_of(text: str) -> tuple[str, str]:
    """A time as number and unit; what is no time stands where the number would."""
    number, _, unit = text.partition(" ")
    unit = unit if unit.endswith("s") else unit + "s"
    return (number, unit) if unit in UNITS else (text, "days")


def time_of(number: str, unit: str) -> str:
    """Number and unit as a time; a decimal comma is read, too."""
    number = number.replace(",", ".")
    return f"{number} {unit.removesuffix('s') if number == '1' else unit}" if number else ""


def _waits(text: str) -> dict[str, str]:
    if text == "best hour":
        return {"how": "best hour", "length": "", "unit": "days", "until": ""}
    if text.startswith("until"):
        until = text.removeprefix("until").strip()
        return {"how": "until", "length": "", "unit": "days", "until": until.replace(" ", "T")}
    number, unit = length_of(text)
    return {"how": "time", "length": number, "unit": unit, "until": ""}


def _wait(words: Mapping[str, str]) -> str:
    if words["how"] == "until":
        return f"until {words.get('until', '').replace('T', ' ')}".strip()
    if words["how"] == "best hour":
        return "best hour"
    return time_of(words.get("length") or "3", words.get("unit") or "days")


def _pair(told: Any) -> tuple[str, str]:
    """Share and target of a part of a split."""
    pair = told if isinstance(told, list) and len(told) == 2 else ["", ""]
    return _said(pair[0]), _said(pair[1])


def _ways(kind: Kind, told: Mapping[str, Any]) -> tuple[WayForm, ...]:
    if kind == Kind.SPLIT:
        parts = told[kind] if isinstance(told[kind], dict) else {}
        return tuple(WayForm(way, _pair(one)[1], share=_pair(one)[0]) for way, one in parts.items())
    needed, possible = WAYS[kind]
    return tuple(WayForm(way, _said(told.get(way)), is_needed=way in needed) for way in (*possible, *needed))


def _parts(told: Any, words: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for place, (way, pair) in enumerate((told if isinstance(told, dict) else {}).items()):
        share, to = _pair(pair)
        name = words.get(f"part|{place}") or way
        made[name if name not in made else way] = [
            words.get(f"share|{place}", share),
            words.get(f"to|{place}", to),
        ]
    return made


def _target(told: Mapping[str, Any], way: str) -> str:
    parts = told.get(Kind.SPLIT)
    return _pair(parts.get(way))[1] if isinstance(parts, dict) else _said(told.get(way))


def _aim(told: dict[str, Any], way: str, to: str) -> None:
    """Let a way lead to a step."""
    parts = told.get(Kind.SPLIT)
    if isinstance(parts, dict):
        parts[way] = [_pair(parts.get(way))[0], to]
    else:
        told[way] = to


def _lead(steps: Mapping[str, Any], old: str, new: str) -> None:
    """Let all ways that lead to one step lead to another."""
    for told in steps.values():
        kind = _kind(told)
        if kind is None:
            continue
        for way in _ways(kind, told):
            if way.to == old:
                _aim(told, way.way, new)


def _on(told: Any, name: str) -> str:
    """Where a journey goes on when this step is taken out."""
    kind = _kind(told)
    if kind is None:
        return ""
    ways = {one.way: one.to for one in _ways(kind, told) if one.to and one.to != name}
    return next((ways[way] for way in _ON if way in ways), next(iter(ways.values()), ""))


def _moved(tree: dict[str, Any], old: str, new: str, *, moves: bool) -> None:
    """Who waited at a step that is gone goes to another; those who were to go to it go there, too."""
    listed = tree.get("moves")
    known = dict(listed) if isinstance(listed, dict) else {}
    for step, to in list(known.items()):
        if to == old:
            known[step] = new
    if moves:
        known[old] = new
    known = {step: to for step, to in known.items() if to and step != to}
    if known:
        tree["moves"] = known
    else:
        tree.pop("moves", None)


def _free(name: str, steps: Mapping[str, Any]) -> str:
    if name not in steps:
        return name
    return next(f"{name}-{number}" for number in range(2, 10_000) if f"{name}-{number}" not in steps)


def _placed(steps: Mapping[str, Any], name: str, told: Any, after: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for one, said in steps.items():
        made[one] = said
        if one == after:
            made[name] = told
    return made
