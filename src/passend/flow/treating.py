"""The people's word on customers, kept in the workspace; verdicts obey it at once and from then on.

So does all that runs: the word goes over to the store, where whatever leaves asks it (``flow/permits.py``).
"""

from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from passend.errors import InvalidInput, NoSuchCustomer
from passend.flow.identity import customer_number
from passend.flow.steps import statement
from passend.tables import contract
from passend.vocabulary import Verdict
from passend.workspace import Workspace

TABLE = "treatment_edits"
#: Takes the word back and lets the figures decide again.
BACK = "automatic"
#: What a person may say.
WORDS = (str(Verdict.OFFER), str(Verdict.UP_SELL), str(Verdict.LEAVE_ALONE), BACK)


@dataclass(frozen=True)
class Decision:
    """One decision of one person on one customer; to take a word back needs no reason."""

    customer_id: str
    verdict: str
    reason: str
    author: str
    edited_at: datetime

    def __post_init__(self) -> None:
        if self.verdict not in WORDS:
            raise InvalidInput(
                f"'{self.verdict}' is no verdict.", record=self.customer_id, remedy=f"Use {', '.join(WORDS)}."
            )
        is_unsaid = not self.reason.strip() and self.verdict != BACK
        if is_unsaid or not self.author.strip():
            raise InvalidInput(
                "Reason or author is missing.", remedy="Every decision needs a person and a reason."
            )


def decisions(workspace: Workspace) -> pa.Table:
    """All decisions so far."""
    return workspace.read(TABLE) if workspace.has(TABLE) else contract(TABLE).empty()


def treat(workspace: Workspace, decision: Decision) -> str:
    """Add a decision to the log and judge anew; returns the verdict that now holds, for running campaigns, too.

    Raises:
        NoSuchCustomer: there is none of this number.
    """
    decision = replace(decision, customer_id=customer_number(workspace, decision.customer_id))
    known = workspace.read("customer_facts")["customer_id"]
    if not pc.any(pc.equal(known, decision.customer_id)).as_py():
        raise NoSuchCustomer(f"There is no customer '{decision.customer_id}'.", remedy="Check the number.")
    row = pa.Table.from_pylist([vars(decision)], schema=contract(TABLE).schema)
    with workspace.change("treat a customer") as change, workspace.engine() as engine:
        before = workspace.read(TABLE, as_written=True) if workspace.has(TABLE) else contract(TABLE).empty()
        engine.load(TABLE, pa.concat_tables([before, row]))
        change.write(engine, TABLE)
        engine.load(TABLE, pa.concat_tables([decisions(workspace), row]))
        engine.create("verdicts_new", statement("customers", "verdicts", workspace.settings))
        change.write(engine, "verdicts", source="verdicts_new")
    _tell_campaigns(workspace, decision.edited_at)
    verdicts = workspace.read("verdicts")
    found = verdicts.filter(pc.equal(verdicts["customer_id"], decision.customer_id))
    return str(found["verdict"][0].as_py())


def _tell_campaigns(workspace: Workspace, now: datetime) -> None:
    """Have the word hold at once on desk lists, at placements and for messages that wait."""
    from passend.flow.treated import carry_treatments  # noqa: PLC0415 - databases are slow to import
    from passend.store import open_store  # noqa: PLC0415 - likewise

    with open_store(workspace.folder, workspace.settings.text("store.url")) as store:
        carry_treatments(store, workspace, now)
