"""Which products fit which: rules on attributes in a small YAML file, such as that a case must fit the phone.

    rules:
      - name: cases fit phones
        products: {category: Cases}      # what has to fit ...
        with: {category: Phones}         # ... and on what
        attribute: fits                  # the case's attribute: phone a, phone b
        matches: model                   # the phone's attribute; left out, it has the same name
        missing: allow                   # what to do where one has no such attribute: allow (default) or forbid

A side is chosen by ``category`` (a whole path or one of its levels), by ``attributes``, or both. Several values of an
attribute are divided by commas, semicolons or bars. Words are compared without regard to case.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from passend.errors import InvalidInput
from passend.tables import contract

FILE = "compatibility.yaml"
_KEYS = ("name", "products", "with", "attribute", "matches", "missing")
_SIDES = ("category", "attributes")


@dataclass(frozen=True)
class Side:
    """Some products: of a category, with certain attributes, or both."""

    category: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    def holds(self, category: str | None, attributes: Mapping[str, str]) -> bool:
        """Whether a product belongs to this side."""
        levels = [level.strip() for level in (category or "").lower().split(" > ")]
        wanted = [level.strip() for level in self.category.lower().split(" > ")] if self.category else []
        spans = (levels[start : start + len(wanted)] for start in range(len(levels)))
        in_category = not wanted or wanted in spans
        return in_category and all(
            values_of(value) & values_of(attributes.get(name.lower()))
            for name, value in self.attributes.items()
        )


@dataclass(frozen=True)
class Rule:
    """Products of one side go only with products of the other whose attribute has the same value."""

    name: str
    products: Side
    partners: Side
    attribute: str
    matches: str
    allows_missing: bool = True


def read_rules(file: Path) -> list[Rule]:
    """The rules of a file; none where there is no file.

    Raises:
        InvalidInput: the file is no such YAML; the message names the line.
    """
    if not file.exists():
        return []
    try:
        tree = yaml.compose(file.read_text("utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 0
        raise _wrong(file, line, f"it is no YAML: {problem.problem}") from problem
    except (UnicodeDecodeError, yaml.YAMLError) as problem:
        raise _wrong(file, 1, f"it cannot be read: {problem}") from problem
    if tree is None:
        return []
    top = _mapping(file, tree, ("rules",), "the file")
    listed = top.get("rules")
    if listed is None:
        return []
    if not isinstance(listed, yaml.SequenceNode):
        raise _wrong(file, _line(listed), "'rules' is not a list; begin each rule with '- name: ...'")
    rules = [_rule(file, node) for node in listed.value]
    names: dict[str, int] = {}
    for rule, node in zip(rules, listed.value, strict=True):
        if rule.name in names:
            raise _wrong(
                file, _line(node), f"the rule '{rule.name}' stands in line {names[rule.name]} already"
            )
        names[rule.name] = _line(node)
    return rules


def expand(rules: Iterable[Rule], products: pa.Table) -> pa.Table:
    """The rules as rows of the table ``compatibility``: who is on which side of which rule, with which values."""
    listed = [
        (row["product_id"], row["category"], json.loads(row["attributes"]) if row["attributes"] else {})
        for row in products.select(["product_id", "category", "attributes"]).to_pylist()
    ]
    rows: list[dict[str, Any]] = []
    for rule in rules:
        sides = (("product", rule.products, rule.attribute), ("partner", rule.partners, rule.matches))
        for product_id, category, attributes in listed:
            for side, chosen, attribute in sides:
                if not chosen.holds(category, attributes):
                    continue
                text = attributes.get(attribute.lower())
                values = sorted(values_of(text)) or ([] if rule.allows_missing else [""])
                rows += [
                    {"rule": rule.name, "side": side, "product_id": product_id, "value": value,
                     "said": f"{attribute}: {text or 'not known'}"}
                    for value in values
                ]  # fmt: skip
    # Nothing fits nothing: what is not known, where that is forbidden, differs between the sides.
    for row in rows:
        row["value"] = row["value"] or f"? {row['side']}"
    return pa.Table.from_pylist(rows, schema=contract("compatibility").schema)


def values_of(text: str | None) -> set[str]:
    """The values of an attribute, to be compared."""
    return {part.strip().lower() for part in re.split(r"[,;|]", text or "") if part.strip()}


def _rule(file: Path, node: yaml.Node) -> Rule:
    parts = _mapping(file, node, _KEYS, "a rule")
    for needed in ("name", "products", "with", "attribute"):
        if needed not in parts:
            raise _wrong(file, _line(node), f"the rule has no '{needed}'")
    missing = _text(file, parts["missing"], "missing") if "missing" in parts else "allow"
    if missing not in {"allow", "forbid"}:
        raise _wrong(file, _line(parts["missing"]), f"'missing' is '{missing}'; it can be allow or forbid")
    attribute = _text(file, parts["attribute"], "attribute")
    return Rule(
        _text(file, parts["name"], "name"),
        _side(file, parts["products"], "products"),
        _side(file, parts["with"], "with"),
        attribute,
        _text(file, parts["matches"], "matches") if "matches" in parts else attribute,
        missing == "allow",
    )


def _side(file: Path, node: yaml.Node, name: str) -> Side:
    parts = _mapping(file, node, _SIDES, f"'{name}'")
    if not parts:
        raise _wrong(file, _line(node), f"'{name}' chooses no products; give a category or attributes")
    category = _text(file, parts["category"], "category") if "category" in parts else ""
    attributes: dict[str, str] = {}
    if "attributes" in parts:
        chosen = _mapping(file, parts["attributes"], None, "'attributes'")
        attributes = {key: _text(file, value, key) for key, value in chosen.items()}
    return Side(category, attributes)


def _mapping(file: Path, node: yaml.Node, known: tuple[str, ...] | None, what: str) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise _wrong(file, _line(node), f"{what} is not of the form name: value")
    parts: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = str(key.value)
        if known is not None and name not in known:
            raise _wrong(file, _line(key), f"{what} cannot have '{name}'; it can have {', '.join(known)}")
        if name in parts:
            raise _wrong(file, _line(key), f"'{name}' is given twice")
        parts[name] = value
    return parts


def _text(file: Path, node: yaml.Node, name: str) -> str:
    if not isinstance(node, yaml.ScalarNode) or not str(node.value).strip():
        raise _wrong(file, _line(node), f"'{name}' is not a word or a text")
    return str(node.value).strip()


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _wrong(file: Path, line: int, what: str) -> InvalidInput:
    return InvalidInput(
        f"The rules of what fits what cannot be used: {what}.",
        record=f"{file.name}, line {line}",
        remedy="The page 'Say what fits what' of the documentation shows such a file.",
    )
