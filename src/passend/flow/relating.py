"""The strongest relations between products, as a map, and the people's word on a pair with its way back."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from passend.engines.lookup import Wanted, look_up
from passend.errors import WorkspaceError
from passend.flow.editing import WORD, add_edits, edits
from passend.flow.finding import find_products
from passend.flow.lookup import names_of
from passend.products.edits import Edit
from passend.report.network import Picture, draw
from passend.workspace import Workspace

#: Relations from which a map is drawn, products on it, and rows of its table.
_DRAWN, _NODES, _LISTED = 600, 40, 50
#: Relations of a type that are looked at for the map of all.
_LOOKED_AT = 1200
#: Products around which a map is drawn, where words ask for some.
_AROUND = 100
_SYMMETRIC = {"complement", "substitute"}


@dataclass(frozen=True)
class Asked:
    """What of the relations is to be seen.

    Attributes:
        kind: the type of relation.
        around: words that number, name or category of one of the two products hold; empty for all.
        least: observed over expected, at least.
        with_likely: also what is likely and not proved; such pairs are drawn as dashes.
    """

    kind: str = "complement"
    around: str = ""
    least: float = 1.0
    with_likely: bool = False


@dataclass(frozen=True)
class Map:
    """A map: the picture, the rows of its table, and how many relations there are that fit what is asked."""

    picture: Picture
    rows: tuple[dict[str, Any], ...]
    of: int


def relation_map(workspace: Workspace, asked: Asked) -> Map:
    """The map of a type of relation, and the rows that it is drawn from, the weightiest first."""
    if not workspace.has("relations"):
        return Map(draw([]), (), 0)
    return _map(workspace.folder.as_posix(), workspace.manifest.number, asked)


@lru_cache(maxsize=32)
def _map(folder: str, number: int, asked: Asked) -> Map:
    workspace = Workspace(folder)
    around = tuple(row["product_id"] for row in find_products(workspace, asked.around, _AROUND))
    rows = [] if asked.around.strip() and not around else _rows(workspace, asked, around)
    rows = [row for row in rows if row["strength"] >= asked.least]
    names = names_of(workspace, (row[end] for row in rows for end in ("product_id", "other_id")))
    told = [
        {**row, "name": names.get(row["product_id"], ""), "other_name": names.get(row["other_id"], "")}
        for row in rows
    ]
    told.sort(key=lambda row: -row["weight"])
    del number  # tells the maps of one state from those of another
    return Map(draw(told[:_DRAWN], most=_NODES), tuple(told[:_LISTED]), len(told))


def _rows(workspace: Workspace, asked: Asked, around: tuple[str, ...]) -> list[dict[str, Any]]:
    """Relations of the type, each with the weight by which it is drawn; what is only likely weighs least."""
    rows = [
        {**row, "grade": "", "weight": _weight(row)}
        for row in _looked_up(workspace, "relations", asked, around)
        if row["type"] == asked.kind and row["evidence"] != "neighbours"
    ]
    if asked.with_likely and asked.kind == "complement" and workspace.has("likely_relations"):
        rows += [
            {
                **row, "type": "complement", "strength": row["support"] / max(row["expected"], 1e-9),
                "weight": row["chance"] * 1e-9,
            }
            for row in _looked_up(workspace, "likely_relations", asked, around)
        ]  # fmt: skip
    return _once(rows)


def _looked_up(
    workspace: Workspace, table: str, asked: Asked, around: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    files = workspace.files(table)
    if around:
        for end in ("product_id", "other_id"):
            yield from look_up(files, Wanted(end, around)).to_pylist()
        return
    ends = ("product_id", "other_id")
    wanted = (
        Wanted("type", (asked.kind,), first=("is_pinned", "likelihood_ratio", *ends), most=_LOOKED_AT)
        if table == "relations"
        else Wanted(first=("chance", *ends), most=_LOOKED_AT)
    )
    yield from look_up(files, wanted).to_pylist()


def _weight(row: dict[str, Any]) -> float:
    return abs(float(row["support"] - row["expected"])) * max(math.log(max(row["low"], 1e-9)), 0.0) + 1e-6


def _once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A pair that holds both ways stands once."""
    known: set[tuple[str, str]] = set()
    found = []
    for row in rows:
        pair = (row["product_id"], row["other_id"])
        if pair in known or (row["type"] in _SYMMETRIC and pair[::-1] in known):
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
    stands = workspace.manifest
    if stands.number != number or stands.what != WORD:
        raise WorkspaceError(
            "Something else was changed since: it cannot be taken back any more.",
            remedy="Take the word back in the list of people's words, or say the opposite.",
        )
    workspace.undo(stands)


def words_on(workspace: Workspace, product_id: str = "") -> list[dict[str, Any]]:
    """What people said about a product's relations, or about all, the latest first; with names and what still holds."""
    rows = [
        row for row in edits(workspace).to_pylist() if product_id in {"", row["product_id"], row["other_id"]}
    ]
    names = names_of(workspace, (row[end] for row in rows for end in ("product_id", "other_id")))
    decided: set[tuple[str, str]] = set()
    rows.sort(key=lambda row: row["edited_at"], reverse=True)
    for row in rows:
        pair = (row["product_id"], row["other_id"])
        row["name"], row["other_name"] = names.get(row["product_id"], ""), names.get(row["other_id"], "")
        row["holds"] = row["action"] not in {"annotate", "release"} and pair not in decided
        if row["action"] != "annotate":
            decided.add(pair)
    return rows
