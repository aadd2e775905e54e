"""Visitors of a shop, in a process of their own: questions over kept connections, and how long each answer took.

``python -m benchmarks.shop_visitors`` reads one JSON object a line from standard input (`Visit`) and writes what became
of it (`Seen`) as one line. With a rate, questions are due by the clock, and the answer to a late one counts from when
it was due (for impatient visitors from when it was sent); without a rate each connection asks again at once. They do as
little as they can with an answer: on the cores that they share with the server, their work would pass for its.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from array import array
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import uvloop

#: Kinds of questions: pages of products, carts, customers.
SHARES = {"product": 0.4, "cart": 0.4, "customer": 0.2}
LONGEST_CART = 8
_QUESTIONS = 20_000
_TICK = 0.0005


@dataclass(frozen=True)
class Visit:
    """What visitors do.

    Attributes:
        port: of the server on this computer.
        key: secret key that they ask with.
        products, customers: numbers to ask for: P0 on, K0 on.
        seconds: how long.
        connections: kept open.
        rate: questions a second; 0 for as many as are answered.
        patient: whether a late question counts from when it was due; else from when it was sent.
        seed: of the questions.
    """

    port: int
    key: str
    products: int
    customers: int
    seconds: float
    connections: int
    rate: float = 0.0
    patient: bool = True
    seed: int = 1


@dataclass
class Seen:
    """What came back.

    Attributes:
        statuses: how often each status of HTTP.
        sources: how often each source of a list was told.
        asked: questions sent.
        unsent: due while no connection was free.
        broken: connections that were cut.
        seconds: from the first question to the last answer.
        p50, p99, longest: milliseconds.
    """

    statuses: dict[str, int]
    sources: dict[str, int]
    asked: int
    unsent: int
    broken: int
    seconds: float
    p50: float
    p99: float
    longest: float


def questions(visit: Visit) -> list[bytes]:
    """Calls as they go over the line."""
    rng = random.Random(visit.seed)
    kinds = rng.choices(list(SHARES), list(SHARES.values()), k=_QUESTIONS)
    return [_call(_question(rng, kind, visit), visit.key) for kind in kinds]


def _question(rng: random.Random, kind: str, visit: Visit) -> dict[str, object]:
    def product() -> str:
        return f"P{int(visit.products * rng.random() ** 2)}"

    if kind == "product":
        return {"product": product(), "placement": "product_page", "visit": f"V{rng.randrange(10**9)}"}
    if kind == "cart":
        cart = [product() for _ in range(rng.randint(1, LONGEST_CART))]
        return {"cart": cart, "placement": "cart", "visit": f"V{rng.randrange(10**9)}"}
    return {"customer": f"K{rng.randrange(visit.customers)}", "placement": "home"}


def _call(asked: dict[str, object], key: str) -> bytes:
    body = json.dumps(asked, separators=(",", ":")).encode()
    head = (
        "POST /v1/recommendations HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass
class _Crowd:
    """All visitors together."""

    calls: list[bytes]
    ends: float
    closed: bool
    free: list[_Visitor] = field(default_factory=list)
    took: array[float] = field(default_factory=lambda: array("d"))
    statuses: Counter[bytes] = field(default_factory=Counter)
    sources: Counter[bytes] = field(default_factory=Counter)
    asked: int = 0
    broken: int = 0
    last: float = 0.0

    def next_call(self) -> bytes:
        """The next question."""
        self.asked += 1
        return self.calls[self.asked % len(self.calls)]


class _Visitor(asyncio.Protocol):
    """One kept connection."""

    def __init__(self, crowd: _Crowd) -> None:
        self._crowd = crowd
        self._transport: Any = None
        self._due = 0.0
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._crowd.free.append(self)

    def ask(self, due: float) -> Self:
        """Send one question."""
        self._due = due
        self._transport.write(self._crowd.next_call())
        return self

    def data_received(self, data: bytes) -> None:
        now, crowd = time.perf_counter(), self._crowd
        if self._read:
            data = self._read + data
        head = data.find(b"\r\n\r\n")
        place = data.find(b"content-length: ", 0, max(head, 0)) + 16
        if head < 0 or len(data) < head + 4 + int(data[place : data.find(b"\r", place)]):
            self._read = data
            return
        self._read = b""
        crowd.took.append(now - self._due)
        crowd.last = now
        crowd.statuses[data[9:12]] += 1
        source = data.rfind(b'"source":"') + 10
        crowd.sources[data[source : data.find(b'"', source)]] += 1
        if crowd.closed and now < crowd.ends:
            self.ask(now)
        else:
            crowd.free.append(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self in self._crowd.free:  # closed because nothing was asked for long
            self._crowd.free.remove(self)
        elif time.perf_counter() < self._crowd.ends:
            self._crowd.broken += 1


async def visited(visit: Visit) -> Seen:
    """Do it."""
    loop = asyncio.get_running_loop()
    crowd = _Crowd(questions(visit), float("inf"), closed=not visit.rate)
    lines = [
        (await loop.create_connection(lambda: _Visitor(crowd), "127.0.0.1", visit.port))[0]
        for _ in range(visit.connections)
    ]
    began = time.perf_counter()
    crowd.ends = began + visit.seconds
    unsent = 0
    if crowd.closed:
        for one in crowd.free:
            one.ask(began)
        crowd.free.clear()
        await asyncio.sleep(visit.seconds)
    else:
        unsent = await _by_the_clock(crowd, began, visit)
    for _ in range(50):
        if len(crowd.took) >= crowd.asked:
            break
        await asyncio.sleep(0.1)
    crowd.ends = 0.0
    for line in lines:
        line.close()
    took = sorted(crowd.took)
    p50, p99 = (took[int(len(took) * share)] * 1000 for share in (0.5, 0.99))
    return Seen(
        _named(crowd.statuses), _named(crowd.sources), crowd.asked, unsent, crowd.broken, crowd.last - began, p50, p99,
        took[-1] * 1000,
    )  # fmt: skip


def _named(counts: Counter[bytes]) -> dict[str, int]:
    return {name.decode(): count for name, count in counts.items()}


async def _by_the_clock(crowd: _Crowd, began: float, visit: Visit) -> int:
    """Ask at the rate; returns how many were due while no connection was free."""
    sent = unsent = 0
    while (now := time.perf_counter()) < crowd.ends:
        due = int((now - began) * visit.rate)
        while sent < due:
            if crowd.free:
                crowd.free.pop().ask(began + sent / visit.rate if visit.patient else time.perf_counter())
            else:
                unsent += 1
            sent += 1
        await asyncio.sleep(_TICK)
    return unsent


def main() -> None:
    """Visits from standard input, one after the other."""
    for line in sys.stdin:
        seen = uvloop.run(visited(Visit(**json.loads(line))))
        print(json.dumps(asdict(seen)), flush=True)


if __name__ == "__main__":
    main()
