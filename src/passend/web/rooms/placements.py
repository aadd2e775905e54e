"""Placements: what a shop's page shows at this moment, who decided what about it, what it brings against nothing."""

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from starlette.responses import Response

from passend.api.placements import PREVIEWS
from passend.errors import InvalidInput
from passend.flow.campaigns.opening import utc_now
from passend.flow.changes import list_changes
from passend.flow.finding import customers_of, find_products
from passend.flow.identity import customer_number
from passend.flow.lookup import find_product, names_of
from passend.flow.serving.adjusting import ALL, CATEGORY, PRODUCT
from passend.flow.serving.answering import Question
from passend.flow.serving.inspecting import Why, why
from passend.flow.serving.looking_at import Look, look_at
from passend.flow.serving.placed import USUAL
from passend.flow.serving.placing import (
    MOST_SHARE,
    USUAL_FACTOR,
    Decision,
    decide,
    decisions_at,
    drop_placement,
    end_of_day,
    find_placement,
    list_placements,
    set_placement,
    take_back_decision,
    usual_share,
)
from passend.flow.serving.previewing import Leave, give_leave
from passend.flow.serving.shelf import INTENTS
from passend.flow.serving.trial_results import arms_of, compared
from passend.web.pages import go_to, page
from passend.web.rooms.room import Edits, Line, SeesProducts, Typed, room_router
from passend.web.visits import Visit
from passend.widget import VERSION

router = room_router()
HOME = "/products/placements"
#: Products shown at a placement, as the page asks for them.
LIMITS = (3, 4, 6, 8, 12)
_CHANGES = 12
_LONG = Query(max_length=1500)


@dataclass(frozen=True)
class Asked:
    """What somebody looks at, as it stands in the address; a customer stands there covered."""

    product: Annotated[str, Query(max_length=200)] = ""
    cart: Annotated[str, _LONG] = ""
    who: Annotated[str, _LONG] = ""
    intent: Annotated[str, Query(max_length=20)] = INTENTS[0]
    limit: Annotated[int, Query(ge=1, le=20)] = 4
    other: Annotated[str, Query(max_length=200)] = ""

    def question(self, visit: Visit, name: str) -> Question:
        """As the shop would ask."""
        cart = tuple(one.strip() for one in self.cart.split(",") if one.strip())
        intent = self.intent if self.intent in INTENTS else INTENTS[0]
        customer = visit.uncover(self.who) if self.who and visit.may("persons") else ""
        return Question(self.product, cart, customer, "", intent, limit=self.limit, placement=name)

    def address(self, name: str, **more: str) -> str:
        """Of the page that shows it."""
        told = {
            "product": self.product, "cart": self.cart, "who": self.who, "intent": self.intent,
            "limit": str(self.limit), **more,
        }  # fmt: skip
        return f"{HOME}/at/{name}?{urlencode({key: value for key, value in told.items() if value})}"


Looked = Annotated[Asked, Depends()]


@router.get(HOME)
def placements(request: Request, visit: SeesProducts, done: str = "") -> Response:
    """All placements with their share, decisions and arms."""
    found = list_placements(visit.desk.store, usual_share(visit.desk.settings), utc_now())
    arms = arms_of(visit.desk.store, [(one.name, one.round) for one in found])
    return page(
        request, "products/placements.html.j2", placements=found, arms=arms, done=done, most=MOST_SHARE,
        usual=usual_share(visit.desk.settings),
    )  # fmt: skip


@router.post(HOME)
def add(visit: Edits, given: Typed) -> Response:
    """Add a placement, or set the share of visitors who see nothing there."""
    name = given.get("name", "").strip()
    set_placement(
        visit.desk.store,
        name,
        _share_of(given.get("share", "")),
        visit.name,
        utc_now(),
        note=given.get("note", ""),
    )
    visit.desk.look()
    return go_to(f"{HOME}/at/{name}", "set")


@router.post(f"{HOME}/drop")
def drop(visit: Edits, name: Line) -> Response:
    """Forget a placement that was added, or bring a usual one back."""
    drop_placement(visit.desk.store, name, visit.name, utc_now())
    visit.desk.look()
    return go_to(HOME, "dropped")


@dataclass(frozen=True)
class Came:
    """Where somebody comes from: what they did, and the number of the decision that they made."""

    done: Annotated[str, Query(max_length=20)] = ""
    number: Annotated[int, Query(ge=0, le=2**53)] = 0


@router.get(f"{HOME}/at/{{name}}")
def placement(
    request: Request, visit: SeesProducts, name: str, asked: Looked, came: Annotated[Came, Depends()]
) -> Response:
    """One placement: its list, the page it stands on, what was decided, and what it brings."""
    now, place = utc_now(), visit.workspace()
    one = find_placement(visit.desk.store, name, usual_share(visit.desk.settings), now)
    if visit.desk.present[0] is None:
        return page(request, "products/placement_empty.html.j2", one=one, home=HOME)
    asked = _filled(visit, asked)
    question = asked.question(visit, name)
    look: Look = look_at(visit.desk, question)
    told: Why | None = (
        why(visit.desk, place, question, _number_of(visit, asked.other)) if asked.other else None
    )
    held = decisions_at(visit.desk.store, name, now)
    known = {question.product, *question.cart, *([told.product_id] if told else [])}
    known |= {row["product_id"] for row in held} | {
        row["anchor"] for row in held if row["anchor_kind"] == PRODUCT
    }
    goods = {
        row["product_id"]: row
        for row in place.find("products", "product_id", *sorted(known - {""})).to_pylist()
    }
    token = give_leave(visit.desk.signer, Leave(name, question.customer), now)
    is_known = question.customer and place.has("customer_facts")
    customer = customers_of(place, [question.customer])[:1] if is_known else []
    return page(
        request, "products/placement.html.j2", one=one, asked=asked, question=question, look=look, told=told,
        held=held, goods=goods, names=names_of(place, known - {""}), done=came.done,
        number=came.number,
        customer=customer, against=compared(visit.desk.store, place, name, one.round, now), limits=LIMITS,
        intents=INTENTS, preview=f"{PREVIEWS}/{token}", script=f"/v{VERSION}/widget.js",
        changes=list_changes(visit.desk.store, _CHANGES, subject=f"placement/{name}"),
        back=asked.address(name), brand=visit.desk.settings.text("brand.name"), home=HOME,
        is_usual=name in USUAL, most=MOST_SHARE,
    )  # fmt: skip


@router.post(f"{HOME}/look")
def look(visit: SeesProducts, given: Typed) -> Response:
    """On to what somebody wants to look at: products by number or words, a customer by number, covered from here on."""
    name = given.get("name", "")
    cart = [_number_of(visit, one.strip()) for one in given.get("cart", "").split(",") if one.strip()]
    typed, who = given.get("customer", "").strip(), given.get("who", "")
    if typed and visit.may("persons"):
        who = visit.cover(customer_number(visit.workspace(), typed))
    product = given.get("product", "").strip()
    limit = given.get("limit", "")
    asked = Asked(
        _number_of(visit, product) if product else "", ",".join(cart), who if not given.get("nobody") else "",
        given.get("intent", INTENTS[0]), int(limit) if limit.isdigit() and 0 < int(limit) <= 20 else 4,
    )  # fmt: skip
    return go_to(asked.address(name))


@router.post(f"{HOME}/decide")
def decided(visit: Edits, given: Typed) -> Response:
    """Pin, boost or bury a product here."""
    name, beside = given.get("name", ""), given.get("beside", ALL)
    kind, _, anchor = beside.partition(" ")
    action, _, factor = given.get("what", "").partition(" ")
    said = Decision(
        name, _number_of(visit, given.get("product", "").strip()), action, given.get("note", ""),
        kind if kind in (PRODUCT, CATEGORY) else ALL, anchor, float(factor) if factor.isdigit() else USUAL_FACTOR,
        end_of_day(given.get("until", "")),
    )  # fmt: skip
    number = decide(visit.desk.store, visit.workspace(), said, visit.name, utc_now())
    visit.desk.look()
    return go_to(f"{_back(name, given)}&number={number}", "decided")


@router.post(f"{HOME}/undo")
def taken_back(visit: Edits, given: Typed) -> Response:
    """Take a decision back; the one before it holds again."""
    name, number = given.get("name", ""), given.get("number", "")
    take_back_decision(
        visit.desk.store,
        name,
        int(number) if number.isdigit() and len(number) < 16 else 0,
        visit.name,
        utc_now(),
    )
    visit.desk.look()
    return go_to(_back(name, given), "taken-back")


@router.get("/products/picture/{product_id:path}")
def picture(visit: SeesProducts, product_id: str) -> Response:
    """A picture that stands for a product's own, which only the shop has: on a colour of its own."""
    del visit
    shade = int.from_bytes(blake2b(product_id.encode(), digest_size=2).digest()) % 360
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200"><defs><linearGradient id="g" x2="1" y2="1">'
        f'<stop stop-color="hsl({shade} 32% 88%)"/><stop offset="1" stop-color="hsl({(shade + 40) % 360} 38% 74%)"/>'
        '</linearGradient></defs><rect width="200" height="200" fill="url(#g)"/><g fill="none" '
        f'stroke="hsl({shade} 30% 42%)" stroke-width="3" stroke-linejoin="round"><path d="M100 52l46 25v48l-46 25-46-25'
        'V77zM100 100l46-23M100 100v50M100 100L54 77"/></g></svg>'
    )
    return Response(drawn, media_type="image/svg+xml", headers={"cache-control": "private, max-age=3600"})


def _filled(visit: Visit, asked: Asked) -> Asked:
    """Where nothing is looked at yet, the product that sells best now."""
    shelf = visit.desk.present[0]
    if asked.product or asked.cart or asked.who or shelf is None or not shelf.popular:
        return asked
    return replace(asked, product=shelf.product_ids[shelf.popular[0]])


def _number_of(visit: Visit, typed: str) -> str:
    """The number of a product that somebody typed, by number or words; of several the best known."""
    place = visit.workspace()
    try:
        return str(find_product(place, typed)["product"]["product_id"])
    except InvalidInput:
        found = find_products(place, typed, 1)
        if not found:
            raise
        return str(found[0]["product_id"])


def _back(name: str, given: Typed) -> str:
    """The page that a form stood on."""
    back = given.get("back", "")
    return back if back.startswith(f"{HOME}/at/{name}?") else f"{HOME}/at/{name}?limit=4"


def _share_of(typed: str) -> float | None:
    """A share in per cent; none for the setting's."""
    if not typed.strip():
        return None
    try:
        return float(typed.replace(",", ".").strip(" %")) / 100
    except ValueError:
        raise InvalidInput("This is no share.", remedy="Write it in per cent, like 5.") from None
