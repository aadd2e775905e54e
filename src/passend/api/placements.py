"""Placements: what they show at this moment, what people decided about them, and each against nothing."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from passend.api.access import Needs, TheDesk
from passend.api.once import once
from passend.api.problems import Problem
from passend.api.receiving import Name
from passend.api.recommending import PATH, asked_of, question, told
from passend.errors import Forged
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.answering import Question
from passend.flow.serving.inspecting import why
from passend.flow.serving.keys import Key
from passend.flow.serving.looking import plain
from passend.flow.serving.looking_at import look_at
from passend.flow.serving.placing import (
    MOST_FACTOR,
    MOST_SHARE,
    USUAL_FACTOR,
    Decision,
    decide,
    decisions_at,
    drop_placement,
    find_placement,
    list_placements,
    set_placement,
    take_back_decision,
    usual_share,
)
from passend.flow.serving.previewing import leave_of
from passend.flow.serving.trial_results import compared

router = APIRouter(tags=["placements"])
ONE = "/v1/placements/{name}"
#: Where the widget of a preview asks; the token in it is the leave to.
PREVIEWS = "/v1/placements/previews"
_SEES, _EDITS = Needs("products"), Needs("edits")
Reads = Annotated[Key, Depends(_SEES)]
Edits = Annotated[Key, Depends(_EDITS)]
Number = Annotated[int, Path(ge=1, le=2**53)]
Text = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Terms(BaseModel):
    """A placement that the firm adds or sets; without a share the setting's holds."""

    share: float | None = Field(default=None, ge=0, le=MOST_SHARE, examples=[0.05])
    note: str = Field(default="", max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")


class Anchor(BaseModel):
    """Beside what a decision holds: a product (by number), the products of a category (by name), or all."""

    kind: Literal["product", "category", "all"] = "all"
    of: str = Field(default="", max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")


class Decided(BaseModel):
    """What is decided about one product at a placement."""

    product_id: Name = Field(examples=["P0002"])
    action: Literal["pin", "boost", "bury"]
    note: Text = Field(examples=["Season opens on Saturday"])
    beside: Anchor = Anchor()
    factor: float = Field(default=USUAL_FACTOR, gt=1, le=MOST_FACTOR)
    valid_until: datetime | None = None


class Look(BaseModel):
    """What is looked at."""

    product: str = Field(default="", max_length=200)
    cart: str = Field(default="", max_length=2000, description="numbers with commas between")
    customer: str = Field(default="", max_length=200, description="needs the scope persons")
    visit: str = Field(default="", max_length=200)
    intent: Literal["complementary", "related", "upgrade"] = "complementary"
    fallback: Literal["category", "popular", "none"] = "category"
    limit: int = Field(default=4, ge=1, le=50)

    def question(self, name: str, key: Key) -> Question:
        """As a shop would ask it."""
        if self.customer and not key.may("persons"):
            raise Problem(403, "This key lacks the scope 'persons'.")
        cart = tuple(one.strip() for one in self.cart.split(",") if one.strip())
        return Question(
            self.product, cart, self.customer, self.visit, self.intent, limit=self.limit, fallback=self.fallback,
            placement=name,
        )  # fmt: skip


@router.get("/v1/placements", dependencies=[Depends(_SEES)])
def placements(desk: TheDesk) -> Any:
    """The shop's placements."""
    return [asdict(one) for one in list_placements(desk.store, usual_share(desk.settings), utc_now())]


@router.get(ONE, dependencies=[Depends(_SEES)])
def placement(name: Name, desk: TheDesk) -> Any:
    """One placement: the decisions that hold there, and how it does against nothing."""
    now = utc_now()
    one = find_placement(desk.store, name, usual_share(desk.settings), now)
    against = compared(desk.store, desk.workspace(), name, one.round, now)
    held = decisions_at(desk.store, name, now)
    return plain({**asdict(one), "decided": held, "against_nothing": [asdict(each) for each in against]})


@router.put(ONE)
def put_placement(name: Name, terms: Terms, desk: TheDesk, key: Edits) -> Any:
    """Add a placement, or set the share of visitors who see nothing there; another share begins a new comparison."""
    now = utc_now()
    set_placement(desk.store, name, terms.share, f"key/{key.id}", now, note=terms.note)
    desk.look()
    return asdict(find_placement(desk.store, name, usual_share(desk.settings), now))


@router.delete(ONE, status_code=204)
def delete_placement(name: Name, desk: TheDesk, key: Edits) -> Response:
    """Forget a placement, or bring a usual one back to what it was; its decisions end."""
    drop_placement(desk.store, name, f"key/{key.id}", utc_now())
    desk.look()
    return Response(status_code=204)


@router.put(f"{ONE}/decisions")
def put_decision(name: Name, said: Decided, desk: TheDesk, key: Edits, request: Request) -> Response:
    """Pin, boost or bury a product; the decision before on the same product at the same place ends.

    It counts in every process within about a second.
    """
    made = Decision(
        name,
        said.product_id,
        said.action,
        said.note,
        said.beside.kind,
        said.beside.of,
        said.factor,
        _utc(said.valid_until),
    )

    def work() -> dict[str, int]:
        number = decide(desk.store, desk.workspace(), made, f"key/{key.id}", utc_now())
        desk.look()
        return {"decision": number}

    return once(request, said, work)


@router.delete(f"{ONE}/decisions/{{number}}", status_code=204)
def delete_decision(name: Name, number: Number, desk: TheDesk, key: Edits) -> Response:
    """Take a decision back; the one that it replaced holds again."""
    take_back_decision(desk.store, name, number, f"key/{key.id}", utc_now())
    desk.look()
    return Response(status_code=204)


@router.get(f"{ONE}/preview")
def preview(name: Name, look: Annotated[Look, Query()], desk: TheDesk, key: Reads) -> Any:
    """What a placement shows at this moment, and who decided what about it; it counts nowhere."""
    find_placement(desk.store, name, usual_share(desk.settings), utc_now())
    return plain(asdict(look_at(desk, look.question(name, key))))


@router.get(f"{ONE}/products/{{product_id}}/why")
def why_product(
    name: Name, product_id: Name, look: Annotated[Look, Query()], desk: TheDesk, key: Reads
) -> Any:
    """Why a product stands at a placement, or the first rule at which it fell out."""
    find_placement(desk.store, name, usual_share(desk.settings), utc_now())
    return plain(asdict(why(desk, desk.workspace(), look.question(name, key), product_id)))


async def _body(request: Request) -> bytes:
    return await request.body()


@router.post(PREVIEWS + "/{token}" + PATH, include_in_schema=False)
def previewed(
    token: str, body: Annotated[bytes, Depends(_body)], desk: TheDesk, request: Request
) -> Response:
    """What the widget of a preview shows: the answer of the hot route, for whoever has leave to look."""
    try:
        leave = leave_of(desk.signer, token, utc_now())
    except Forged:
        raise Problem(403, "This preview is over. Load the page again.") from None
    asked = question(asked_of(body), leave.customer_id, float("inf"))
    found = desk.look_up(replace(asked, placement=leave.placement, is_rehearsed=True))
    number = str(request.state.number)
    return Response(told(found, number, leave.placement), media_type="application/json")


def _utc(at: datetime | None) -> datetime | None:
    """A moment as it is kept."""
    try:
        return at.astimezone(UTC).replace(tzinfo=None) if at is not None and at.tzinfo is not None else at
    except OverflowError:
        raise Problem(422, "The time is not ISO 8601.") from None
