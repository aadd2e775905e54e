"""One search for everything: products, customers and pages. Sent as a form, so that no name stands in an address."""

from typing import Any

from fastapi import Request
from starlette.responses import Response

from passend.flow.finding import find_customers, find_products
from passend.language import word
from passend.web.pages import is_part, page
from passend.web.rooms.room import Anybody, Line, room_router

router = room_router()
_MOST = 6


@router.post("/search")
def search(request: Request, visit: Anybody, wanted: Line = "") -> Response:
    """What fits the words, of what the visitor may see."""
    wanted = wanted.strip()
    place = visit.workspace()
    products = find_products(place, wanted, _MOST) if wanted and visit.may("products") else []
    customers = find_customers(place, wanted, _MOST) if visit.may("persons") else []
    template = "finding/found.html.j2" if is_part(request) else "finding/page.html.j2"
    pages = [
        (room.path, word(room.title))
        for room in _rooms(request)
        if wanted and visit.may(room.scope) and wanted.lower() in word(room.title).lower()
    ]
    return page(request, template, wanted=wanted, products=products, customers=customers, pages=pages)


def _rooms(request: Request) -> Any:
    return request.app.state.rooms
