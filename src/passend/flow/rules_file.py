"""The file in which a firm writes its rules of offers, and what is wrong with it."""

import pyarrow as pa
import pyarrow.compute as pc

from passend.decisions.rules import Finding, Known, findings, load_rules
from passend.workspace import Workspace


def rules_text(workspace: Workspace) -> str:
    """What stands in ``rules.yaml``; empty where there is none."""
    file = workspace.folder / "rules.yaml"
    return file.read_text("utf-8-sig") if file.exists() else ""


def used_channels(workspace: Workspace) -> tuple[str, ...]:
    """The channels on which the rules let offers be made."""
    return tuple(str(one.name) for one in load_rules(rules_text(workspace)).used)


def check_rules(workspace: Workspace, text: str | None = None) -> list[Finding]:
    """All that is wrong with ``rules.yaml`` (or other rules), seen beside the firm's tables where they are there."""
    values: dict[str, frozenset[str]] = {}
    if workspace.has("products"):
        products = workspace.read("products")
        values = {
            name: _texts(products, column)
            for name, column in (("product", "product_id"), ("category", "category"))
        }
    if workspace.has("customers"):
        customers = workspace.read("customers")
        values |= {name: _texts(customers, name) for name in ("segment", "region", "language")}
    return findings(load_rules(rules_text(workspace) if text is None else text), Known(values))


def _texts(table: pa.Table, column: str) -> frozenset[str]:
    return frozenset(one for one in pc.unique(table[column]).to_pylist() if one)
