"""People's word on who is one customer: merged with author and reason, and taken back the same way."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from passend.engines import sql
from passend.errors import InvalidInput
from passend.flow.identity import MERGES, Merge, customer_number, link_numbers
from passend.flow.importing import rebuild_orders
from passend.flow.steps import steps_of
from passend.intake.identity import written_alike
from passend.ports import Progress
from passend.tables import contract
from passend.workspace import Workspace


def merges(workspace: Workspace) -> pa.Table:
    """All merges and their taking back so far."""
    return workspace.read(MERGES) if workspace.has(MERGES) else contract(MERGES).empty()


def merged_into(workspace: Workspace, customer_id: str) -> list[Mapping[str, Any]]:
    """People's merges that hold now and of which a customer is part: the latest word on each pair, the latest first."""
    latest = {
        (row["customer_id"], row["other_id"]): row
        for row in merges(workspace).sort_by("edited_at").to_pylist()
    }
    return [
        row
        for row in sorted(latest.values(), key=lambda one: one["edited_at"], reverse=True)
        if row["action"] == "merge"
        and customer_id in {customer_number(workspace, row["customer_id"]), row["other_id"]}
    ]


def merge_customers(workspace: Workspace, word: Merge, progress: Progress) -> str:
    """Make two numbers one customer in every table, or two again; returns the number that stands for the second.

    What the files said is kept, so that nothing is lost when a merge is taken back. Plans that were made stay as they
    are; the next one obeys.

    Raises:
        InvalidInput: one of the numbers is not known, they are one already, or there is no merge to take back.
    """
    parting = word.action == "part"
    with workspace.change(f"{word.action} customers") as change, workspace.engine(as_written=True) as engine:
        engine.create("spellings", sql("intake", "customer_spellings"))
        written = set(engine.fetch("spellings")["spelling"].to_pylist())
        one, other = (
            name if (name := written_alike(said)) in written else customer_number(workspace, said)
            for said in (word.customer_id, word.other_id)
        )
        for name in (one, other):
            if name not in written:
                raise InvalidInput(f"There is no customer '{name}'.", remedy="Check the number.")
        pair = replace(word, customer_id=one, other_id=other)
        _refuse_if_idle(workspace, pair)
        log = pa.concat_tables(
            [merges(workspace), pa.Table.from_pylist([vars(pair)], schema=contract(MERGES).schema)]
        )
        engine.load(MERGES, log)
        change.write(engine, MERGES)
        link_numbers(change, engine)
        rebuild_orders(workspace.settings, engine, progress)
        for step in steps_of("intake"):
            if step.kept:
                change.write(engine, step.table)
    return other if parting else customer_number(workspace, other)


def _refuse_if_idle(workspace: Workspace, word: Merge) -> None:
    known = merges(workspace)
    of_pair = known.filter(
        pc.and_(pc.equal(known["customer_id"], word.customer_id), pc.equal(known["other_id"], word.other_id))
    ).sort_by("edited_at")
    is_merged = bool(of_pair.num_rows) and of_pair["action"][-1].as_py() == "merge"
    if word.action == "part" and not is_merged:
        raise InvalidInput(
            f"{word.customer_id} and {word.other_id} were not merged.",
            remedy="`passend customers merges` lists who was merged, in this order.",
        )
    numbers = {customer_number(workspace, name) for name in (word.customer_id, word.other_id)}
    if word.action == "merge" and len(numbers) == 1:
        raise InvalidInput(
            f"{word.customer_id} and {word.other_id} are one customer already.",
            remedy="There is nothing to do.",
        )
