"""The strongest relations between products, as a map, and the people's word on a pair with its way back."""

import math
from functools import lru_cache
from typing import Any

from passend.engines.lookup import Wanted, look_up
from passend.errors import WorkspaceError
from passend.flow.editing import add_edits, edits
from passend.flow.lookup import names_of
from passend.products.edits import Edit
from passend.report.network import Picture, draw
from passend.workspace import Workspace

#: Relations from which a map is drawn, and products on it.
_DRAWN, _NODES = 600, 40
_SYMMETRIC = {"complement", "substitute"}


def relation_map(workspace: Workspace, kind: str) -> tuple[Picture, list[dict[str, Any]]]:
    """The map of a type of relation, and the rows that it is drawn from, the weightiest first."""
    if not workspace.has("relations"):
        return draw([]), []
    return _map(workspace.folder.as_posix(), workspace.manifest.number, kind)


@lru_cache(maxsize=16)
def _map(folder: str, number: int, kind: str) -> tuple[Picture, list[dict[str, Any]]]:
    workspace = Workspace(folder)
    asked = Wanted(
        "type", (kind,), first=("is_pinned", "likelihood_ratio", "product_id", "other_id"), most=_DRAWN
    )
    rows = _once(look_up(workspace.files("relations"), asked).to_pylist())
    names = names_of(workspace, (row[end] for row in rows for end in ("product_id", "other_id")))
    told = [
        {
            **row, "name": names.get(row["product_id"], ""), "other_name": names.get(row["other_id"], ""),
            "weight": abs(row["support"] - row["expected"]) * max(math.log(max(row["low"], 1e-9)), 0.0) + 1e-6,
        }
        for row in rows
        if row["evidence"] != "neighbours"
    ]  # fmt: skip
    told.sort(key=lambda row: -row["weight"])
    del number  # tells the maps of one state from those of another
    return draw(told, most=_NODES), told[:50]


def _once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A pair that holds both ways stands once."""
    known: set[tuple[str, str]] = set()
    found = []
    for row in rows:
        pair = (row["product_id"], row["other_id"])
        if row["type"] in _SYMMETRIC and pair[::-1] in known:
            continue
        known.add(pair)
        found.append(row)
    return found


def say_word(workspace: Workspace, edit: Edit) -> int:
    """Add a person's word on a pair; returns the state to which it can be taken back.

    Raises:
        InvalidInput: one of the products does not exist.
    """
    add_edits(workspace, [edit])
    return workspace.manifest.number


def take_back(workspace: Workspace, number: int) -> None:
    """Go back to the state before a change, as long as nothing was changed after it.

    Raises:
        WorkspaceError: something was changed since.
    """
    if workspace.manifest.number != number:
        raise WorkspaceError(
            "Something else was changed since: it cannot be taken back any more.",
            remedy="Say the opposite: pin what was forbidden, or forbid what was pinned.",
        )
    workspace.undo()


def words_on(workspace: Workspace, product_id: str = "") -> list[dict[str, Any]]:
    """What people said about a product's relations, or about all, the latest first; with the names."""
    rows = [
        row for row in edits(workspace).to_pylist() if product_id in {"", row["product_id"], row["other_id"]}
    ]
    names = names_of(workspace, (row[end] for row in rows for end in ("product_id", "other_id")))
    for row in rows:
        row["name"], row["other_name"] = names.get(row["product_id"], ""), names.get(row["other_id"], "")
    return sorted(rows, key=lambda row: row["edited_at"], reverse=True)
