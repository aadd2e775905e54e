"""What shops tell: events, products with price and stock, consents."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from passend.api.access import Needs, TheDesk
from passend.api.once import once
from passend.api.problems import Problem
from passend.campaigns.truth import Good
from passend.flow.campaigns.opening import utc_now
from passend.flow.consents import record_words
from passend.flow.serving.goods import tell_goods
from passend.flow.serving.receiving import Told, moment_of, receive_events
from passend.store.ledger import NewWord

router = APIRouter(tags=["what shops tell"])
#: No control characters: databases and logs do not take them.
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Whole = Annotated[int, Field(ge=0, le=2_000_000_000)]


class Event(BaseModel):
    """One event, under Segment's or GA4's name."""

    event: Name = Field(examples=["Product Viewed"])
    message_id: Name = Field(alias="messageId", examples=["m-1"])
    timestamp: str | None = Field(default=None, max_length=40, examples=["2026-11-28T10:00:00Z"])
    user_id: Name | None = Field(default=None, alias="userId")
    anonymous_id: Name | None = Field(default=None, alias="anonymousId")
    properties: dict[str, Any] = Field(default_factory=dict, examples=[{"product_id": "P0001"}])


class Events(BaseModel):
    """A batch."""

    batch: list[Event] = Field(min_length=1, max_length=1000)


class Goods(BaseModel):
    """A product as it is now."""

    product_id: Name
    name: str = Field(default="", max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")
    price_cents: Whole | None = None
    currency: str = Field(default="", pattern="^([A-Z]{3})?$")
    stock: Whole | None = None
    is_sold: bool = True


class Catalogue(BaseModel):
    """Products that changed."""

    products: list[Goods] = Field(min_length=1, max_length=1000)


class Consent(BaseModel):
    """One word of one customer on one channel."""

    customer_id: Name
    channel: Literal["email", "onsite", "desk", "phone", "webhook", "audience", "any"]
    is_given: bool
    said_at: str | None = Field(default=None, max_length=40)
    basis: Literal["double opt-in", "opt-in", "existing customer", "objection"]
    evidence: str = Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")


@router.post("/v1/events", status_code=202, dependencies=[Depends(Needs("events"))])
def events(told: Events, desk: TheDesk, request: Request) -> Response:
    """Tell what happened; acknowledged events are kept, whatever happens then. The same number counts once."""
    now = utc_now()
    batch = [
        Told(
            one.event, one.message_id, _moment(one.timestamp, place, now), one.user_id, one.anonymous_id,
            one.properties,
        )
        for place, one in enumerate(told.batch)
    ]  # fmt: skip
    return once(request, told, lambda: receive_events(desk.store, batch, now), 202)


@router.post("/v1/products", dependencies=[Depends(Needs("catalogue"))])
def products(told: Catalogue, desk: TheDesk, request: Request) -> Response:
    """Tell prices, stock and what is sold; it holds from the next second on."""
    goods = [Good(**one.model_dump()) for one in told.products]
    return once(request, told, lambda: {"changed": tell_goods(desk.store, goods, utc_now())})


@router.post("/v1/consents", status_code=201, dependencies=[Depends(Needs("consents"))])
def consents(told: Consent, desk: TheDesk, request: Request) -> Response:
    """Record what a customer said; words are only ever added, and the latest counts."""
    now = utc_now()
    word = NewWord(
        told.channel, told.is_given, _moment(told.said_at, 0, now), f"api/{request.state.key.id}",
        customer_id=told.customer_id, basis=told.basis, evidence=told.evidence,
    )  # fmt: skip
    return once(request, told, lambda: {"new": record_words(desk.store, [word], now)}, 201)


def _moment(text: str | None, place: int, now: datetime) -> datetime:
    try:
        return moment_of(text, now)
    except (ValueError, OverflowError):
        raise Problem(422, f"The time of row {place} is not ISO 8601.") from None
