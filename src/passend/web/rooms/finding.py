"""One search for everything: products, customers and pages. Sent as a form, so that no name stands in an address.

Without words it lists every page that the visitor may see, so that nobody needs the menu to get anywhere.
"""

from collections.abc import Iterator

from fastapi import Request
from starlette.responses import Response

from passend.flow.finding import find_customers, find_products
from passend.language import word
from passend.web.pages import is_part, page
from passend.web.rooms.room import Anybody, Line, room_router
from passend.web.visits import Visit

router = room_router()
_MOST = 6
#: Pages below the rooms' first ones: path, title, the scope that it needs.
DEEP = (
    ("/products/map", "Map of what goes together", "products"),
    ("/products/words", "People's word", "products"),
    ("/products/placements", "Placements", "products"),
    ("/data/aside", "Rows that were set aside", "data"),
    ("/customers/segments", "Segments", "persons"),
    ("/decisions/offers", "Offers of the plan", "persons"),
    ("/decisions/what-if", "What if", "plans"),
    ("/decisions/rules", "Rules", "plans"),
    ("/campaigns/recipes", "New campaign from a recipe", "campaigns"),
    ("/campaigns/deliveries", "Deliveries", "persons"),
    ("/results/promises", "Promised and kept", "results"),
    ("/settings/brand", "Brand", "assumptions"),
    ("/settings/notices", "Notifications", "assumptions"),
    ("/settings/assumptions", "Assumptions", "assumptions"),
    ("/settings/people", "People", "keys"),
    ("/settings/keys", "Keys", "keys"),
    ("/settings/changes", "Changes", "keys"),
)


@router.post("/search")
def search(request: Request, visit: Anybody, wanted: Line = "") -> Response:
    """What fits the words, of what the visitor may see."""
    wanted = wanted.strip()
    place = visit.workspace()
    products = find_products(place, wanted, _MOST) if wanted and visit.may("products") else []
    customers = find_customers(place, wanted, _MOST) if wanted and visit.may("persons") else []
    template = "finding/found.html.j2" if is_part(request) else "finding/page.html.j2"
    words = wanted.lower().split()
    pages = [
        (path, title)
        for path, title in pages_of(request, visit)
        if all(one in title.lower() for one in words)
    ]
    return page(request, template, wanted=wanted, products=products, customers=customers, pages=pages)


def pages_of(request: Request, visit: Visit) -> Iterator[tuple[str, str]]:
    """Path and title of every page that somebody may see, in their language."""
    rooms = ((room.path, room.title, room.scope) for room in request.app.state.rooms)
    for path, title, scope in (*rooms, *DEEP):
        if visit.may(scope):
            yield path, word(title)
