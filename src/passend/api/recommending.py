"""The one route that is asked thousands of times a second: a question in, a list out, whatever happens.

It stands before all other routes and speaks ASGI itself, because routing and reading by the framework would take longer
than the answer. It keeps what the guard keeps: a number, a limit on the size, headers, counts, a line of log.
"""

import asyncio
import logging
from random import Random, SystemRandom
from time import perf_counter
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from passend.api.access import Door
from passend.api.guard import HEADERS, NOT_KEPT, SLOW_SECONDS
from passend.api.problems import Problem, problem
from passend.api.watching import Meters
from passend.errors import PassendError
from passend.flow.campaigns.opening import utc_now
from passend.flow.serving.answering import MOST, Answered, Question
from passend.flow.serving.signed_customers import read_customer

log = logging.getLogger("passend.api")
router = APIRouter(tags=["recommendations"])
PATH = "/v1/recommendations"
NEEDS = "recommend"
#: A question that has waited so long behind others gets an empty list at once, so that those behind it need not wait.
PATIENCE_SECONDS = 0.02
_MOST_BYTES = 65_536
_JSON = (b"content-type", b"application/json")
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
#: Before anything is read or looked up: whoever asks, it tells nothing.
_BUSY = _write(Given("", (), "busy", held_out=False, version=0, placement=""))
_EXAMPLE = {"product": "P0001", "cart": ["P0002"], "placement": "product_page", "limit": 4, "explain": True}
SCHEMAS: dict[str, Any] = msgspec.json.schema_components(
    [Asked, Given], ref_template="#/components/schemas/{name}"
)[1]
#: What the description of the interface says of the route.
DESCRIBED: dict[str, Any] = {
    "tags": ["recommendations"],
    "summary": "The products for a page, a cart or a customer, best first",
    "description": (
        "With a secret key, `customer` names the customer (scope customers). With a public key, `customer_token` does, "
        "signed by the shop; without it nothing personal is answered. What is not known gives a fallback or an empty "
        "list; under more calls than can be answered, an empty list whose source is `busy`."
    ),
    "operationId": "recommend",
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": SCHEMAS["Asked"], "example": _EXAMPLE}},
    },
    "responses": {
        "200": {"description": "A list", "content": {"application/json": {"schema": SCHEMAS["Given"]}}},
        **{
            code: {"description": said, "content": {"application/problem+json": {}}}
            for code, said in (
                ("401", "No key that holds"),
                ("403", "The key may not ask this, or not from here"),
                ("413", "Too large"),
                ("422", "The question cannot be read"),
                ("429", "Too many calls"),
            )
        },
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


def is_hot(scope: Scope) -> bool:
    """Whether a call is a question for recommendations."""
    return bool(scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST")


class HotRoute:
    """Answers questions for recommendations.

    Args:
        door: opens to keys.
        meters: counts calls and answers.
        deadline: seconds after which an answer goes out with what there is.
    """

    def __init__(self, door: Door, meters: Meters, deadline: float) -> None:
        # Numbers to tell answers apart, not secrets: to ask the system for each would take as long as the answer.
        self._numbers = Random(SystemRandom().getrandbits(128))  # noqa: S311
        self._door = door
        self._meters = meters
        self._deadline = deadline
        self._turn_began = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        began = perf_counter()
        scope.setdefault("state", {})["number"] = number = f"{self._numbers.getrandbits(64):016x}"
        try:
            body = await _body(receive)
            if self._waited(began) > PATIENCE_SECONDS:
                told, source = _BUSY, "busy"
            else:
                told, source = self._answered(scope, body, number, began)
            status, headers = 200, _headers(scope, told, number)
            self._meters.answers[source] += 1
        except Problem as error:
            answer = problem(error.status, error.detail, error.headers)
            told, status = bytes(answer.body), error.status
            headers = [*answer.raw_headers, *HEADERS, NOT_KEPT, (b"x-request-id", number.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": told})
        took = perf_counter() - began
        self._meters.called(PATH, status, took)
        if status >= 400 or took > SLOW_SECONDS:
            key = scope["state"].get("key")
            more = {
                "number": number,
                "method": "POST",
                "route": PATH,
                "status": status,
                "key": key and key.id,
            }
            log.info("call", extra={**more, "ms": round(took * 1000, 2)})

    def _answered(self, scope: Scope, body: bytes, number: str, began: float) -> tuple[bytes, str]:
        try:
            asked = _read(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Problem(422, f"The question cannot be read: {error}.") from None
        key = self._door.caller(scope, NEEDS, asked.key)
        customer = asked.customer
        if customer and not key.may("customers"):
            raise Problem(403, "This key may name a customer only by the shop's token.")
        if asked.customer_token:
            customer = _signed(self._door, key.id, asked.customer_token)
        found = self._found(asked, customer, number, began)
        given = Given(number, found.items, found.source, found.held_out, found.version, asked.placement)
        return _write(given), found.source

    def _found(self, asked: Asked, customer: str, number: str, began: float) -> Answered:
        question = Question(
            asked.product, tuple(asked.cart), customer, asked.visit, asked.intent, tuple(asked.exclude),
            asked.limit, asked.fallback, asked.explain, began + self._deadline,
        )  # fmt: skip
        try:
            return self._door.desk.recommend(question)
        except Exception:  # no error of ours may ever break a shop's page; it is counted and logged
            log.exception("no answer", extra={"number": number})
            return Answered((), "error", False, 0)

    def _waited(self, began: float) -> float:
        """Seconds since the present turn of the event loop began: as long, those behind have been waiting."""
        if not self._turn_began:
            self._turn_began = began
            asyncio.get_running_loop().call_soon(self._next_turn)
        return began - self._turn_began

    def _next_turn(self) -> None:
        self._turn_began = 0.0


async def _body(receive: Receive) -> bytes:
    """What was sent, up to the limit."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body") and len(body) <= _MOST_BYTES:
        message = await receive()
        body += message.get("body", b"")
    if len(body) > _MOST_BYTES:
        raise Problem(413, f"A question may have at most {_MOST_BYTES:,} bytes.")
    return body


def _signed(door: Door, key_id: str, token: str) -> str:
    """The customer of a token; a token that does not hold is a stranger's, so that an old page still sells."""
    try:
        return read_customer(door.desk.signer, key_id, token, utc_now())
    except PassendError:
        return ""


def _headers(scope: Scope, body: bytes, number: str) -> list[tuple[bytes, bytes]]:
    headers = [
        _JSON, (b"content-length", b"%d" % len(body)), NOT_KEPT, *HEADERS, (b"x-request-id", number.encode())
    ]  # fmt: skip
    for name, value in scope["headers"]:
        if name == b"origin":
            headers += ((b"access-control-allow-origin", value), (b"vary", b"Origin"))
    return headers
