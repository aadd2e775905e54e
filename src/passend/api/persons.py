"""One customer: next best offers and reactions, hold-out, consent, export and erasure."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from passend.api.access import Needs, TheDesk
from passend.api.once import once
from passend.api.receiving import Name
from passend.flow.campaigns.opening import utc_now
from passend.flow.persons import erase_person, export_person
from passend.flow.serving.membership import Membership, consent_of, membership
from passend.flow.serving.offering import NextOffer, next_offers, react

router = APIRouter(tags=["customers"])
Customer = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
PLACE = "/v1/customers/{customer_id}"


class Reaction(BaseModel):
    """What the customer did with an offer."""

    reaction: Literal["shown", "click", "accept", "decline"]


@router.get(f"{PLACE}/offers", dependencies=[Depends(Needs("customers"))])
def offers(
    customer_id: Customer, desk: TheDesk, placement: Annotated[str, Query(max_length=60)] = "",
    limit: Annotated[int, Query(ge=1, le=25)] = 3,
) -> list[NextOffer]:  # fmt: skip
    """The best offers for the customer who is there now, each with its reason."""
    return next_offers(desk, customer_id, placement, limit, utc_now())


@router.post("/v1/offers/{key}/reactions", dependencies=[Depends(Needs("customers"))])
def reactions(key: Name, told: Reaction, desk: TheDesk, request: Request) -> Response:
    """Tell that an offer was shown (then it counts as a contact), clicked, accepted or declined."""
    return once(request, [key, told], lambda: {"new": react(desk.store, key, told.reaction, utc_now())})


@router.get(f"{PLACE}/holdout", dependencies=[Depends(Needs("customers"))])
def holdout(customer_id: Customer, desk: TheDesk) -> Membership:
    """Whether the customer is kept without offers, to measure what offers bring."""
    return membership(desk.settings, customer_id)


@router.get(f"{PLACE}/consent/{{channel}}", dependencies=[Depends(Needs("consents"))])
def consent(
    customer_id: Customer, channel: Literal["email", "onsite", "desk", "phone"], desk: TheDesk
) -> Any:
    """Whether the customer may be contacted on a channel now, and the record that says so."""
    return consent_of(desk.workspace(), desk.store, customer_id, channel, utc_now())


@router.get(f"{PLACE}/export", dependencies=[Depends(Needs("erase"))])
def export(customer_id: Customer, desk: TheDesk) -> dict[str, list[dict[str, Any]]]:
    """Every stored row that belongs to the customer, by table."""
    return export_person(desk.workspace(), customer_id)


@router.delete(PLACE, dependencies=[Depends(Needs("erase"))])
def erase(customer_id: Customer, desk: TheDesk) -> dict[str, int]:
    """Erase the customer from every table, for good; returns the rows by table."""
    return erase_person(desk.workspace(), customer_id)
