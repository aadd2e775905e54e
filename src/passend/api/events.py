"""What happens in shops: events in batches, thousands a second, kept once they are acknowledged."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

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


class CloudData(msgspec.Struct):
    """What a CloudEvent carries: who, and what of."""

    user_id: Name | None = msgspec.field(default=None, name="userId")
    anonymous_id: Name | None = msgspec.field(default=None, name="anonymousId")
    properties: Annotated[dict[str, Any], msgspec.Meta(examples=[{"product_id": "P0001"}])] = {}


class CloudEvent(msgspec.Struct):
    """One event in the envelope of CloudEvents 1.0, in structured mode; source and id together count once."""

    specversion: Literal["1.0"]
    id: Annotated[Name, msgspec.Meta(examples=["m-1"])]
    source: Annotated[Name, msgspec.Meta(examples=["https://shop.example"])]
    type: Annotated[Name, msgspec.Meta(examples=["example.shop.Product Viewed"])]
    data: CloudData
    time: Annotated[str, msgspec.Meta(max_length=40, examples=["2026-11-28T10:00:00Z"])] | None = None

    def told(self) -> Event:
        """The same as a shop tells it by itself; a type may have a prefix, up to its last point."""
        data, name = self.data, self.type.rpartition(".")[2]
        return Event(
            name, f"{self.source} {self.id}", self.time, data.user_id, data.anonymous_id, data.properties
        )


CloudEvents = Annotated[list[CloudEvent], msgspec.Meta(min_length=1, max_length=1000)]
_SINGLE, _BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
SCHEMAS: dict[str, Any] = msgspec.json.schema_components(
    [Events, CloudEvent], ref_template="#/components/schemas/{name}"
)[1]
_events = msgspec.json.Decoder(Events).decode
_cloud_event = msgspec.json.Decoder(CloudEvent).decode
_cloud_events = msgspec.json.Decoder(CloudEvents).decode
#: How each way of telling events is read.
_READ: dict[str, Callable[[bytes], Sequence[Event]]] = {
    _SINGLE: lambda body: [_cloud_event(body).told()],
    _BATCH: lambda body: [one.told() for one in _cloud_events(body)],
}
_CLOUD = {"$ref": "#/components/schemas/CloudEvent"}
_DESCRIBED = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Events"}},
            _SINGLE: {"schema": _CLOUD},
            _BATCH: {"schema": {"type": "array", "items": _CLOUD, "minItems": 1, "maxItems": 1000}},
        },
    },
    "responses": {
        "422": {"description": "The batch cannot be read", "content": {"application/problem+json": {}}}
    },
}


async def _body(request: Request) -> bytes:
    return await request.body()


@router.post("/v1/events", status_code=202, dependencies=[Depends(Needs("events"))], openapi_extra=_DESCRIBED)
def events(body: Annotated[bytes, Depends(_body)], desk: TheDesk, request: Request) -> Response:
    """Tell what happened; acknowledged events are kept, whatever happens then. The same number counts once.

    A batch of ours, one CloudEvent or a batch of them: the content type tells which.
    """
    now = utc_now()
    way = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        told = _READ[way](body) if way in _READ else _events(body).batch
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(422, f"The batch cannot be read: {error}.") from None
    batch = []
    for place, one in enumerate(told):
        try:
            at = moment_of(one.timestamp, now)
        except (ValueError, OverflowError):
            raise Problem(422, f"The time of row {place} is not ISO 8601.") from None
        batch.append(Told(one.event, one.message_id, at, one.user_id, one.anonymous_id, one.properties))
    return once(request, body, lambda: desk.events.receive(batch, now), 202)
