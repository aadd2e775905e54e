"""From orders to a plan: relations, recommendations, verdicts, offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from passend.engines import sql
from passend.errors import WorkspaceError
from passend.flow.data_age import days_old
from passend.flow.deciding import deciding
from passend.flow.fitting import load_compatibility
from passend.flow.steps import run_steps, steps_of, steps_until_relations
from passend.ports import Engine, Progress
from passend.tables import contract
from passend.tables.frames import plain
from passend.workspace import Change, Workspace

#: Tables that keep what earlier plans left in them.
_GROWING = ("funnel", "limits")
#: What the summary takes from the plan's own numbers.
_TOLD = (
    "plan", "value_cents", "value_low_cents", "value_high_cents", "basis", "gap", "explore_cost_cents", "contact_cents",
    "currency",
)  # fmt: skip

#: Intermediate tables that are large and no longer needed once the relations are known, and once products are chosen.
_SPENT_ON_RELATIONS = (
    "product_places",
    "pair_counts",
    "pair_evidence",
    "complements",
    "visit_products",
    "visit_cells",
    "visit_places",
    "visit_pairs",
    "first_steps",
    "step_places",
    "follow_counts",
    "followers",
    "kin",
    "rivals",
    "rival_orders",
    "alternatives",
    "dearer",
    "typed_relations",
)
_SPENT_ON_CHOICES = ("basket_products", "first_purchases", "ranked_products", "candidates", "order_cells")


@dataclass(frozen=True)
class PlanSummary:
    """What the plan holds, for people and for ``--json``.

    Amounts are minor units of the currency; ``value_cents`` is the expected incremental profit with its interval, None
    where no price is known. ``gap`` is the share of the best possible value that is missing at most. ``effects`` holds
    what contacts of the kinds with most contacts were measured to bring; ``as_of`` is the day that all dates
    count from, and ``days_old`` how long ago that is, where the plan is out of date by it.
    """

    products: int
    relations: Mapping[str, int]
    customers: int
    verdicts: Mapping[str, int]
    offers: int
    customers_with_offers: int
    held_out: int
    without_offers: int
    plan: int
    value_cents: float | None
    value_low_cents: float | None
    value_high_cents: float | None
    basis: str
    gap: float
    explore_cost_cents: float | None
    contact_cents: float | None
    currency: str | None
    funnel: Sequence[Mapping[str, Any]]
    limits: Sequence[Mapping[str, Any]]
    effects: Sequence[Mapping[str, Any]] = ()
    as_of: datetime | None = None
    days_old: int = 0


def make_plan(
    workspace: Workspace, progress: Progress, *, changes: Sequence[str] = (), made_at: datetime | None = None
) -> PlanSummary:
    """Compute relations, recommendations, verdicts and offers from the stored orders, and store them together.

    Args:
        workspace: holds the orders, and ``rules.yaml`` where the firm has rules.
        progress: is told of each step.
        changes: rules changed for this plan, e.g. ``budget=5000``.
        made_at: when (UTC); now where it is not given.
    """
    if not workspace.has("orders") or not workspace.manifest.tables["orders"].rows:
        raise WorkspaceError(
            "There are no orders in this workspace yet.",
            record=str(workspace.folder),
            remedy="Import some: passend run orders.csv",
        )
    now = made_at or datetime.now(UTC).replace(tzinfo=None)
    with workspace.change("plan") as change, workspace.engine() as engine:
        load_compatibility(workspace, engine)
        how = deciding(workspace, changes)
        relations = steps_until_relations(likely=True)
        choices = [step for step in steps_of("products") if step not in relations]
        for steps, spent in (
            (relations, _SPENT_ON_RELATIONS),
            (choices, _SPENT_ON_CHOICES),
            (steps_of("customers", "decisions"), ()),
        ):
            run_steps(engine, steps, workspace.settings, progress, how)
            for table in spent:
                engine.drop(table)
        progress.step("Storing the plan")
        for step in steps_of("products", "customers", "decisions"):
            if step.kept:
                change.write(engine, step.table, append=step.table in _GROWING)
        _keep(engine, change, now)
        engine.create("plan_summary", sql("decisions", "plan_summary"))
        return _summary(engine, now)


def _keep(engine: Engine, change: Change, now: datetime) -> None:
    """Add the plan to those that were made before; a plan is never changed afterwards."""
    totals = plain(engine.fetch("plan_totals"))
    totals = totals.append_column("made_at", pa.array([now], pa.timestamp("us")))
    engine.load("new_plan", contract("plans").check(totals))
    change.write(engine, "plans", append=True, source="new_plan")
    engine.create("new_plan_offers", sql("decisions", "plan_offers"))
    change.write(engine, "plan_offers", append=True, source="new_plan_offers")


def _summary(engine: Engine, now: datetime) -> PlanSummary:
    rows = engine.fetch("plan_summary").to_pylist()
    made = engine.fetch("plan_totals").to_pylist()[0]

    def counted(what: str) -> dict[str, int]:
        return {str(row["kind"]): int(str(row["rows"])) for row in rows if row["what"] == what}

    totals = counted("total")
    return PlanSummary(
        products=totals["products"],
        relations=counted("relations"),
        customers=totals["customers"],
        verdicts=counted("verdicts"),
        offers=totals["offers"],
        customers_with_offers=totals["customers with offers"],
        held_out=totals["held out"],
        without_offers=totals["nothing worth it"],
        **{name: made[name] for name in _TOLD},
        funnel=sorted(engine.fetch("funnel").to_pylist(), key=_place),
        limits=sorted(engine.fetch("limits").to_pylist(), key=_place),
        effects=_effects(engine),
        as_of=made["as_of"],
        days_old=days_old(made["as_of"], now),
    )


def _effects(engine: Engine) -> list[Mapping[str, Any]]:
    kinds = [row for row in engine.fetch("learned_effects").to_pylist() if row["effect"] is not None]
    return sorted(kinds, key=lambda row: (-row["contacts"], row["channel"]))


def _place(row: Mapping[str, Any]) -> int:
    return int(row["place"])
