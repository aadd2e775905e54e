"""Segments: customers by a rule with a name, counted while it is written, and taken as the audience of a campaign."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request
from starlette.responses import Response

from passend.customers.segments import Condition
from passend.errors import InvalidInput, PassendError
from passend.flow.campaigns.opening import utc_now
from passend.flow.segments import (
    SIGNS,
    SavedSegment,
    condition_of,
    counted,
    drop_segment,
    keep_segment,
    members,
    restore_segment,
    segment,
    segments,
    typed_of,
)
from passend.web.pages import go_to, page
from passend.web.rooms.room import Drafts, Line, SeesPersons, Typed, room_router
from passend.web.rules_said import columns, said, typed_rows
from passend.web.visits import Visit

router = room_router()
#: Conditions that the form has room for; those who need more write the file.
_ROOM = 4
_SHOWN = 25
Words = Annotated[str, Query(max_length=200)]
Written = tuple[tuple[str, str, str], ...]


@router.get("/customers/segments")
def all_segments(
    request: Request, visit: SeesPersons, name: Words = "", done: Words = "", gone: Words = ""
) -> Response:
    """All segments with their customers counted; the one that is named stands in the form."""
    chosen = segment(visit.workspace(), name) if name else None
    conditions = chosen.conditions if chosen else ()
    filled = tuple((one.column, one.sign, typed_of(one)) for one in conditions)
    return _page(request, visit, name, filled, done=done, gone=gone)


@router.post("/customers/segments")
def keep(request: Request, visit: Drafts, given: Typed) -> Response:
    """Save a segment."""
    name = given.get("name", "").strip()
    try:
        kept = SavedSegment(name, _conditions(given))
        keep_segment(visit.workspace(), visit.desk.store, kept, visit.name, utc_now())
    except PassendError as problem:
        return _page(request, visit, name, tuple(typed_rows(given, _ROOM)), problem=problem, status=422)
    return go_to("/customers/segments", "kept")


@router.post("/customers/segments/count")
def count(request: Request, visit: SeesPersons, given: Typed) -> Response:
    """How many customers the form's conditions choose now."""
    try:
        found, problem = counted(visit.workspace(), _conditions(given)), None
    except PassendError as raised:
        found, problem = None, raised
    return page(request, "customers/counted.html.j2", found=found, problem=problem)


@router.post("/customers/segments/drop")
def drop(visit: Drafts, name: Line) -> Response:
    """Delete a segment."""
    drop_segment(visit.workspace(), visit.desk.store, name, visit.name, utc_now())
    return go_to(f"/customers/segments?gone={quote(name)}", "dropped")


@router.post("/customers/segments/restore")
def restore(visit: Drafts, name: Line) -> Response:
    """Bring a deleted segment back."""
    restore_segment(visit.workspace(), visit.desk.store, name, visit.name, utc_now())
    return go_to("/customers/segments", "restored")


def _page(
    request: Request, visit: Visit, name: str, typed: Written, *, status: int = 200,
    problem: PassendError | None = None, done: str = "", gone: str = "",
) -> Response:  # fmt: skip
    place = visit.workspace()
    rows = [(one, counted(place, one.conditions)) for one in segments(place)]
    conditions = () if problem else tuple(condition_of(*one) for one in typed)
    return page(
        request, "customers/segments.html.j2", status, rows=rows, name=name, problem=problem, done=done, gone=gone,
        typed=(*typed, *[("", "", "")] * (_ROOM - len(typed))), columns=columns(), signs=SIGNS, shown=said,
        found=counted(place, conditions) if conditions else None, has_customers=place.has("customer_facts"),
        people=members(place, conditions, _SHOWN) if conditions else [],
    )  # fmt: skip


def _conditions(given: dict[str, str]) -> tuple[Condition, ...]:
    typed = typed_rows(given, _ROOM)
    if not typed:
        raise InvalidInput("The segment has no condition.", remedy="Choose at least one.")
    return tuple(condition_of(*one) for one in typed)
