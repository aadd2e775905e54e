"""Products: search, one product with its relations and their evidence, the map, and people's word."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request
from starlette.responses import Response

from passend.errors import InvalidInput
from passend.flow.campaigns.opening import utc_now
from passend.flow.finding import find_products
from passend.flow.lookup import find_product
from passend.flow.relating import relation_map, say_word, take_back, words_on
from passend.products.edits import Edit
from passend.vocabulary import WORDING
from passend.web.pages import go_to, is_part, page
from passend.web.rooms.room import Edits, Line, Room, SeesProducts, room_router

router = room_router()
ROOM = Room("Products", "/products", "products", router, "products")
_PAGE = 50
After = Annotated[int, Query(ge=0, le=10**7)]


@router.get("/products")
def products(request: Request, visit: SeesProducts, wanted: str = "", after: After = 0) -> Response:
    """Products that fit the words, the best known first."""
    found = find_products(visit.workspace(), wanted, _PAGE + 1, after)
    return page(
        request, "products/list.html.j2" if is_part(request) else "products/products.html.j2", found=found[:_PAGE],
        wanted=wanted, after=after, has_more=len(found) > _PAGE, size=_PAGE,
    )  # fmt: skip


@router.get("/products/map")
def product_map(request: Request, visit: SeesProducts, kind: str = "complement") -> Response:
    """What goes with what, as a picture and as its table."""
    kind = kind if kind in WORDING else "complement"
    picture, rows = relation_map(visit.workspace(), kind)
    return page(request, "products/map.html.j2", picture=picture, rows=rows, kind=kind, wording=WORDING)


@router.get("/products/words")
def words(request: Request, visit: SeesProducts) -> Response:
    """What people said about relations."""
    return page(request, "products/words.html.j2", words=words_on(visit.workspace()))


@router.get("/products/at/{product_id:path}")
def product(
    request: Request,
    visit: SeesProducts,
    product_id: str,
    done: str = "",
    state: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """One product: what it goes with, leads to, and is replaced by."""
    place = visit.workspace()
    found = find_product(place, product_id)
    if found["product"]["product_id"] != product_id:
        return go_to(_address(found["product"]["product_id"]))
    return page(
        request, "products/product.html.j2", found=found, words=words_on(place, product_id), wording=WORDING,
        done=done, undo=state if state and state == place.manifest.number else 0,
        is_stale=place.is_stale("relations", "relation_edits"),
    )  # fmt: skip


@router.post("/products/word")
def word_on(visit: Edits, product: Line, other: Line, what: Line, note: Line) -> Response:
    """A person's word on a pair: pin, forbid, or the type that it really is."""
    action, _, kind = what.partition(" ")
    if not note.strip():
        raise InvalidInput(
            "Every change needs a reason.", remedy="Write one sentence for those who come after."
        )
    edit = Edit(product, other, action, note.strip(), visit.name, utc_now(), kind or None)
    state = say_word(visit.workspace(), edit)
    return go_to(f"{_address(product)}?state={state}", "said")


@router.post("/products/undo")
def undo(visit: Edits, product: Line, state: Line) -> Response:
    """Take the last word back."""
    take_back(visit.workspace(), int(state) if state.isdigit() else -1)
    return go_to(_address(product), "undone")


def _address(product_id: str) -> str:
    return f"/products/at/{quote(product_id, safe='')}"
