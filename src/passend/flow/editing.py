"""The people's word on relations, kept in the workspace; the next plan obeys it."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from passend.errors import InvalidInput
from passend.products.edits import Edit, with_edits
from passend.tables import contract
from passend.workspace import Workspace

TABLE = "relation_edits"


def edits(workspace: Workspace) -> pa.Table:
    """All edits so far, oldest first."""
    return workspace.read(TABLE) if workspace.has(TABLE) else contract(TABLE).empty()


#: What a change of the workspace by people's word is called.
WORD = "edit relations"


def add_edits(workspace: Workspace, new: Iterable[Edit]) -> int:
    """Add edits to the log, all or none; returns how many were not in it before.

    Raises:
        InvalidInput: an edit names a product that the firm does not have.
    """
    wanted = list(new)
    known = set(workspace.read("products")["product_id"].to_pylist())
    for edit in wanted:
        for product in (edit.product_id, edit.other_id):
            if product not in known:
                raise InvalidInput(
                    f"There is no product '{product}'.",
                    record=f"{edit.action}: {edit.product_id}, {edit.other_id}",
                    remedy="Give the article number; `passend products show WORDS` finds it.",
                )
    with workspace.change(WORD) as change, workspace.engine() as engine:
        before = edits(workspace)
        after = with_edits(before, wanted)
        engine.load(TABLE, after)
        change.write(engine, TABLE)
    return int(after.num_rows - before.num_rows)


def relations_of(workspace: Workspace, types: Iterable[str] = ()) -> pa.Table:
    """The relations of the last plan, of some types or all."""
    table = workspace.read("relations")
    wanted = list(types)
    return table.filter(pc.is_in(table["type"], pa.array(wanted, pa.string()))) if wanted else table
