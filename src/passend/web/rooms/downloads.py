"""Files to take along: the results and the letter as they were measured last, and the offers of the plan in force."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from passend.flow.plans import export_plan
from passend.flow.standing import LETTER
from passend.report.pdf import as_pdf
from passend.web.rooms.room import SeesPersons, SeesResults, room_router
from passend.web.visits import Visit

router = room_router()
#: Files of the results that are written each time they are measured -> what they are.
RESULTS = {
    "effects.csv": "text/csv", "effects.parquet": "application/vnd.apache.parquet", "scorecard.csv": "text/csv",
    "scorecard.parquet": "application/vnd.apache.parquet", LETTER: "application/json",
}  # fmt: skip
#: Forms in which the offers of a plan can be taken along.
OFFERS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}


@router.get("/results/files/letter.pdf")
def letter_as_pdf(visit: SeesResults) -> Response:
    """The letter as PDF, printed from the page that people read."""
    page = _measured(visit, "letter.html").read_text("utf-8")
    return _file(as_pdf(page), f"letter-{datetime.now(UTC):%Y-%m-%d}.pdf", "application/pdf")


@router.get("/results/files/{name}")
def file_of_results(visit: SeesResults, name: str) -> Response:
    """The figures behind the results, each measured effect and each figure of the scorecard."""
    if name not in RESULTS:
        raise HTTPException(404)
    return FileResponse(_measured(visit, name), media_type=RESULTS[name], filename=name)


@router.get("/decisions/offers.{form}")
def offers(visit: SeesPersons, form: str) -> Response:
    """All offers of the plan in force, with customers and reasons."""
    workspace = visit.workspace()
    if form not in OFFERS or not workspace.has("offers"):
        raise HTTPException(404)
    with tempfile.TemporaryDirectory(prefix="passend-offers-") as folder:
        file = Path(folder) / f"offers.{form}"
        export_plan(workspace, None, file)
        return _file(file.read_bytes(), file.name, OFFERS[form])


def _measured(visit: Visit, name: str) -> Path:
    file = visit.workspace().folder / name
    if not file.is_file():
        raise HTTPException(404)
    return file


def _file(content: bytes, name: str, kind: str) -> Response:
    return Response(
        content, headers={"content-disposition": f'attachment; filename="{name}"'}, media_type=kind
    )
