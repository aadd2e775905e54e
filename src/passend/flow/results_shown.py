"""Results to look at: what is stored, and one campaign measured anew without writing anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from passend.flow.measuring import measured_on
from passend.flow.results import former_sums, load_outcomes, restated_rows
from passend.results import PROFIT, PROGRAMME, Measured
from passend.results.promises import Promise, promises
from passend.workspace import Workspace


@dataclass(frozen=True)
class StoredResults:
    """What was measured last.

    Attributes:
        programme: added profit by quarter, the latest first; rows of ``effects``.
        campaigns: added profit by campaign and phase.
        reach: the largest amount among all, for pictures.
        scorecard: rows of the contract.
        has_letter: whether a letter was written.
        restated: figures that were told earlier and are others now.
    """

    programme: Sequence[Mapping[str, Any]]
    campaigns: Sequence[Mapping[str, Any]]
    reach: float
    scorecard: Sequence[Mapping[str, Any]]
    has_letter: bool
    restated: Sequence[Mapping[str, Any]]


def stored_results(workspace: Workspace) -> StoredResults:
    """What was measured last, from the tables."""
    rows: list[dict[str, Any]] = []
    if workspace.has("effects"):
        table = workspace.read("effects")
        mine = pc.and_(pc.equal(table["metric"], PROFIT), pc.equal(table["slice"], "all"))
        rows = table.filter(mine).to_pylist()
    ends = [abs(one[name]) for one in rows for name in ("total_low", "total_high") if one[name] is not None]
    by_phase = sorted(rows, key=lambda one: (one["campaign"], -one["phase"]))
    return StoredResults(
        [one for one in by_phase if one["campaign"] == PROGRAMME],
        [one for one in by_phase if one["campaign"] != PROGRAMME],
        max(ends, default=1.0),
        workspace.read("scorecard").sort_by("place").to_pylist() if workspace.has("scorecard") else [],
        (workspace.folder / "letter.html").is_file(),
        restated_rows(workspace),
    )


def measured_now(workspace: Workspace) -> tuple[list[Measured], list[Promise], str | None]:
    """Every campaign measured on the present tables, kept until they change; nothing is written.

    Returns:
        campaigns with the programme first; plans, promised beside measured; the currency.
    """
    return _measured(workspace.folder, workspace.manifest.number)


@lru_cache(maxsize=4)
def _measured(folder: Path, number: int) -> tuple[list[Measured], list[Promise], str | None]:
    del number
    workspace = Workspace(folder)
    with workspace.engine() as engine:
        load_outcomes(engine, workspace)
        found = measured_on(engine, workspace.settings, former_sums(workspace))
        known = engine.fetch("sold_lines")["currency"].drop_null().unique().to_pylist()
    plans = workspace.read("plans").to_pylist() if workspace.has("plans") else []
    return found, promises(found, plans), known[0] if len(known) == 1 else None
