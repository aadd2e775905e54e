"""What happens in shops: events in batches, thousands a second, kept once they are acknowledged."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from passend.api.access import Needs, TheDesk
from passend.api.once import once
from passend.api.problems import Problem
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.receiving import Told, moment_of

router = APIRouter(tags=["what shops tell"])
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Event(msgspec.Struct):
    """One event, under Segment's or GA4's name."""

    event: Annotated[Name, msgspec.Meta(examples=["Product Viewed"])]
    message_id: Annotated[Name, msgspec.Meta(examples=["m-1"])] = msgspec.field(name="messageId")
    timestamp: Annotated[str, msgspec.Meta(max_length=40, examples=["2026-11-28T10:00:00Z"])] | None = None
    user_id: Name | None = msgspec.field(default=None, name="userId")
    anonymous_id: Name | None = msgspec.field(default=None, name="anonymousId")
    properties: Annotated[dict[str, Any], msgspec.Meta(examples=[{"product_id": "P0001"}])] = {}


class Events(msgspec.Struct):
    """A batch."""

    batch: Annotated[list[Event], msgspec.Meta(min_length=1, max_length=1000)]


SCHEMAS: dict[str, Any] = msgspec.json.schema_components(
    [Events], ref_template="#/components/schemas/{name}"
)[1]
_read = msgspec.json.Decoder(Events).decode
_DESCRIBED = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Events"}}},
    },
    "responses": {
        "422": {"description": "The batch cannot be read", "content": {"application/problem+json": {}}}
    },
}


async def _body(request: Request) -> bytes:
    return await request.body()


@router.post("/v1/events", status_code=202, dependencies=[Depends(Needs("events"))], openapi_extra=_DESCRIBED)
def events(body: Annotated[bytes, Depends(_body)], desk: TheDesk, request: Request) -> Response:
    """Tell what happened; acknowledged events are kept, whatever happens then. The same number counts once."""
    now = utc_now()
    try:
        told = _read(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(422, f"The batch cannot be read: {error}.") from None
    batch = []
    for place, one in enumerate(told.batch):
        try:
            at = moment_of(one.timestamp, now)
        except (ValueError, OverflowError):
            raise Problem(422, f"The time of row {place} is not ISO 8601.") from None
        batch.append(Told(one.event, one.message_id, at, one.user_id, one.anonymous_id, one.properties))
    return once(request, body, lambda: desk.events.receive(batch, now), 202)
