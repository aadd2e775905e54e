"""The text of a campaign as plain values, each with the line on which it stands."""

import difflib
from collections.abc import Mapping
from typing import Any

import yaml

from passend.campaigns import values as v
from passend.errors import InvalidCampaign

_REMEDY = "`passend campaigns new` writes one."


class _Lines(yaml.SafeLoader):
    """Numbers and dates stay as they are written: product 0815 is not 815."""


_Lines.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in found if tag.endswith((":null", ":merge"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Written:
    """One file: its tree of plain values, and the line on which each path stands."""

    def __init__(self, text: str, source: str) -> None:
        self.source = source
        self.lines: dict[tuple[str, ...], int] = {}
        try:
            root = yaml.compose(text, Loader=_Lines)
        except yaml.YAMLError as problem:
            mark = getattr(problem, "problem_mark", None)
            told = getattr(problem, "problem", None) or "unreadable"
            raise self.wrong(
                f"The campaign is not YAML: {told}.", mark.line + 1 if mark else 1, _REMEDY
            ) from None
        if not isinstance(root, yaml.MappingNode):
            raise self.wrong("The campaign is no list of keys and values.", 1, _REMEDY)
        self.tree: dict[str, Any] = self._plain(root, ())

    def wrong(self, what: str, line: int, remedy: str) -> InvalidCampaign:
        """An error at a line."""
        return InvalidCampaign(what, record=f"{self.source}, line {line}", remedy=remedy)

    def line(self, *path: str) -> int:
        """The line of a path, or of what it stands in."""
        return self.lines.get(path, self.lines.get(path[:-1], 1) if path else 1)

    def _plain(self, node: yaml.Node, path: tuple[str, ...]) -> Any:
        self.lines[path] = min(self.lines.get(path, 10**9), node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            made: dict[str, Any] = {}
            for key, value in node.value:
                name = str(key.value)
                self.lines[*path, name] = key.start_mark.line + 1
                if name in made:
                    raise self.wrong(
                        f"{'.'.join((*path, name))} is said twice.", key.start_mark.line + 1, "Keep one."
                    )
                made[name] = self._plain(value, (*path, name))
            return made
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, (*path, str(place))) for place, item in enumerate(node.value)]
        return None if node.tag.endswith(":null") else str(node.value)

    def section(self, name: str) -> dict[str, Any]:
        """A part of the file that holds keys and values."""
        found = self.tree.get(name) or {}
        if not isinstance(found, dict):
            raise self.wrong(f"{name} cannot be '{found}'.", self.line(name), "It takes keys and values.")
        return found

    def read(self, path: tuple[str, ...], value: Any, reader: v.Reader) -> Any:
        """One value, read as it must be."""
        try:
            return reader(value)
        except v.Unfit as unfit:
            raise self.wrong(
                f"{'.'.join(path)} cannot be '{value}'.", self.line(*path), f"It takes {unfit}."
            ) from None

    def fields(self, name: str, readers: Mapping[str, v.Reader]) -> dict[str, Any]:
        """A part of the file whose keys are known."""
        given = self.section(name)
        for key in given:
            self.known(key, tuple(readers), (name, key))
        return {key: self.read((name, key), value, readers[key]) for key, value in given.items()}

    def known(self, key: str, names: tuple[str, ...], path: tuple[str, ...]) -> None:
        """Refuse a key that there is not, and name the nearest."""
        if key in names:
            return
        near = difflib.get_close_matches(key, names, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Possible are: {', '.join(names)}."
        raise self.wrong(f"A campaign has no {'.'.join(path)}.", self.line(*path), hint)
