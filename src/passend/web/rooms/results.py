"""Results: what the offers really added, beside what a mail tool would claim, and whether plans keep their promises."""

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from passend.errors import WorkspaceError
from passend.flow.looks_back import looks_back
from passend.flow.results_shown import measured_now, stored_results
from passend.flow.slice_sql import slice_sql
from passend.flow.standing import read_letter, write_letter
from passend.report.letter import called, called_by, causes_of, shown, verdict_of
from passend.results import PROFIT
from passend.results.account import reconciled
from passend.results.promises import kept_share
from passend.results.slices import ranked
from passend.results.words import COUNTED, METRIC_NAMES
from passend.vocabulary import SLICES
from passend.web.pages import POLICY, is_part, page
from passend.web.rooms.room import Line, Plans, Room, SeesResults, room_router
from passend.web.working import begin

router = room_router()
ROOM = Room("Results", "/results", "results", router, "results")
#: The letter is a page of its own with its own styles, and runs nothing.
LETTER_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)


@router.get("/results")
def results(request: Request, visit: SeesResults, done: str = "") -> Response:
    """What was measured last: programme, campaigns, scorecard."""
    found = stored_results(visit.workspace())
    return page(request, "results/results.html.j2", found=found, shown=shown, done=done, called_by=called_by,
                causes=causes_of)  # fmt: skip


@router.post("/results/measure")
def measure(request: Request, visit: Plans, then: Line = "") -> Response:
    """Measure anew, draw up the scorecard, and write the letter; back to where it was asked for."""
    workspace = visit.workspace()
    if not workspace.has("customer_facts"):
        raise WorkspaceError(
            "There are no customers yet.",
            record=str(workspace.folder),
            remedy="Run first: passend run orders.csv",
        )
    return begin(
        request, visit, "Measuring what offers add",
        lambda work: write_letter(workspace, workspace.folder, work),
        "/" if then == "overview" else "/results?done=measured",
    )  # fmt: skip


@router.get("/results/promises")
def kept(request: Request, visit: SeesResults) -> Response:
    """Plans: predicted beside measured profit."""
    workspace = visit.workspace()
    found, currency = ([], None) if not workspace.has("customer_facts") else measured_now(workspace)[1:]
    return page(
        request, "results/promises.html.j2", promises=found, kept=kept_share(found), currency=currency
    )


@router.get("/results/letter")
def letter(request: Request, visit: SeesResults) -> Response:
    """The letter that was written last, with the way back around it."""
    if read_letter(visit.workspace().folder, visit.language) is None:
        raise HTTPException(404)
    made = page(request, "results/letter.html.j2")
    made.headers["content-security-policy"] = f"{POLICY}; frame-src 'self'"
    return made


@router.get("/results/letter/page")
def letter_alone(visit: SeesResults) -> Response:
    """The letter itself, in the visitor's language."""
    text = read_letter(visit.workspace().folder, visit.language)
    if text is None:
        raise HTTPException(404)
    return HTMLResponse(
        text, 200, {"content-security-policy": LETTER_POLICY, "x-frame-options": "SAMEORIGIN"}
    )


@router.get("/results/at/{campaign}/{phase}/looks")
def looks(request: Request, campaign: str, phase: int, visit: SeesResults) -> Response:
    """How a verdict came about: the interval at each look since the start. For htmx the part alone."""
    workspace = visit.workspace()
    found = looks_back(workspace, campaign, phase) if workspace.has("customer_facts") else []
    if not found:
        raise HTTPException(404)
    return page(
        request, "results/looks_part.html.j2" if is_part(request) else "results/looks.html.j2", looks=found,
        name=called_by(campaign, phase), currency=measured_now(workspace)[2], verdict_of=verdict_of,
    )  # fmt: skip


@router.get("/results/at/{campaign}/{phase}")
def result(request: Request, campaign: str, phase: int, visit: SeesResults, by: str = "channel") -> Response:
    """One campaign: from the claim to the profit, what was added of everything, and by group with its SQL."""
    workspace = visit.workspace()
    found, _, currency = measured_now(workspace) if workspace.has("customer_facts") else ([], [], None)
    one = next((one for one in found if (one.campaign, one.phase) == (campaign, phase)), None)
    if one is None:
        raise HTTPException(404)
    by = by if by in SLICES else SLICES[0]
    groups = ranked(one.slices, by)
    few = {value: people for (name, value), people in one.too_few.items() if name == by}
    reach = max((abs(end) for _, part in groups for end in (part.total_low, part.total_high)), default=1.0)
    is_told = workspace.has("slice_sums") and not workspace.is_stale("slice_sums") and one.cannot is None
    statement = slice_sql(workspace, one, by, is_relative=True) if is_told else ""
    return page(
        request, "results/result.html.j2", one=one, name=called(one), verdict=verdict_of(one), currency=currency,
        profit=one.effects.get(PROFIT), parts=reconciled(one), metrics=METRIC_NAMES, counted=COUNTED, reach=reach,
        by=by, slices=SLICES, groups=groups, few=few, statement=statement,
    )  # fmt: skip
