"""Writes changed rules into the text of ``rules.yaml``; comments and all else stay as people wrote them."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace

import yaml

from passend.decisions.rules.load import load_rules, path_of_change
from passend.decisions.rules.schema import Path, Rules
from passend.errors import InvalidRules

_PLAIN = re.compile(r"[\w.:%-]+")


def rewritten(text: str, changes: Iterable[str]) -> str:
    """The rules with changes such as ``budget=5000`` in them.

    Raises:
        InvalidRules: a change names no rule, or the text has a form into which it cannot be written.
    """
    changes = list(changes)
    wanted, made = load_rules(text, changes), text
    for change in changes:
        path, value = path_of_change(change, made)
        made = _put(made, path, value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False))
    try:
        is_right = _bare(load_rules(made)) == _bare(wanted)
    except InvalidRules:
        is_right = False
    if not is_right:
        raise InvalidRules(
            "These rules cannot be written into the file by themselves.", remedy="Write them in under Rules."
        )
    return made


def _bare(rules: Rules) -> Rules:
    return replace(rules, lines={}, text="")


def _put(text: str, path: Path, value: str) -> str:
    """The text with one value changed where it stands, or added below the deepest part of its path that is there."""
    node, depth, indent = yaml.compose(text, Loader=yaml.SafeLoader), 0, 0
    parent: yaml.MappingNode | None = None
    while isinstance(node, yaml.MappingNode) and depth < len(path):
        parent = node
        indent = node.start_mark.column
        found = next((inner for key, inner in node.value if str(key.value) == path[depth]), None)
        if found is None:
            break
        node, depth = found, depth + 1
    if depth == len(path) and node is not None:
        return text[: node.start_mark.index] + value + text[node.end_mark.index :]
    if parent is None or depth == 0:
        return _below(text, path, value)
    if parent.flow_style:
        inner = parent.start_mark.index + 1
        return f"{text[:inner]}{_inline(path[depth:], value)}, {text[inner:]}"
    lines = "".join(
        f"{' ' * (indent + 2 * step)}{_key(name)}:" + (f" {value}\n" if step == last else "\n")
        for last in [len(path) - depth - 1]
        for step, name in enumerate(path[depth:])
    )
    start = text.rfind("\n", 0, parent.start_mark.index) + 1
    return text[:start] + lines + text[start:]


def _inline(path: Path, value: str) -> str:
    """One rule within braces."""
    rest = path[1:]
    return f"{_key(path[0])}: {{{_inline(rest, value)}}}" if rest else f"{_key(path[0])}: {value}"


def _below(text: str, path: Path, value: str) -> str:
    """The text with a new section at its end."""
    lines = [f"{'  ' * depth}{_key(name)}:" for depth, name in enumerate(path)]
    lines[-1] += f" {value}"
    before = text if not text or text.endswith("\n") else text + "\n"
    return before + "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if _PLAIN.fullmatch(name) and not name.isdigit() else json.dumps(name, ensure_ascii=False)
