"""Plans that were made, side by side: list, show, compare, export; and what another rule would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from passend.engines.lookup import Wanted, look_up
from passend.errors import InvalidInput, WorkspaceError
from passend.flow.fitting import load_compatibility
from passend.flow.people_offers import offers_for_people
from passend.flow.steps import run_steps, steps_to_choice
from passend.flow.told_offers import with_told_reasons
from passend.language import chosen, speaking
from passend.ports import Engine, Progress
from passend.tables.sheets import formats, sheet_as_csv
from passend.tables.spreadsheets import as_csv
from passend.workspace import Workspace

if TYPE_CHECKING:
    from passend.flow.deciding import Deciding

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
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    offers_by_channel: Mapping[str, tuple[int, int]]
    lost: int
    new: int
    limits: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


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
    return _compared(
        (before, after),
        (
            _made(offers.filter(pc.equal(offers["plan"], first))),
            _made(offers.filter(pc.equal(offers["plan"], second))),
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


def what_if(workspace: Workspace, changes: Sequence[str], progress: Progress) -> Comparison:
    """What the plan would be with other rules, beside the plan with the rules as they are. Nothing is stored.

    Raises:
        InvalidRules: a change names no rule, or contradicts others.
    """
    from passend.flow.deciding import deciding  # noqa: PLC0415 - heavy; plans are looked at without it

    if not workspace.has("recommendations"):
        raise WorkspaceError(
            "There is no plan yet.", record=str(workspace.folder), remedy="Make one: passend plan"
        )
    now, then = deciding(workspace), deciding(workspace, changes)
    with workspace.engine() as engine:
        load_compatibility(workspace, engine)
        run_steps(engine, steps_to_choice(), workspace.settings, progress)
        progress.step("Planning with the rules as they are")
        before, made_before = _tried(engine, workspace, now)
        progress.step("Planning with the changes")
        after, made_after = _tried(engine, workspace, then)
    return _compared((before, after), (made_before, made_after), after["limits"])


def _tried(engine: Engine, workspace: Workspace, how: "Deciding") -> tuple[dict[str, Any], pa.Table]:
    from passend.flow.deciding import choose_offers  # noqa: PLC0415 - heavy, see above

    plan = choose_offers(engine, workspace.settings, how)
    figures = dict(engine.fetch("plan_totals").to_pylist()[0])
    return {**figures, "limits": plan.limits_.to_pylist()}, _made(engine.fetch("chosen_offers"))


def _made(offers: pa.Table) -> pa.Table:
    return offers.filter(offers["chosen"]).select(["customer_id", "product_id", "channel"])


def _compared(
    figures: tuple[Mapping[str, Any], Mapping[str, Any]],
    offers: tuple[pa.Table, pa.Table],
    limits: Sequence[Mapping[str, Any]],
) -> Comparison:
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
