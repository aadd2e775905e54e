"""Every part that pages are made of, in each of its states: to look at before a page is written."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from passend.web.pages import page
from passend.web.rooms.room import Anybody

router = APIRouter(include_in_schema=False)


@router.get("/gallery")
def gallery(request: Request, _visit: Anybody) -> Response:
    """The parts."""
    return page(request, "gallery.html.j2")
