"""Plans that were made, side by side: list, show, compare, export; and what another rule would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from passend.engines.lookup import Wanted, look_up
from passend.errors import InvalidInput, WorkspaceError
from passend.flow.people_offers import offers_for_people
from passend.flow.told_offers import with_told_reasons
from passend.language import chosen, speaking
from passend.tables.sheets import formats, sheet_as_csv
from passend.tables.spreadsheets import as_csv
from passend.workspace import Workspace

#: What two plans are compared by.
FIGURES = (
    "value_cents",
    "value_low_cents",
    "value_high_cents",
    "contact_cents",
    "offers",
    "customers",
    "gap",
)


@dataclass(frozen=True)
class Comparison:
    """Two plans in numbers.

    Attributes:
        before: figures of the first.
        after: figures of the second.
        offers_by_channel: channel -> offers before and after.
        lost: offers to be made in the first plan only, None where it is not told.
        new: offers to be made in the second plan only.
        limits: use and prices of the second plan's limits.
        changes: the rules that were tried, as they are written.
        since: what changed since the plan was made, so that the first is not the plan itself: its kinds, in words.
        plan: the figures of the plan itself, where the first is another one.
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    offers_by_channel: Mapping[str, tuple[int, int]]
    lost: int
    new: int
    limits: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    changes: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    plan: Mapping[str, Any] = field(default_factory=dict)


def list_plans(workspace: Workspace) -> list[dict[str, Any]]:
    """All plans, the latest first."""
    if not workspace.has("plans"):
        raise WorkspaceError(
            "There is no plan yet.", record=str(workspace.folder), remedy="Make one: passend plan"
        )
    return list(workspace.read("plans").sort_by([("plan", "descending")]).to_pylist())


def show_plan(workspace: Workspace, number: int | None = None) -> dict[str, Any]:
    """A plan's figures, funnel and limits; the latest where no number is given.

    Raises:
        InvalidInput: there is no such plan.
    """
    plans = list_plans(workspace)
    wanted = number or plans[0]["plan"]
    found = [one for one in plans if one["plan"] == wanted]
    if not found:
        raise InvalidInput(
            f"There is no plan {wanted}.", remedy=f"Plans go from {plans[-1]['plan']} to {plans[0]['plan']}."
        )
    return {
        **found[0],
        "funnel": _rows(workspace, "funnel", wanted),
        "limits": _rows(workspace, "limits", wanted),
    }


def compare_plans(workspace: Workspace, first: int, second: int) -> Comparison:
    """Two stored plans side by side."""
    before, after = show_plan(workspace, first), show_plan(workspace, second)
    offers = workspace.read("plan_offers")
    return compared(
        (before, after),
        (
            made(offers.filter(pc.equal(offers["plan"], first))),
            made(offers.filter(pc.equal(offers["plan"], second))),
        ),
        after["limits"],
    )


def best_offers(workspace: Workspace, most: int, after: int = 0) -> list[dict[str, Any]]:
    """Offers of the present plan, those that are worth most first."""
    if not workspace.has("offers"):
        return []
    asked = Wanted(first=("value_cents", "customer_id", "rank"), most=most, after=after)
    return list(look_up(workspace.files("offers"), asked).to_pylist())


def export_plan(workspace: Workspace, number: int | None, file: Path, *, is_raw: bool = False) -> int:
    """Write the offers of a plan as CSV, Excel or Parquet; returns their number.

    CSV and Excel are for people, in the language of the settings; Parquet holds the columns of the contract. The
    present plan's offers come with names of products and reasons, older ones as they are kept.

    Args:
        workspace: with the plans.
        number: which plan; the latest where none is given.
        file: to write.
        is_raw: the columns of the contract in every form, for programs.

    Raises:
        InvalidInput: there is no such plan, the file's name ends in none of .csv, .xlsx and .parquet, or there are more
            offers than a sheet has rows.
    """
    offers = _told_offers(workspace, show_plan(workspace, number)["plan"])
    offers = offers.sort_by([("customer_id", "ascending"), ("rank", "ascending")])
    with speaking(workspace.settings.text("language")):
        sheet = None if is_raw else offers_for_people(offers)
        language = chosen()
    match file.suffix.lower():
        case ".csv":
            file.write_bytes(sheet_as_csv(sheet, language) if sheet else as_csv(offers))
        case ".xlsx":
            from passend.tables.workbooks import as_workbook  # noqa: PLC0415 - slow to load; pages need none

            file.write_bytes(
                as_workbook(sheet.table, sheet.name, formats(sheet, language))
                if sheet
                else as_workbook(offers, "offers")
            )
        case ".parquet":
            pq.write_table(offers, file)
        case _:
            raise InvalidInput(
                f"{file.name} is neither CSV, Excel nor Parquet.",
                remedy="Let its name end in .csv, .xlsx or .parquet.",
            )
    return int(offers.num_rows)


def _told_offers(workspace: Workspace, plan: int) -> pa.Table:
    present = workspace.read("offers")
    if present.num_rows and present["plan"][0].as_py() == plan:
        with speaking(workspace.settings.text("language")):
            return with_told_reasons(present)
    kept = workspace.read("plan_offers")
    return kept.filter(pc.equal(kept["plan"], plan))


def made(offers: pa.Table) -> pa.Table:
    """The offers that are made, by what tells them apart."""
    return offers.filter(offers["chosen"]).select(["customer_id", "product_id", "channel"])


def compared(
    figures: tuple[Mapping[str, Any], Mapping[str, Any]],
    offers: tuple[pa.Table, pa.Table],
    limits: Sequence[Mapping[str, Any]],
) -> Comparison:
    """Two plans side by side, by their figures and the offers that they make."""
    keys = [
        set(zip(*(table[name].to_pylist() for name in table.schema.names), strict=True)) for table in offers
    ]
    counts = [
        {row["values"]: row["counts"] for row in pc.value_counts(table["channel"]).to_pylist()}
        for table in offers
    ]
    channels = sorted(set(counts[0]) | set(counts[1]))
    names = (*FIGURES, "currency", "basis", "plan")
    return Comparison(
        before={name: figures[0][name] for name in names},
        after={name: figures[1][name] for name in names},
        offers_by_channel={name: (counts[0].get(name, 0), counts[1].get(name, 0)) for name in channels},
        lost=len(keys[0] - keys[1]),
        new=len(keys[1] - keys[0]),
        limits=tuple(limits),
    )


def _rows(workspace: Workspace, table: str, number: int) -> list[dict[str, Any]]:
    rows = workspace.read(table)
    return list(rows.filter(pc.equal(rows["plan"], number)).sort_by([("place", "ascending")]).to_pylist())
