"""From stored orders to a table that Propensity learns from: facts at an earlier date, purchases after it."""

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from passend.errors import InvalidInput
from passend.flow.steps import facts_steps, run_steps
from passend.flow.windows import Events, Window, labelled
from passend.ports import Silence
from passend.tables import contract
from passend.workspace import Workspace

__all__ = ["Window", "facts_at", "training_table"]


def training_table(workspace: Workspace, window: Window) -> pa.Table:
    """Facts frozen at a date, with ``bought`` from the window after it, for customers not contacted in it.

    Raises:
        InvalidInput: the data end before the window does, or have no dates, or begin after it.
    """
    end = pc.max(workspace.read("orders")["ordered_at"]).as_py()
    if end is None or end < window.end:
        raise InvalidInput(
            "The data have no dates, and the window needs some."
            if end is None
            else f"The data end on {end:%Y-%m-%d}, before the window does.",
            remedy=f"Take an earlier date, or a window of fewer than {window.days} days.",
        )
    facts = facts_at(workspace, window.as_of)
    if not facts.num_rows:
        raise InvalidInput(f"Nothing is known of any customer before {window.as_of:%Y-%m-%d}.")
    events = Events(*(_stored(workspace, name) for name in ("orders", "contacts", "products")))
    return labelled(facts, events, window)[0]


def facts_at(workspace: Workspace, as_of: datetime) -> pa.Table:
    """``customer_facts`` as they were at a date; nothing is stored."""
    settings = workspace.settings.changed({"customers.as_of": as_of.isoformat(sep=" ")})
    with workspace.engine() as engine:
        run_steps(engine, facts_steps(), settings, Silence())
        return engine.fetch("customer_facts")


def _stored(workspace: Workspace, table: str) -> pa.Table:
    return workspace.read(table) if workspace.has(table) else contract(table).empty()
