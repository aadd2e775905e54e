"""The one route that is asked thousands of times a second: a question in, a list out, whatever happens."""

import logging
import secrets
from time import perf_counter
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from passend.api.access import Door
from passend.api.problems import Problem
from passend.api.watching import Meters
from passend.errors import PassendError
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.answering import MOST, Answered, Question
from passend.flow.serving.signed_customers import read_customer

log = logging.getLogger("passend.api")
router = APIRouter(tags=["recommendations"])
PATH = "/v1/recommendations"
Name = Annotated[str, msgspec.Meta(max_length=200)]
Names = Annotated[list[Name], msgspec.Meta(max_length=200)]


class Asked(msgspec.Struct):
    """The question, as it comes in."""

    product: Name = ""
    cart: Names = []
    customer: Name = ""
    customer_token: Annotated[str, msgspec.Meta(max_length=600)] = ""
    visit: Name = ""
    placement: Name = ""
    intent: Literal["complementary", "related", "upgrade"] = "complementary"
    exclude: Names = []
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 4
    fallback: Literal["category", "popular", "none"] = "category"
    explain: bool = False
    key: Annotated[str, msgspec.Meta(max_length=100)] = ""


class Given(msgspec.Struct):
    """The answer, as it goes out."""

    recommendation_id: str
    items: Any
    source: str
    held_out: bool
    version: int
    placement: str


_read = msgspec.json.Decoder(Asked).decode
_write = msgspec.json.Encoder().encode
_EXAMPLE = {"product": "P0001", "cart": ["P0002"], "placement": "product_page", "limit": 4, "explain": True}
SCHEMAS: dict[str, Any] = msgspec.json.schema_components(
    [Asked, Given], ref_template="#/components/schemas/{name}"
)[1]
DOCS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": SCHEMAS["Asked"], "example": _EXAMPLE}},
    },
    "responses": {
        "200": {"description": "A list", "content": {"application/json": {"schema": SCHEMAS["Given"]}}}
    },
}


@router.options(PATH, include_in_schema=False)
async def preflight(request: Request) -> Response:
    """A browser asks whether it may ask; the answer itself is given only to pages that the key names."""
    headers = {
        "Access-Control-Allow-Origin": request.headers.get("origin", ""),
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "authorization, content-type",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }
    return Response(status_code=204, headers=headers)


@router.post(PATH, openapi_extra=DOCS, response_class=Response)
async def recommend(request: Request) -> Response:
    """The products for a page, a cart or a customer, best first.

    With a secret key, ``customer`` names the customer (scope customers). With a public key, ``customer_token`` does,
    signed by the shop; without it nothing personal is answered. What is not known gives a fallback or an empty list.
    """
    began = perf_counter()
    try:
        asked = _read(await request.body())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(422, f"The question cannot be read: {error}.") from None
    door: Door = request.app.state.door
    key = door.caller(request, "recommend", asked.key)
    if asked.customer and not key.may("customers"):
        raise Problem(403, "This key may name a customer only by the shop's token.")
    customer = asked.customer
    if asked.customer_token:
        customer = _signed(door, key.id, asked.customer_token)
    until = began + request.app.state.deadline
    question = Question(
        asked.product, tuple(asked.cart), customer, asked.visit, asked.intent, tuple(asked.exclude), asked.limit,
        asked.fallback, asked.explain, until,
    )  # fmt: skip
    meters: Meters = request.app.state.meters
    try:
        found = door.desk.recommend(question)
    except Exception:  # no error of ours may ever break a shop's page; it is counted and logged
        log.exception("no answer", extra={"number": request.state.number})
        found = Answered((), "error", False, 0)
    meters.answers[found.source] += 1
    given = Given(
        secrets.token_hex(8), found.items, found.source, found.held_out, found.version, asked.placement
    )
    return Response(_write(given), media_type="application/json", headers=_for_page(request))


def _signed(door: Door, key_id: str, token: str) -> str:
    """The customer of a token; a token that does not hold is a stranger's, so that an old page still sells."""
    try:
        return read_customer(door.desk.signer, key_id, token, utc_now())
    except PassendError:
        return ""


def _for_page(request: Request) -> dict[str, str]:
    origin = request.headers.get("origin")
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}
