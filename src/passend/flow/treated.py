"""The people's word on customers goes over to the store, so that it holds before the next plan does."""

from datetime import datetime

from passend.flow.permits import latest_treatments
from passend.flow.treating import BACK, TABLE, decisions
from passend.store import Store
from passend.store.batches import insert_rows
from passend.store.live import TreatmentRow
from passend.store.marks import mark, set_mark
from passend.workspace import Workspace

_MARK = "treatments of the workspace"


def carry_treatments(store: Store, workspace: Workspace, now: datetime) -> int:
    """Carry over what people say now of customers, where the store knows it otherwise; returns of how many.

    Undone words, and those of numbers that were merged since, are noticed by the workspace's next state.
    """
    state = workspace.manifest.number
    with store.read() as connection:
        if mark(connection, _MARK) >= state:
            return 0
    rows = decisions(workspace).sort_by("edited_at").to_pylist() if workspace.has(TABLE) else []
    said = {row["customer_id"]: row["verdict"] for row in rows}
    # What was begun under another number of the same person stands there still.
    spellings = workspace.aliases().get("customer_id")
    for row in spellings.to_pylist() if spellings is not None else ():
        if row["customer_id"] in said:
            said[row["spelling"]] = said[row["customer_id"]]
    with store.change() as connection:
        if mark(connection, _MARK) >= state:  # somebody carried over a later state meanwhile
            return 0
        known = {one.customer_id: one.verdict for one in latest_treatments(connection)}
        new = [
            {"customer_id": customer, "verdict": said.get(customer, BACK), "at": now}
            for customer in sorted({*said, *known})
            if said.get(customer, BACK) != known.get(customer, BACK)
        ]
        insert_rows(connection, TreatmentRow, new)
        set_mark(connection, _MARK, state, now)
    return len(new)
