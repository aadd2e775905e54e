"""A campaign's file changed in as few lines as can be: comments, order and the writer's own hand stay.

What a form changes is a handful of values. Each key of the file owns its lines, with the comments above it; a key whose
value is the same keeps them, and only the others are written anew.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import yaml

from passend.campaigns.written import Written
from passend.errors import InvalidCampaign

#: What fits into a line stands in one, as people write it: ``end: {stop: all said}``; what stood in one may grow.
_WIDE = 110


def rewritten(text: str, tree: Mapping[str, Any]) -> str:
    """The text that says what the tree says.

    Args:
        text: as it was written.
        tree: plain values, as ``Written`` reads them, with something changed.
    """
    old = Written(text, "campaign").tree
    if old == tree and list(old) == list(tree):
        return text
    lines = _Lines(text)
    made = lines.mapping(yaml.compose(text, Loader=yaml.SafeLoader), old, tree, lines.number)
    # Anchors, odd indents and flow style at the top are beyond line by line: then the whole file is written anew.
    return made if made and _says(made, tree) else _dumped(tree)


def called_otherwise(text: str, path: tuple[str, ...], name: str) -> str:
    """The text with one key called otherwise, in its place; what leads to it is left to the caller.

    Args:
        text: as it was written.
        path: of the key.
        name: its new name.
    """
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    for part in path[:-1]:
        node = next(value for key, value in node.value if str(key.value) == part)
    key = next(key for key, _ in node.value if str(key.value) == path[-1])
    word = _dumped({name: None}).rsplit(":", 1)[0].removeprefix("? ")
    begin, end = key.start_mark.index, key.end_mark.index
    return text[:begin] + word + text[end:]


def _says(text: str, tree: Mapping[str, Any]) -> bool:
    try:
        return Written(text, "campaign").tree == tree
    except InvalidCampaign:
        return False


class _Plain(yaml.SafeDumper):
    """Writes as ``Written`` reads: numbers, dates and yes are words, and need no marks around them."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in found if tag.endswith((":null", ":merge"))]
    for first, found in yaml.SafeDumper.yaml_implicit_resolvers.items()
}


def _dumped(value: Mapping[str, Any], *, is_flow: bool = False) -> str:
    text: str = yaml.dump(
        dict(value), Dumper=_Plain, sort_keys=False, allow_unicode=True, default_flow_style=is_flow,
        width=10_000 if is_flow else 100,
    )  # fmt: skip
    return text


class _Lines:
    """The lines of a file, and which key they belong to."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        if self._lines[-1] == "":
            self._lines.pop()
        self.number = len(self._lines)

    def mapping(self, node: Any, old: Mapping[str, Any], new: Mapping[str, Any], limit: int) -> str:
        """A mapping in block style with other values, up to a line; empty where it is not in that style."""
        if not isinstance(node, yaml.MappingNode) or node.flow_style or not node.value:
            return ""
        indent = node.value[0][0].start_mark.column
        heads = [key.start_mark.line for key, _ in node.value]
        ends = [*(self._end(first, last) for first, last in pairwise(heads)), self._end(heads[-1], limit)]
        begins = [heads[0], *ends[:-1]]
        known = {
            str(key.value): (value, begin, head, end)
            for (key, value), begin, head, end in zip(node.value, begins, heads, ends, strict=True)
        }
        made: list[str] = []
        for key, told in new.items():
            if key not in known:
                made += _entry(key, told, indent)
                continue
            value, begin, head, end = known[key]
            made += self._lines[begin:head]
            if old.get(key) == told and _order(old.get(key)) == _order(told):
                made += self._lines[head:end]
            else:
                made += self._changed(key, value, (head, end), old.get(key), told)
        rest = self._lines[ends[-1] : limit]
        above = self._lines[: heads[0]] if indent == 0 else []
        return "\n".join([*above, *made, *rest]) + "\n"

    def _changed(self, key: str, value: Any, lines: tuple[int, int], old: Any, new: Any) -> list[str]:
        """The lines of a key whose value changed."""
        head, end = lines
        line, indent = self._lines[head], len(self._lines[head]) - len(self._lines[head].lstrip())
        if isinstance(old, dict) and isinstance(new, dict) and new:
            below = self.mapping(value, old, new, end) if value.start_mark.line > head else ""
            if below:
                return [line, *below.removesuffix("\n").split("\n")]
        tail = (
            self._lines[value.end_mark.line][value.end_mark.column :] if value.end_mark.line == head else ""
        )
        wrote = _entry(key, new, indent, is_flow=getattr(value, "flow_style", None) is True)
        if tail.lstrip().startswith("#") and len(wrote) == 1:
            wrote[0] += "  " + tail.strip()
        return wrote

    def _end(self, head: int, following: int) -> int:
        """The line after a key's own: comments and blank lines below it belong to what follows."""
        end = min(following, len(self._lines))
        while end > head + 1 and self._lines[end - 1].strip()[:1] in ("", "#"):
            end -= 1
        return end


def _order(value: Any) -> list[Any]:
    return list(value) if isinstance(value, dict) else []


def _entry(key: str, value: Any, indent: int, *, is_flow: bool = False) -> list[str]:
    """A key and its value as lines."""
    room = " " * indent
    one = room + _dumped({key: value}, is_flow=True).strip()[1:-1].strip()
    is_flat = not isinstance(value, dict | list) or not _is_deep(value)
    if (indent or is_flow) and is_flat and len(one) <= (4 * _WIDE if is_flow else _WIDE) and "\n" not in one:
        return [one]
    block = _dumped({key: value}).rstrip("\n").split("\n")
    return [room + line if line else line for line in block]


def _is_deep(value: Any) -> bool:
    """Whether a list of mappings stands in it, such as the blocks of a mail."""
    below = value.values() if isinstance(value, dict) else value
    return any(_is_deep(one) if isinstance(one, dict) else _holds_mappings(one) for one in below)


def _holds_mappings(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(part, dict) for part in value)
