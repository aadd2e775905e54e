"""Products: search, one product with its relations and their evidence, the map, and people's word."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from passend.errors import InvalidInput
from passend.flow.campaigns.opening import utc_now
from passend.flow.finding import find_products
from passend.flow.lookup import find_product
from passend.flow.relating import Asked, relation_map, say_word, take_back, words_on
from passend.products.edits import Edit
from passend.vocabulary import WORDING
from passend.web.pages import go_to, is_part, page
from passend.web.rooms.room import Edits, Line, Room, SeesProducts, room_router

router = room_router()
ROOM = Room("Products", "/products", "products", router, "products")
_PAGE = 50
#: Times as often as by chance, from which on pairs are to be seen.
_STRENGTHS = (1.0, 1.5, 2.0, 3.0, 5.0)
After = Annotated[int, Query(ge=0, le=10**7)]


@router.get("/products")
def products(request: Request, visit: SeesProducts, wanted: str = "", after: After = 0) -> Response:
    """Products that fit the words, the best known first."""
    found = find_products(visit.workspace(), wanted, _PAGE + 1, after)
    return page(
        request, "products/list.html.j2" if is_part(request) else "products/products.html.j2", found=found[:_PAGE],
        wanted=wanted, after=after, has_more=len(found) > _PAGE, size=_PAGE,
    )  # fmt: skip


class Wanted(BaseModel):
    """What of the map is to be seen."""

    kind: Annotated[str, Field(max_length=40)] = "complement"
    around: Annotated[str, Field(max_length=200)] = ""
    least: Annotated[float, Field(ge=0, le=100)] = 1.0
    grade: Annotated[str, Field(max_length=20)] = ""


@router.get("/products/map")
def product_map(request: Request, visit: SeesProducts, told: Annotated[Wanted, Query()]) -> Response:
    """What goes with what, as a picture and as its table."""
    kind = told.kind if told.kind in WORDING else "complement"
    asked = Asked(kind, told.around, told.least, with_likely=told.grade == "likely")
    return page(
        request, "products/map.html.j2", found=relation_map(visit.workspace(), asked), asked=asked,
        wording=WORDING, strengths=_STRENGTHS,
    )  # fmt: skip


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
    take_back(visit.workspace(), int(state) if state.isascii() and state.isdigit() else -1)
    return go_to(_address(product), "undone")


def _address(product_id: str) -> str:
    return f"/products/at/{quote(product_id, safe='')}"
