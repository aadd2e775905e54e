"""The first page: what the offers earn, where the firm stands, what to do next."""

from fastapi import Request
from starlette.responses import Response

from passend.flow.campaigns.opening import utc_now
from passend.flow.overview import overview
from passend.report.letter import shown, what_to_do
from passend.web.pages import page
from passend.web.rooms.room import Room, SeesResults, room_router

router = room_router()
ROOM = Room("Overview", "/", "results", router, "overview")


@router.get("/")
def first_page(request: Request, visit: SeesResults) -> Response:
    """Where the firm stands."""
    found = overview(visit.workspace(), visit.desk.store, utc_now())
    return page(
        request, "overview/overview.html.j2", found=found, shown=shown, what_to_do=what_to_do,
        is_demo=request.app.state.demo,
    )  # fmt: skip
