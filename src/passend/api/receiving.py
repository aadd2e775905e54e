"""What shops tell: products with price and stock, customers, consents. Events have a file of their own."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from passend.api.access import Needs, TheDesk
from passend.api.once import once
from passend.api.problems import Problem
from passend.campaigns.truth import Good
from passend.flow.campaigns.opening import utc_now
from passend.flow.consents import record_words
from passend.flow.serving.customers import tell_customers
from passend.flow.serving.goods import tell_goods
from passend.flow.serving.receiving import moment_of
from passend.store.ledger import NewWord

router = APIRouter(tags=["what shops tell"])
#: No control characters: databases and logs do not take them.
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Whole = Annotated[int, Field(ge=0, le=2_000_000_000)]


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


class Customer(BaseModel):
    """A customer as they are now."""

    customer_id: Name = Field(examples=["C-100042"])
    name: Text = Field(default="", examples=["Kim Example"])
    email: Text = Field(default="", examples=["kim@shop.example"])
    phone: Text = ""
    region: Text = Field(default="", examples=["DE-BY"])
    birth_year: int | None = Field(default=None, ge=1900, le=2100)
    segment: Text = Field(default="", examples=["private"])
    language: str = Field(default="", pattern="^([a-z]{2})?$", examples=["de"])
    since: str | None = Field(default=None, max_length=40, examples=["2021-05-04"])


class Customers(BaseModel):
    """Customers who are new or have changed."""

    customers: list[Customer] = Field(min_length=1, max_length=1000)


class Consent(BaseModel):
    """One word of one customer on one channel."""

    customer_id: Name
    channel: Literal["email", "onsite", "desk", "phone", "webhook", "audience", "any"]
    is_given: bool
    said_at: str | None = Field(default=None, max_length=40)
    basis: Literal["double opt-in", "opt-in", "existing customer", "objection"]
    evidence: str = Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")


@router.post("/v1/products", dependencies=[Depends(Needs("catalogue"))])
def products(told: Catalogue, desk: TheDesk, request: Request) -> Response:
    """Tell prices, stock and what is sold; it holds from the next second on."""
    goods = [Good(**one.model_dump()) for one in told.products]
    return once(request, told, lambda: {"changed": tell_goods(desk.store, goods, utc_now())})


@router.post("/v1/customers", status_code=202, dependencies=[Depends(Needs("customers"))])
def customers(told: Customers, desk: TheDesk, request: Request) -> Response:
    """Tell who customers are; what is told of one replaces what was known. It is carried over within a minute.

    Consent is told by itself: an address alone allows nothing.
    """
    now = utc_now()
    rows = [
        {
            **{name: value or None for name, value in one.model_dump().items()},
            "since": _moment(one.since, now).isoformat() if one.since else None,
        }
        for one in told.customers
    ]
    return once(request, told, lambda: {"taken": tell_customers(desk.store, rows, now)}, 202)


@router.post("/v1/consents", status_code=201, dependencies=[Depends(Needs("consents"))])
def consents(told: Consent, desk: TheDesk, request: Request) -> Response:
    """Record what a customer said; words are only ever added, and the latest counts."""
    now = utc_now()
    word = NewWord(
        told.channel, told.is_given, _moment(told.said_at, now), f"api/{request.state.key.id}",
        customer_id=told.customer_id, basis=told.basis, evidence=told.evidence,
    )  # fmt: skip
    return once(request, told, lambda: {"new": record_words(desk.store, [word], now)}, 201)


def _moment(text: str | None, now: datetime) -> datetime:
    try:
        return moment_of(text, now)
    except (ValueError, OverflowError):
        raise Problem(422, "The time is not ISO 8601.") from None
