"""The results of a workspace: every campaign and the programme measured, kept in tables, and summed up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.errors import WorkspaceError
from passend.flow.cohorts import KEPT
from passend.flow.currencies import load_currencies
from passend.flow.measuring import TELLS_APART, effects_table, measured_on
from passend.flow.steps import run_steps, statement, steps_of
from passend.ports import Engine, Progress, Silence
from passend.results import PROFIT, PROGRAMME, Measured
from passend.results.pooling import LEAST_CAMPAIGNS, Pooled, pool
from passend.results.promises import Promise, promises
from passend.results.restated import Told, restated
from passend.tables import contract
from passend.workspace import Workspace

#: What the outcomes are made of.
_BEFORE = ("decision_date", "known_returns", "sold_lines", "customer_contacts")


@dataclass(frozen=True)
class Results:
    """All that was measured.

    Attributes:
        measured: phases of campaigns and quarters of the programme; the programme first.
        pooled: campaigns together, partially pooled; None below three that can be measured.
        promises: plans, predicted beside measured.
        currency: of all amounts.
        restated: figures that were told earlier and are others now, the latest first; rows of that contract.
    """

    measured: list[Measured]
    pooled: Pooled | None
    promises: list[Promise]
    currency: str | None
    restated: Sequence[Mapping[str, Any]] = ()


def measure_workspace(workspace: Workspace, progress: Progress) -> Results:
    """Measure all campaigns of a workspace, and keep effects and goals in its tables.

    Raises:
        WorkspaceError: nothing was ever offered or planned.
    """
    progress.step("Comparing those with offers and those without")
    was = (workspace.read("effects"), workspace.read("effect_sums")) if former_sums(workspace) else None
    with workspace.engine() as engine:
        load_outcomes(engine, workspace)
        found = measured_on(engine, workspace.settings, former_sums(workspace))
        if not found:
            raise WorkspaceError(
                "There is nothing to measure yet: no campaign, no plan and no contact with an offer.",
                record=str(workspace.folder),
                remedy="Make a plan (passend plan) and import newer orders later, or import contacts.",
            )
        currency = _currency(engine)
        until = engine.fetch("decision_date")["as_of"][0].as_py()
        engine.load("new_effects", effects_table(found, currency, until))
        told = Told(*was, engine.fetch("effect_sums"), len(restated_rows(workspace))) if was else None
        changed = restated(told, found, until, currency) if told else []
        engine.load("new_restated", pa.Table.from_pylist(changed, schema=contract("restated").schema))
        engine.load("new_goals", _goals(engine))
        with workspace.change("results") as change:
            change.write(engine, "effects", source="new_effects")
            change.write(engine, "goals", source="new_goals")
            for name in KEPT if engine.name == "duckdb" else ():
                change.write(engine, name)
            if changed:
                change.write(engine, "restated", append=True, source="new_restated")
    plans = workspace.read("plans").to_pylist() if workspace.has("plans") else []
    return Results(found, pooled_of(found), promises(found, plans), currency, restated_rows(workspace))


def restated_rows(workspace: Workspace) -> list[Mapping[str, Any]]:
    """Figures that were told earlier and are others now, the latest first."""
    if not workspace.has("restated"):
        return []
    return list(workspace.read("restated").sort_by([("number", "descending")]).to_pylist())


def former_sums(workspace: Workspace) -> Mapping[str, Sequence[Path]] | None:
    """The files of the sums by cohort, where all are of one and the same measurement."""
    stored = [workspace.manifest.tables.get(name) for name in KEPT]
    if None in stored or len({table.change for table in stored if table}) > 1:
        return None
    return {name: workspace.files(name) for name in KEPT}


def load_outcomes(engine: Engine, workspace: Workspace) -> None:
    """Give the engine ``outcomes``, ``exposure_log`` and all that they are made of."""
    load_currencies(engine, workspace.settings)
    for name in TELLS_APART:
        if not workspace.has(name):
            engine.load(name, contract(name).empty())
    steps = [step for step in steps_of("customers") if step.table in _BEFORE]
    run_steps(engine, steps, workspace.settings, Silence())
    for name in ("outcomes", "exposure_log"):
        engine.create(name, statement("results", name, workspace.settings))


def _currency(engine: Engine) -> str | None:
    counts = engine.fetch("sold_lines").group_by("currency").aggregate([([], "count_all")])
    known = counts.filter(pc.is_valid(counts["currency"])).sort_by([("count_all", "descending")])
    return str(known["currency"][0].as_py()) if known.num_rows else None


def _goals(engine: Engine) -> pa.Table:
    """Goals never change once they are known: those that were usual until now are kept as they were."""
    goals = engine.fetch("campaign_goals")
    return contract("goals").check(goals.select(contract("goals").schema.names))


def pooled_of(found: Sequence[Measured]) -> Pooled | None:
    """The campaigns together, each pulled towards what is usual; None below three that can be measured."""
    single = [one for one in found if one.campaign != PROGRAMME and one.cannot is None and one.errors[PROFIT]]
    if len(single) < LEAST_CAMPAIGNS:
        return None
    return pool(
        np.asarray([one.effects[PROFIT].per_person for one in single]),
        np.asarray([one.errors[PROFIT] for one in single]),
        np.asarray([float(one.people[0]) for one in single]),
    )
