"""Calls to the firm's other systems that failed: seen, and made again."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from passend.api.access import Needs, TheDesk
from passend.api.once import once
from passend.flow.campaigns.opening import utc_now
from passend.flow.campaigns.replaying import failed_calls, replay
from passend.flow.serving.looking import plain

router = APIRouter(tags=["webhooks"])
Before = Annotated[int, Query(ge=0, le=2**62)]
Limit = Annotated[int, Query(ge=1, le=500)]
Key = Annotated[str, Field(min_length=1, max_length=500)]


class Again(BaseModel):
    """Which calls are to be made again, by their ``webhook-id``."""

    keys: list[Key] = Field(min_length=1, max_length=500)


@router.get("/v1/webhooks/failed", dependencies=[Depends(Needs("persons"))])
def failed(desk: TheDesk, before: Before = 0, limit: Limit = 100) -> dict[str, Any]:
    """Calls that other systems did not take, the latest first; ``next`` is the cursor of the following page."""
    rows = failed_calls(desk.store, before, limit)
    following = rows[-1].id if len(rows) == limit else None
    return {"rows": plain([vars(one) for one in rows]), "next": following}


@router.post("/v1/webhooks/replays", status_code=202, dependencies=[Depends(Needs("publish"))])
def again(wanted: Again, desk: TheDesk, request: Request) -> Response:
    """Have calls made again, each told by itself: queued, or what stands against it."""
    who = f"key/{request.state.key.id}"

    def work() -> dict[str, Any]:
        told = replay(desk.store, wanted.keys, who, utc_now())
        return {"rows": [{"key": key, "queued": not why, "why": why or None} for key, why in told.items()]}

    return once(request, wanted, work, 202)
