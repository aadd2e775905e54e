"""From a plan to what people open: the report, and the offers as files for other systems."""

import os
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from passend.engines import sql
from passend.errors import WorkspaceError
from passend.flow.data_age import days_old
from passend.flow.plans import show_plan
from passend.flow.told_offers import with_told_reasons
from passend.language import speaking
from passend.ports import Engine, Progress
from passend.report import ReportData, render
from passend.tables.spreadsheets import as_csv
from passend.workspace import Workspace

_TABLES = (
    "totals",
    "revenues",
    "months",
    "quarantine_examples",
    "top_relations",
    "offered_products",
    "offer_examples",
    "left_alone",
    "treated",
    "treated_examples",
    "receptive",
    "onsite_offers",
)


def write_report(workspace: Workspace, progress: Progress) -> Path:
    """Write ``report.html`` into the workspace, in the language of its settings."""
    progress.step("Writing the report")
    with workspace.engine() as engine, speaking(workspace.settings.text("language")):
        page = render(_collect(workspace, engine))
    file = workspace.folder / "report.html"
    replace_file(file, page.encode("utf-8"))
    return file


def report_file(workspace: Workspace) -> Path:
    """Where the report of the last plan is.

    Raises:
        WorkspaceError: none was written yet.
    """
    file = workspace.folder / "report.html"
    if not file.is_file():
        raise WorkspaceError(
            "There is no report yet.", record=str(workspace.folder), remedy="Make a plan first: passend plan"
        )
    return file


def export_offers(workspace: Workspace, progress: Progress) -> dict[str, Path]:
    """Write the offers as CSV and Parquet for other systems, best first; reasons in the language of the settings."""
    progress.step("Exporting the offers")
    offers = workspace.read("offers").sort_by([("customer_id", "ascending"), ("rank", "ascending")])
    with speaking(workspace.settings.text("language")):
        offers = with_told_reasons(offers)
    files = {
        "offers_csv": workspace.folder / "offers.csv",
        "offers_parquet": workspace.folder / "offers.parquet",
    }
    replace_file(files["offers_csv"], as_csv(offers))
    binary = pa.BufferOutputStream()
    pq.write_table(offers, binary)
    replace_file(files["offers_parquet"], binary.getvalue().to_pybytes())
    return files


def _collect(workspace: Workspace, engine: Engine) -> ReportData:
    for name in _TABLES:
        engine.create(name, sql("report", name))
    engine.create("account", sql("intake", "account"))
    engine.create("plan_summary", sql("decisions", "plan_summary"))
    engine.create("unmatched", sql("report", "unmatched"))
    engine.create("contact_lessons", sql("intake", "contact_lessons"))
    if workspace.has("likely_relations"):
        engine.create("likely_examples", sql("report", "likely_examples"))
    plan: dict[str, dict[str, int]] = defaultdict(dict, relations={}, verdicts={}, total={})
    for row in _rows(engine, "plan_summary"):
        plan[row["what"]][row["kind"]] = row["rows"]
    now = datetime.now(UTC).replace(tzinfo=None)
    totals = _rows(engine, "totals")[0]
    return ReportData(
        made_at=now,
        totals=totals,
        days_old=days_old(totals["last_at"], now),
        revenues=sorted(_rows(engine, "revenues"), key=lambda row: -row["revenue_cents"]),
        months=_rows(engine, "months"),
        account=_rows(engine, "account"),
        quarantine_examples=sorted(
            _rows(engine, "quarantine_examples"), key=lambda row: (row["reason"], row["place"])
        ),
        imports=_rows(engine, "imports"),
        top_relations=sorted(_rows(engine, "top_relations"), key=lambda row: (row["type"], row["top"])),
        likely=_likely(engine) if workspace.has("likely_relations") else [],
        plan=plan,
        offered_products=sorted(_rows(engine, "offered_products"), key=lambda row: row["place"]),
        offer_examples=_rows(engine, "offer_examples"),
        left_alone=sorted(_rows(engine, "left_alone"), key=lambda row: row["place"]),
        treated=sorted(_rows(engine, "treated"), key=lambda row: (-row["customers"], str(row))),
        treated_examples=sorted(
            _rows(engine, "treated_examples"), key=lambda row: (row["verdict"], row["place"])
        ),
        receptive=sorted(_rows(engine, "receptive"), key=lambda row: row["place"]),
        score_basis=_score_basis(engine),
        settings=dict(workspace.settings),
        unmatched_returns=_rows(engine, "unmatched")[0]["rows"],
        contact_lessons=_rows(engine, "contact_lessons"),
        decision=show_plan(workspace),
        onsite_offers=_rows(engine, "onsite_offers")[0]["offers"],
    )


def _likely(engine: Engine) -> list[dict[str, Any]]:
    rows = _rows(engine, "likely_examples")
    return sorted(rows, key=lambda row: (-row["chance"], -row["support"], row["product_id"], row["other_id"]))


def _score_basis(engine: Engine) -> str:
    """How most customers' scores were learned, or why they cannot be."""
    counts = engine.fetch("scores").group_by("basis").aggregate([([], "count_all")]).to_pylist()
    return min(counts, key=lambda row: (-row["count_all"], row["basis"]))["basis"] if counts else ""


def _rows(engine: Engine, table: str) -> list[dict[str, Any]]:
    return list(engine.fetch(table).to_pylist())


def replace_file(file: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    draft = file.with_suffix(file.suffix + ".draft")
    draft.write_bytes(content)
    os.replace(draft, file)  # noqa: PTH105 - the name says what is meant
