"""The page of a piece of work: how far it is, until it leads on to what came out."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from passend.flow.serving.work import Work, Works
from passend.web.pages import go_to, is_part, page
from passend.web.rooms.room import Anybody
from passend.web.visits import Visit

router = APIRouter(include_in_schema=False)


@router.get("/under-way/{number}")
def work_page(request: Request, visit: Anybody, number: str) -> Response:
    """How far it is. Only who began it sees it."""
    work = _work_of(request, visit, number)
    if work.ended_at is not None and work.problem is None and work.then:
        if is_part(request):
            return Response(status_code=200, headers={"HX-Redirect": work.then})
        return go_to(work.then)
    return page(request, "work/part.html.j2" if is_part(request) else "work/work.html.j2", work=work)


def works_of(request: Request) -> Works:
    """All work of this process."""
    works: Works = request.app.state.works
    return works


def begin(request: Request, visit: Visit, title: str, task: Callable[[Work], Any], then: str) -> Response:
    """Begin a piece of work, and go to its page.

    Args:
        request: of the form that asks for it.
        visit: who asks.
        title: what is done; a message.
        task: does it, and tells its progress to what it is given.
        then: the page to show when it is done; ``{id}`` stands for the work's number.
    """
    return go_to(f"/under-way/{works_of(request).begin(title, visit.name, task, then).id}")


def result_of(request: Request, visit: Visit, number: str) -> Any:
    """What came out of a work; 404 for whoever did not begin it, and before its end."""
    found = _work_of(request, visit, number).result
    if found is None:
        raise HTTPException(404)
    return found


def _work_of(request: Request, visit: Visit, number: str) -> Work:
    work = works_of(request).find(number)
    if work is None or work.who != visit.name:
        raise HTTPException(404)
    return work
