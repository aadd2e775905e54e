"""The desk: what staff offer to the customer in front of them, or on the phone, one card after the other."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import Form, Query, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from passend.flow.campaigns.desks import cards, teams
from passend.flow.campaigns.opening import utc_now
from passend.flow.campaigns.pulling import answer
from passend.web.pages import go_to, page
from passend.web.rooms.room import Room, SeesPersons, room_router

Words = Annotated[str, StringConstraints(max_length=400)]
router = room_router()
ROOM = Room("Desk", "/desk", "persons", router, "desk")
#: Days after which an offer comes back, where the customer wants to think.
_LATER = (1, 3, 7, 14)


@router.get("/desk")
def desk(
    request: Request, visit: SeesPersons, team: Annotated[str, Query(max_length=200)] = "", done: str = ""
) -> Response:
    """The list of a team, the most valuable customer first."""
    known = teams(visit.desk.store)
    chosen = team if team in known or not known else next(iter(known))
    listed = cards(visit.desk.store, chosen, utc_now()) if chosen else []
    reasons = [one.strip() for one in visit.desk.settings.text("desk.reasons").split(",") if one.strip()]
    return page(
        request, "desk/desk.html.j2", teams=known, team=chosen, cards=listed, reasons=reasons, later=_LATER,
        done=done,
    )  # fmt: skip


class Told(BaseModel):
    """What the customer said to one offer."""

    key: Words
    says: Words
    team: Words = ""
    reason: Words = ""
    days: int = Field(default=1, ge=1, le=60)


@router.post("/desk")
def answered(visit: SeesPersons, told: Annotated[Told, Form()]) -> Response:
    """Note what the customer said."""
    answer(
        visit.desk.store, told.key, told.says, visit.name, utc_now(), reason=told.reason,
        later=timedelta(days=told.days),
    )  # fmt: skip
    return go_to(f"/desk?team={quote(told.team, safe='')}", told.says)
