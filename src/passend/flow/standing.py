"""Where the firm stands, and the letter about it: scorecard, effects and next actions, as a page and as files."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from passend.engines import sql
from passend.errors import WorkspaceError
from passend.flow.reporting import replace_file
from passend.flow.results import Results, load_outcomes, measure_workspace
from passend.flow.steps import statement
from passend.language import LANGUAGES, speaking
from passend.ports import Engine, Progress
from passend.report.letter import Letter, render_letter
from passend.report.pdf import as_pdf as printed
from passend.results.actions import Action, actions
from passend.results.scorecard import Counted, Known, scorecard
from passend.tables import contract
from passend.tables.spreadsheets import as_csv
from passend.workspace import Workspace

#: The file that holds what the letter tells, for programs and the first page.
LETTER = "letter.json"


@dataclass(frozen=True)
class Standing:
    """Where the firm stands.

    Attributes:
        results: what was measured; nothing where nothing can be yet.
        scorecard: rows of the contract ``scorecard``.
        actions: what to do next.
        because: why nothing is measured, if so.
        until: the end of the data.
    """

    results: Results
    scorecard: list[Mapping[str, Any]]
    actions: list[Action]
    because: str
    until: datetime | None


def take_stock(workspace: Workspace, progress: Progress) -> Standing:
    """Measure, and draw up the scorecard, which is kept in its table."""
    because = ""
    try:
        results = measure_workspace(workspace, progress)
    except WorkspaceError as problem:
        if not workspace.has("orders"):
            raise
        results, because = Results([], None, [], None), problem.what
    progress.step("Drawing up the scorecard")
    with workspace.engine() as engine:
        load_outcomes(engine, workspace)
        engine.create("score_figures", statement("results", "score_figures", workspace.settings))
        rows = scorecard(
            Known(
                engine.fetch("score_figures").to_pylist(), results.measured, _consents(workspace), _rows(engine),
                results.currency or _currency(engine),
            )
        )  # fmt: skip
        until = engine.fetch("decision_date")["as_of"][0].as_py()
        engine.load("new_scorecard", pa.Table.from_pylist(rows, schema=contract("scorecard").schema))
        with workspace.change("scorecard") as change:
            change.write(engine, "scorecard", source="new_scorecard")
    plans = workspace.read("plans").to_pylist() if workspace.has("plans") else []
    return Standing(results, list(rows), actions(results.measured, plans, results.promises), because, until)


def letter_of(standing: Standing, now: datetime) -> Letter:
    """What the letter tells of where the firm stands."""
    currency = next((row["currency"] for row in standing.scorecard if row["currency"]), None)
    results = standing.results
    return Letter(
        now, standing.until, results.measured, results.pooled, results.promises,
        standing.scorecard, standing.actions, standing.because, currency, results.restated,
    )  # fmt: skip


def results_page(workspace: Workspace, results: Results) -> str:
    """What was measured, or a part of it, as one page: the letter without scorecard and actions."""
    until = max((row["until"] for row in workspace.read("effects").to_pylist() if row["until"]), default=None)
    with speaking(workspace.settings.text("language")):
        return render_letter(
            Letter(datetime.now(UTC), until, results.measured, results.pooled, results.promises, [], [], "",
                   results.currency, results.restated)
        )  # fmt: skip


def letter_file(language: str) -> str:
    """The name of the letter in one of the languages, beside the firm's own."""
    return f"letter.{language}.html"


def read_letter(folder: Path, language: str) -> str | None:
    """The letter that was written last, in a language where it was written in it; none before the first."""
    files = (folder / letter_file(language), folder / "letter.html")
    return next((file.read_text("utf-8") for file in files if file.is_file()), None)


def write_letter(
    workspace: Workspace, folder: Path, progress: Progress, *, as_pdf: bool = False
) -> dict[str, Path]:
    """Write the letter as one page, on demand as PDF, too, and its figures as CSV, Parquet and JSON.

    Returns:
        what each file is -> where it is.

    Raises:
        MissingPart: there is no browser that makes the PDF.
    """
    standing = take_stock(workspace, progress)
    progress.step("Writing the letter")
    folder.mkdir(parents=True, exist_ok=True)
    results = standing.results
    told_now = letter_of(standing, datetime.now(UTC))
    with speaking(workspace.settings.text("language")):
        page = render_letter(told_now)
    for language in LANGUAGES:  # whoever looks at it in the pages reads their own
        with speaking(language):
            replace_file(folder / letter_file(language), render_letter(told_now).encode("utf-8"))
    files = {
        name: folder / name
        for name in (
            "letter.html",
            "scorecard.csv",
            "scorecard.parquet",
            LETTER,
            "effects.csv",
            "effects.parquet",
        )
    }
    replace_file(files["letter.html"], page.encode("utf-8"))
    if as_pdf:
        files["letter.pdf"] = folder / "letter.pdf"
        replace_file(files["letter.pdf"], printed(page))
    tables = {"scorecard": workspace.read("scorecard")}
    if workspace.has("effects"):
        tables["effects"] = workspace.read("effects")
    for name, table in tables.items():
        replace_file(files[f"{name}.csv"], as_csv(table))
        binary = pa.BufferOutputStream()
        pq.write_table(table, binary)
        replace_file(files[f"{name}.parquet"], binary.getvalue().to_pybytes())
    told = {
        **{name: table.to_pylist() for name, table in tables.items()},
        "actions": [asdict(one) for one in standing.actions],
        "promises": [asdict(one) for one in results.promises],
    }
    said = json.dumps(told, indent=2, ensure_ascii=False, default=str)
    replace_file(files[LETTER], said.encode("utf-8"))
    return {name: file for name, file in files.items() if file.exists()}


def _consents(workspace: Workspace) -> Counted:
    """Customers who may be contacted somewhere by their latest words, of all who said one."""
    if not workspace.has("latest_consents"):
        return Counted(0.0, 0.0)
    words = workspace.read("latest_consents")
    by = words.append_column("given", pc.cast(words["is_given"], pa.int64()))
    by = by.group_by("customer_id").aggregate([("given", "max")])
    given = float(pc.sum(by["given_max"]).as_py() or 0)
    return Counted(given, float(by.num_rows), given)


def _rows(engine: Engine) -> Counted:
    engine.create("account", sql("intake", "account"))
    account = engine.fetch("account").to_pylist()
    read = float(sum(row["rows"] for row in account if row["fate"] == "lines"))
    aside = float(sum(row["rows"] for row in account if row["fate"] == "quarantine"))
    # All rows were counted: nothing is uncertain.
    return Counted(read - aside, read)


def _currency(engine: Engine) -> str | None:
    known = [one for one in engine.fetch("sold_lines")["currency"].to_pylist() if one]
    return max(set(known), key=known.count) if known else None
