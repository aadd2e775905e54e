"""The desk: what staff offer to the customer in front of them, or on the phone, one card after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import Form, Query, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from passend.errors import StoreError
from passend.flow.campaigns.desks import MOST_SHOWN, SHOWN, answered, cards, teams
from passend.flow.campaigns.opening import utc_now
from passend.flow.campaigns.pulling import OffList, answer
from passend.flow.campaigns.taking_back import take_back
from passend.flow.finding import find_customers
from passend.web.pages import go_to, page
from passend.web.rooms.room import PLAIN, Line, Room, SeesPersons, room_router
from passend.web.visits import Visit

Words = Annotated[str, StringConstraints(max_length=400, pattern=PLAIN)]
router = room_router()
ROOM = Room("Desk", "/desk", "persons", router, "desk")
#: Days after which an offer comes back, where the customer wants to think.
_LATER = (1, 3, 7, 14)
#: Customers whose number or name fits what is searched; who means one of more says more.
_ALIKE = 50


@dataclass(frozen=True)
class Asked:
    """What of the list is asked for.

    Attributes:
        team: whose list; the first one, where it has none.
        customers: only these; without it, all.
        wanted: the words by which they were searched.
        most: customers to show.
        done, key: what was answered last, and the offer.
    """

    team: str = ""
    customers: Sequence[str] | None = None
    wanted: str = ""
    most: int = SHOWN
    done: str = ""
    key: str = ""


class Place(BaseModel):
    """Which list, and what was done there last."""

    team: Words = ""
    who: Words = ""
    most: int = Field(default=SHOWN, ge=1, le=MOST_SHOWN)
    done: Words = ""
    key: Words = ""


@router.get("/desk")
def desk(request: Request, visit: SeesPersons, told: Annotated[Place, Query()]) -> Response:
    """The list of a team, the most valuable customer first; or only who stands there."""
    customers = [visit.uncover(told.who)] if told.who else None
    return _page(request, visit, Asked(told.team, customers, "", told.most, told.done, told.key))


@router.post("/desk/search")
def search(request: Request, visit: SeesPersons, wanted: Line = "", team: Line = "") -> Response:
    """Those on the list whose number, name or address hold the words. A form, so that no name is in an address."""
    found = find_customers(visit.workspace(), wanted, _ALIKE) if wanted.strip() else None
    ids = None if found is None else [str(row["customer_id"]) for row in found]
    return _page(request, visit, Asked(team, ids, wanted))


def _page(request: Request, visit: Visit, asked: Asked) -> Response:
    store = visit.desk.store
    known = teams(store)
    chosen = asked.team if asked.team in known or not known else next(iter(known))
    listed = (
        cards(store, chosen, utc_now(), asked.most, customers=asked.customers, marker=visit.desk.mark)
        if chosen
        else []
    )
    reasons = [one.strip() for one in visit.desk.settings.text("desk.reasons").split(",") if one.strip()]
    return page(
        request, "desk/desk.html.j2", teams=known, team=chosen, cards=listed, reasons=reasons, later=_LATER,
        done=asked.done, key=asked.key, answered=answered(store, asked.key) if asked.key else ("", ""),
        wanted=asked.wanted, only=asked.customers, more=min(2 * asked.most, MOST_SHOWN), most=asked.most,
    )  # fmt: skip


class Told(BaseModel):
    """What the customer said to one offer."""

    key: Words
    says: Words
    team: Words = ""
    reason: Words = ""
    days: int = Field(default=1, ge=1, le=60)


@router.post("/desk")
def answer_offer(visit: SeesPersons, told: Annotated[Told, Form()]) -> Response:
    """Note what the customer said."""
    try:
        answer(
            visit.desk.store, told.key, told.says, visit.name, utc_now(), reason=told.reason,
            later=timedelta(days=told.days),
        )  # fmt: skip
    except OffList:  # two members of staff, one customer: no mistake of this one
        return go_to(_list_of(told.team), "gone")
    return go_to(f"{_list_of(told.team)}&key={quote(told.key, safe='')}", told.says)


@router.post("/desk/back")
def take_answer_back(visit: SeesPersons, key: Line, team: Line = "") -> Response:
    """Undo an answer."""
    try:
        take_back(visit.desk.store, key, visit.name, utc_now())
    except StoreError:
        return go_to(_list_of(team), "followed")
    return go_to(_list_of(team), "back")


def _list_of(team: str) -> str:
    return f"/desk?team={quote(team, safe='')}"
