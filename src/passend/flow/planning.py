"""From orders to a plan: relations, recommendations, verdicts, offers."""

from collections.abc import Mapping
from dataclasses import dataclass

from passend.engines import sql
from passend.errors import WorkspaceError
from passend.flow.fitting import load_compatibility
from passend.flow.steps import run_steps, steps_of
from passend.ports import Progress
from passend.workspace import Workspace

#: Intermediate tables that are large and no longer needed once the step named first is done.
_SPENT = {
    "products": (
        "product_places",
        "pair_counts",
        "pair_evidence",
        "visit_products",
        "visit_cells",
        "visit_places",
        "visit_pairs",
        "first_steps",
        "step_places",
        "follow_counts",
        "kin",
        "rival_orders",
    )
}


@dataclass(frozen=True)
class PlanSummary:
    """What the plan holds, for people and for ``--json``."""

    products: int
    relations: Mapping[str, int]
    customers: int
    verdicts: Mapping[str, int]
    offers: int
    customers_with_offers: int
    held_out: int


def make_plan(workspace: Workspace, progress: Progress) -> PlanSummary:
    """Compute relations, recommendations, verdicts and offers from the stored orders, and store them together."""
    if not workspace.has("orders") or not workspace.manifest.tables["orders"].rows:
        raise WorkspaceError(
            "There are no orders in this workspace yet.",
            record=str(workspace.folder),
            remedy="Import some: passend run orders.csv",
        )
    with workspace.change("plan") as change, workspace.engine() as engine:
        load_compatibility(workspace, engine)
        for room in ("products", "customers", "decisions"):
            run_steps(engine, steps_of(room), workspace.settings, progress)
            for table in _SPENT.get(room, ()):
                engine.drop(table)
        progress.step("Storing the plan")
        for step in steps_of("products", "customers", "decisions"):
            if step.kept:
                change.write(engine, step.table)
        engine.create("plan_summary", sql("decisions", "plan_summary"))
        return _summary(engine.fetch("plan_summary").to_pylist())


def _summary(rows: list[dict[str, object]]) -> PlanSummary:
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
    )
