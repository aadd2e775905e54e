"""The pages of the tour: what it shows, going on, and leaving it."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from passend.web.pages import go_to, page
from passend.web.rooms.room import Anybody, Line
from passend.web.touring import COOKIE, STEPS

router = APIRouter(include_in_schema=False)
_DAY = 86_400


@router.get("/tour")
def tour(request: Request, _visit: Anybody) -> Response:
    """What the tour shows."""
    return page(request, "tour.html.j2", steps=STEPS)


@router.post("/tour")
def move(_visit: Anybody, step: Line) -> Response:
    """Go to a step; any other word leaves the tour."""
    if not step.isdecimal() or not 1 <= int(step) <= len(STEPS):
        left = go_to("/")
        left.delete_cookie(COOKIE, path="/")
        return left
    answer = go_to(STEPS[int(step) - 1].path)
    answer.set_cookie(COOKIE, step, max_age=_DAY, path="/", httponly=True, samesite="lax")
    return answer
