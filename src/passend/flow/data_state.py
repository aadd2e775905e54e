"""What data there is: its size, the account of its rows, what was set aside and why, and what would help most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from passend.engines import sql
from passend.engines.lookup import Wanted, look_up
from passend.report.missing import Advice, advise
from passend.workspace import Workspace

#: What every import leaves.
_KEPT = ("imports", "lines", "orders", "returns", "quarantine")
_MADE = ("totals", "months", "quarantine_examples", "unmatched")


@dataclass(frozen=True)
class DataState:
    """What the first page of the data tells.

    Attributes:
        totals: the row of the report's ``totals``.
        months: orders by month.
        account: what became of all rows.
        examples: of each reason some rows that were set aside.
        imports: what was read, the latest first.
        lessons: how many contacts teach.
        unmatched: returns without their sale.
    """

    totals: Mapping[str, Any]
    months: Sequence[Mapping[str, Any]]
    account: Sequence[Mapping[str, Any]]
    examples: Sequence[Mapping[str, Any]]
    imports: Sequence[Mapping[str, Any]]
    lessons: Sequence[Mapping[str, Any]]
    unmatched: int

    def advice(self) -> list[Advice]:
        """What would help most, in the language that is spoken."""
        return advise(self.totals, self.unmatched, self.lessons)


def data_state(workspace: Workspace) -> DataState | None:
    """What data there is; None before the first orders."""
    if not all(workspace.has(name) for name in _KEPT):
        return None
    return _counted(workspace.folder.as_posix(), workspace.manifest.number)


@lru_cache(maxsize=4)
def _counted(folder: str, number: int) -> DataState:
    """Counted once for each state of the workspace: its tables never change."""
    workspace = Workspace(folder)
    with workspace.engine() as engine:
        for name in _MADE:
            engine.create(name, sql("report", name))
        engine.create("account", sql("intake", "account"))
        engine.create("contact_lessons", sql("intake", "contact_lessons"))

        def rows(table: str) -> list[dict[str, Any]]:
            return list(engine.fetch(table).to_pylist())

        del number
        return DataState(
            totals=rows("totals")[0],
            months=sorted(rows("months"), key=lambda row: row["month"]),
            account=sorted(rows("account"), key=lambda row: -row["rows"]),
            examples=sorted(rows("quarantine_examples"), key=lambda row: (row["reason"], row["place"])),
            imports=sorted(rows("imports"), key=lambda row: row["imported_at"], reverse=True),
            lessons=rows("contact_lessons"),
            unmatched=rows("unmatched")[0]["rows"],
        )


def set_aside(workspace: Workspace, most: int, after: int) -> list[dict[str, Any]]:
    """Rows that were set aside, each with its reason and as it stood in its file."""
    if not workspace.has("quarantine"):
        return []
    asked = Wanted(first=("reason", "source", "row"), most=most, after=after)
    return list(look_up(workspace.files("quarantine"), asked).to_pylist())
