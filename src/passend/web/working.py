"""The page of a piece of work: how far it is, until it leads on to what came out."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from passend.web.pages import go_to, is_part, page
from passend.web.rooms.room import Anybody
from passend.web.work import Work, Works

router = APIRouter(include_in_schema=False)


@router.get("/under-way/{number}")
def work_page(request: Request, visit: Anybody, number: str) -> Response:
    """How far it is. Only who began it sees it."""
    works: Works = request.app.state.works
    work = works.find(number)
    if work is None or work.who != visit.name:
        raise HTTPException(404)
    if work.ended_at is not None and work.problem is None and work.then:
        if is_part(request):
            return Response(status_code=200, headers={"HX-Redirect": work.then})
        return go_to(work.then)
    return page(request, "work/part.html.j2" if is_part(request) else "work/work.html.j2", work=work)


def follow(work: Work) -> Response:
    """To the page of a work that was just begun."""
    return go_to(f"/under-way/{work.id}")
