"""A market as a file: read, checked line by line, and ready to be simulated."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from passend.errors import InvalidScenario
from passend.market.parameters import BY_NAME, FAMILY, PARAMETERS, RELATION, Parameter, Value


@dataclass(frozen=True)
class Scenario:
    """A market's parameters.

    Attributes:
        source: the file's name, for messages.
        values: parameter -> value, defaults filled in.
        families: the listed families, each with all its fields; empty where they are to be generated.
        relations: the listed relations between them.
    """

    source: str
    values: Mapping[str, Value]
    families: tuple[Mapping[str, Any], ...] = ()
    relations: tuple[Mapping[str, Any], ...] = field(default=())

    def number(self, name: str) -> float:
        """A parameter that is a number."""
        return float(self.values[name])

    def whole(self, name: str) -> int:
        """A parameter that is a whole number."""
        return int(self.values[name])

    def text(self, name: str) -> str:
        """A parameter that is a text."""
        return str(self.values[name])

    def changed(self, given: Mapping[str, Value]) -> "Scenario":
        """A copy with some parameters changed, e.g. ``{"customers.number": 500}``."""
        values = dict(self.values)
        for name, value in given.items():
            values[name] = _checked(_known(name, BY_NAME, "", 0), value, self.source)
        return replace(self, values=values)


def shipped() -> tuple[str, ...]:
    """The names of the scenarios that come with passend."""
    folder = resources.files("passend.market") / "scenarios"
    return tuple(sorted(file.name[:-5] for file in folder.iterdir() if file.name.endswith(".yaml")))


def load_scenario(name: str | Path) -> Scenario:
    """A scenario by its shipped name, or from a file.

    Raises:
        InvalidScenario: there is no such scenario, or the file is wrong; the message names the line.
    """
    file = Path(name)
    if file.suffix not in (".yaml", ".yml"):
        if str(name) not in shipped():
            raise InvalidScenario(
                f"There is no scenario '{name}'.",
                remedy=f"Name a .yaml file, or one of: {', '.join(shipped())}.",
            )
        shipped_file = resources.files("passend.market") / "scenarios" / f"{name}.yaml"
        return parse_scenario(shipped_file.read_text("utf-8"), f"{name}.yaml")
    try:
        return parse_scenario(file.read_text("utf-8"), file.name)
    except (OSError, UnicodeDecodeError) as problem:
        raise InvalidScenario(
            f"The scenario file cannot be read: {problem}.",
            record=str(file),
            remedy="Give a UTF-8 YAML file.",
        ) from problem


def parse_scenario(text: str, source: str) -> Scenario:
    """A scenario from the text of its file; see :func:`load_scenario`."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        place = f"{source}, line {mark.line + 1}" if mark else source
        what = getattr(problem, "problem", None) or problem
        raise InvalidScenario(f"This is not YAML: {what}.", record=place) from problem
    values: dict[str, Value] = {parameter.name: parameter.default for parameter in PARAMETERS}
    lists: dict[str, tuple[dict[str, Any], ...]] = {"families": (), "relations": ()}
    sections = {parameter.name.partition(".")[0]: None for parameter in PARAMETERS}
    for key, node in _pairs(root, source, "the file"):
        if key.value in lists:
            fields = FAMILY if key.value == "families" else RELATION
            lists[key.value] = tuple(
                _record(item, fields, source) for item in _items(node, source, key.value)
            )
            continue
        _known(key.value, sections | lists, source, _line(key))
        for name, value in _pairs(node, source, key.value):
            parameter = _known(f"{key.value}.{name.value}", BY_NAME, source, _line(name))
            values[parameter.name] = _checked(parameter, _scalar(value), source, _line(value))
    _check_whole(values, lists, source)
    return Scenario(source, values, lists["families"], lists["relations"])


def _check_whole(values: Mapping[str, Value], lists: Mapping[str, Any], source: str) -> None:
    try:
        monday = date.fromisoformat(str(values["market.begins"])).weekday() == 0
    except ValueError:
        monday = False
    if not monday:
        raise InvalidScenario(
            f"market.begins is {values['market.begins']!r}.",
            record=source,
            remedy="Give a Monday, YYYY-MM-DD.",
        )
    kinds = sum(
        float(values[f"kinds.{kind}"]) for kind in ("demanders", "reversers", "maximisers", "limiters")
    )
    if kinds > 1:
        raise InvalidScenario(
            f"The shares of the four kinds add up to {kinds:g}.", record=source, remedy="Keep them within 1."
        )
    names = [family["name"] for family in lists["families"]]
    for name in names:
        if not name or names.count(name) > 1:
            raise InvalidScenario(
                f"A family is named {name!r}.", record=source, remedy="Name each, and once."
            )
    for relation in lists["relations"]:
        for end in ("from", "to"):
            if relation[end] not in names:
                raise InvalidScenario(
                    f"A relation names the family {relation[end]!r}, which is not listed.",
                    record=f"{source}, line {relation['line']}",
                    remedy=f"The families are: {', '.join(names) or 'none'}.",
                )


def _record(node: yaml.Node, fields: tuple[Parameter, ...], source: str) -> dict[str, Any]:
    by_name = {parameter.name: parameter for parameter in fields}
    found: dict[str, Any] = {parameter.name: parameter.default for parameter in fields}
    found["given"], found["line"] = set(), _line(node)
    for key, value in _pairs(node, source, "the entry"):
        parameter = _known(key.value, by_name, source, _line(key))
        found[parameter.name] = _checked(parameter, _scalar(value), source, _line(value))
        found["given"].add(parameter.name)
    return found


def _pairs(node: yaml.Node | None, source: str, what: str) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    if node is None:
        return []
    if not isinstance(node, yaml.MappingNode):
        raise InvalidScenario(f"{what} must hold 'name: value'.", record=f"{source}, line {_line(node)}")
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value in seen:
            raise InvalidScenario(f"{key.value} is given twice.", record=f"{source}, line {_line(key)}")
        seen.add(key.value)
    return list(node.value)


def _items(node: yaml.Node, source: str, what: str) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        raise InvalidScenario(f"{what} must be a list.", record=f"{source}, line {_line(node)}")
    return list(node.value)


def _scalar(node: yaml.Node) -> object:
    if not isinstance(node, yaml.ScalarNode):
        return "a list" if isinstance(node, yaml.SequenceNode) else "a section"
    if node.tag.endswith(":timestamp"):
        return node.value
    return yaml.SafeLoader("").construct_object(node)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _known(name: str, known: Mapping[str, Any], source: str, line: int) -> Any:
    if name in known:
        return known[name]
    near = difflib.get_close_matches(str(name), known, n=1)
    raise InvalidScenario(
        f"There is no parameter '{name}'.",
        record=f"{source}, line {line}" if line else source,
        remedy=f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}.",
    )


def _checked(parameter: Parameter, value: object, source: str, line: int = 0) -> Value:
    kind = type(parameter.default)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    good = type(value) is kind and (not parameter.choices or value in parameter.choices)
    if good and isinstance(value, int | float) and parameter.low is not None and parameter.high is not None:
        good = parameter.low <= value <= parameter.high
    if not good:
        raise InvalidScenario(
            f"{parameter.name} is {value!r}; it takes {parameter.allowed}.",
            record=f"{source}, line {line}" if line else source,
            remedy=parameter.help,
        )
    return value  # type: ignore[return-value]
