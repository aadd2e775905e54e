"""The first page: what the offers earn, where the firm stands, what to do next."""

from fastapi import Request
from starlette.responses import Response

from passend.flow.campaigns.opening import utc_now
from passend.flow.overview import overview
from passend.flow.standing import Standing, take_stock
from passend.report.letter import shown, what_to_do
from passend.web.pages import page
from passend.web.rooms.room import Plans, Room, SeesResults, room_router
from passend.web.work import Work, Works
from passend.web.working import follow

router = room_router()
ROOM = Room("Overview", "/", "results", router, "overview")


@router.get("/")
def first_page(request: Request, visit: SeesResults) -> Response:
    """Where the firm stands."""
    place = visit.workspace()
    found = overview(place, visit.desk.store, utc_now())
    number, standing = getattr(request.app.state, "standing", (0, None))
    return page(
        request, "overview/overview.html.j2", found=found, shown=shown, what_to_do=what_to_do,
        standing=standing if number == place.manifest.number else None,
    )  # fmt: skip


@router.post("/measure")
def measure(request: Request, visit: Plans) -> Response:
    """Measure what offers added, and draw up the scorecard; it takes a while."""
    place, state = visit.workspace(), request.app.state

    def task(work: Work) -> Standing:
        standing = take_stock(place, work)
        state.standing = (place.manifest.number, standing)
        return standing

    works: Works = state.works
    return follow(works.begin("Measuring what offers add", visit.name, task, "/"))
