"""The one route that is asked thousands of times a second: a question in, a list out, whatever happens.

It stands before all other routes, because routing and reading by the framework would take longer than the answer. It
keeps what the guard keeps: a number, a limit on the size, headers, counts, a line of log. `short_way` brings it its
calls; under a server that does not know that way they come through ASGI.
"""

import asyncio
import logging
import re
from dataclasses import dataclass
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
from passend.flow.serving.answering import MOST, Chosen, Item, Question
from passend.flow.serving.signed_customers import read_customer

log = logging.getLogger("passend.api")
router = APIRouter(tags=["recommendations"])
PATH = "/v1/recommendations"
NEEDS = "recommend"
#: A question that has waited so long behind others gets an empty list at once, so that those behind it need not wait.
PATIENCE_SECONDS = 0.015
MOST_BYTES = 65_536
#: What every answer carries.
_SAME = ((b"content-type", b"application/json"), NOT_KEPT, *HEADERS)
#: The same as it goes over the line.
_SAME_LINES = b"".join(b"%s: %s\r\n" % pair for pair in _SAME)
_ORIGIN = re.compile(rb"[!-~]{1,300}")
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
    items: list[Item]
    source: str
    held_out: bool
    version: int
    placement: str


_read = msgspec.json.Decoder(Asked).decode
_write = msgspec.json.Encoder().encode
#: Before anything is read or looked up: whoever asks, it tells nothing.
_BUSY = _write(Given("", [], "busy", held_out=False, version=0, placement=""))
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


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes out for one call.

    Attributes:
        status: of HTTP.
        body: JSON.
        number: of the call, for logs and complaints.
        headers: beside those that every answer carries.
    """

    status: int
    body: bytes
    number: str
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def pairs(self) -> list[tuple[bytes, bytes]]:
        """All headers, for ASGI; of two with one name the reply's own counts."""
        own = {name for name, _ in self.headers}
        same = [pair for pair in _SAME if pair[0] not in own]
        return [*same, *self.headers, (b"content-length", b"%d" % len(self.body)), self._named()]

    def lines(self) -> bytes:
        """All headers and the body, as they go over the line."""
        if not self.headers:
            return b"%scontent-length: %d\r\nx-request-id: %s\r\n\r\n%s" % (
                _SAME_LINES, len(self.body), self.number.encode(), self.body,
            )  # fmt: skip
        return b"".join(b"%s: %s\r\n" % pair for pair in self.pairs()) + b"\r\n" + self.body

    def _named(self) -> tuple[bytes, bytes]:
        return b"x-request-id", self.number.encode()


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
        """One call by ASGI."""
        scope.setdefault("state", {})
        reply = self.reply(scope, await _body(receive))
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.pairs()})
        await send({"type": "http.response.body", "body": reply.body})

    def reply(self, call: Scope, body: bytes | bytearray) -> Reply:
        """What goes out for one call; nothing in it waits for anything.

        Args:
            call: as ASGI describes it: headers, client, state.
            body: of the call; one that was cut off since it is too large is longer than the limit.
        """
        began = perf_counter()
        call["state"]["number"] = number = f"{self._numbers.getrandbits(64):016x}"
        try:
            if self._waited(began) > PATIENCE_SECONDS:
                answer, source = _BUSY, "busy"
            else:
                answer, source = self._answered(call, body, number, began)
            reply = Reply(200, answer, number, _for_pages(call))
            self._meters.answers[source] += 1
        except Problem as error:
            refusal = problem(error.status, error.detail, error.headers)
            more = tuple(pair for pair in refusal.raw_headers if pair[0] != b"content-length")
            reply = Reply(error.status, bytes(refusal.body), number, more)
        took = perf_counter() - began
        self._meters.called(PATH, reply.status, took)
        if reply.status >= 400 or took > SLOW_SECONDS:
            key = call["state"].get("key")
            log.info(
                "call",
                extra={
                    "number": number, "method": "POST", "route": PATH, "status": reply.status,
                    "key": key and key.id, "ms": round(took * 1000, 2),
                },
            )  # fmt: skip
        return reply

    def _answered(self, call: Scope, body: bytes | bytearray, number: str, began: float) -> tuple[bytes, str]:
        asked = asked_of(body)
        try:
            found = self._door.desk.choose(
                question(asked, self._customer(call, asked), began + self._deadline)
            )
            return told(found, number, asked.placement), "none" if found is None else found.source
        except Problem:
            raise
        except Exception:  # no error of ours may ever break a shop's page; it is counted and logged
            log.exception("no answer", extra={"number": number})
            return told(None, number, asked.placement, "error"), "error"

    def _customer(self, call: Scope, asked: Asked) -> str:
        """Whom it is about, as far as the caller's key may say so."""
        key = self._door.caller(call, NEEDS, asked.key)
        if asked.customer and not key.may("customers"):
            raise Problem(403, "This key may name a customer only by the shop's token.")
        return _signed(self._door, key.id, asked.customer_token) if asked.customer_token else asked.customer

    def _waited(self, began: float) -> float:
        """Seconds since the present turn of the event loop began: as long, those behind have been waiting."""
        if not self._turn_began:
            self._turn_began = began
            asyncio.get_running_loop().call_soon(self._next_turn)
        return began - self._turn_began

    def _next_turn(self) -> None:
        self._turn_began = 0.0


def told(found: Chosen | None, number: str, placement: str, source: str = "none") -> bytes:
    """The answer as it goes out; empty where nothing was found.

    Args:
        found: what answers.
        number: of the call.
        placement: as it was asked for.
        source: of an empty answer.
    """
    if found is None:
        return _write(Given(number, [], source, held_out=False, version=0, placement=placement))
    items = msgspec.Raw(found.text())  # goes out as it is
    return _write(
        Given(number, items, found.source, found.held_out, found.shelf.number, placement)  # type: ignore[arg-type]
    )


def asked_of(body: bytes | bytearray) -> Asked:
    """The question of a call.

    Raises:
        Problem: it is too large, or cannot be read.
    """
    if len(body) > MOST_BYTES:
        raise Problem(413, f"A question may have at most {MOST_BYTES:,} bytes.")
    try:
        return _read(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(422, f"The question cannot be read: {error}.") from None


def question(asked: Asked, customer: str, until: float) -> Question:
    """What a shop asks, as it is answered."""
    return Question(
        asked.product, tuple(asked.cart), customer, asked.visit, asked.intent, tuple(asked.exclude),
        asked.limit, asked.fallback, asked.explain, until, asked.placement,
    )  # fmt: skip


async def _body(receive: Receive) -> bytes:
    """What was sent; no more is read than shows that it is too large."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body") and len(body) <= MOST_BYTES:
        message = await receive()
        body += message.get("body", b"")
    return body


def _signed(door: Door, key_id: str, token: str) -> str:
    """The customer of a token; a token that does not hold is a stranger's, so that an old page still sells."""
    try:
        return read_customer(door.desk.signer, key_id, token, utc_now())
    except PassendError:
        return ""


def _for_pages(call: Scope) -> tuple[tuple[bytes, bytes], ...]:
    """What lets the page that asked read the answer."""
    for name, value in call["headers"]:
        if name == b"origin" and _ORIGIN.fullmatch(value):
            return (b"access-control-allow-origin", value), (b"vary", b"Origin")
    return ()
