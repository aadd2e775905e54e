"""Events of shops: how many a second in batches of 100, and what is left of them when the server is killed.

python -m benchmarks.serve_events [--json]

One process of `passend serve` on its default store (SQLite), with its worker inside; eight senders on the same cores.
While they send, the server is killed (`kill -9`) and started again; each batch that was not acknowledged is sent again,
and one in ten that was, too. In the end each event must be there once.
"""

from __future__ import annotations

import http.client
import json
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from benchmarks.kept import kept
from benchmarks.large_shop import large_shop
from benchmarks.row import Row, at_least, at_most
from benchmarks.served import Server, served
from benchmarks.showing import show
from passend.store import open_store
from passend.store.doors import ReceivedRow

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH, SENDERS, SECONDS = 100, 8, 10.0
KILLED_BATCHES = 600
COMMAND = "python -m benchmarks.serve_events"
_NAMES = ("Product Viewed", "Product Viewed", "Product Viewed", "Product Added", "Products Searched")


@dataclass
class Senders:
    """Eight at a time, each with a kept connection.

    Attributes:
        batches: numbers of those to send.
        told: numbers of those that were acknowledged.
        refused: statuses that are no acknowledgement.
    """

    server: Server
    batches: list[int]
    seconds: float = float("inf")
    told: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    ended: float = 0.0

    def run(self) -> float:
        """Send until nothing is left, or the time is over; returns seconds."""
        began = time.perf_counter()
        self.ended = began + self.seconds
        threads = [threading.Thread(target=self._send) for _ in range(SENDERS)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        return time.perf_counter() - began

    def _send(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        head = {"Authorization": f"Bearer {self.server.key}", "Content-Type": "application/json"}
        while self.batches and time.perf_counter() < self.ended:
            number = self.batches.pop()
            try:
                line.request("POST", "/v1/events", batch_of(number), head)
                answer = line.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                return  # the server is gone
            (self.told if answer.status == 202 else self.refused).append(
                number if answer.status == 202 else answer.status
            )


def batch_of(number: int) -> bytes:
    """A batch of events as it goes over the line; every number names another one, and always the same."""
    events = [
        {
            "event": _NAMES[place % len(_NAMES)], "messageId": f"m{number}-{place}",
            "userId": f"K{(number * 31 + place) % 10_000}", "anonymousId": f"V{number}",
            "timestamp": "2026-11-28T10:00:00Z",
            "properties": {"product_id": f"P{(number * 7 + place) % 1000}", "query": "red bike"},
        }
        for place in range(BATCH)
    ]  # fmt: skip
    return json.dumps({"batch": events}).encode()


def rows() -> Iterator[Row]:
    """The bars of events."""
    speed, processor, refused, lost, doubled, kept_batches, resent = kept(measured, SECONDS, KILLED_BATCHES)
    work = f"batches of {BATCH}, {SENDERS} senders, SQLite"
    yield Row(work, "events a second", speed, at_least(20_000, speed),
              f"{processor:.0f} microseconds of the server's processor an event", command=COMMAND)  # fmt: skip
    yield Row(work, "batches refused", refused, at_most(0, refused), command=COMMAND)
    killed = f"{KILLED_BATCHES} batches, kill -9 in the middle"
    yield Row(killed, "acknowledged events lost", lost, at_most(0, lost), f"{kept_batches} acknowledged before",
              command=COMMAND)  # fmt: skip
    yield Row(killed, "events counted twice or missing in the end", doubled, at_most(0, doubled),
              f"{resent} batches sent again", command=COMMAND)  # fmt: skip


def measured(seconds: float, batches: int) -> tuple[float, float, int, int, int, int, int]:
    """Speed, processor time, refusals, losses, doubles, and how much was at stake."""
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as place:
        folder = Path(place)
        large_shop(folder, 10_000, 1000)
        with served(folder) as server:
            Senders(server, list(range(10**6, 10**6 + 50))).run()
            before = server.processor_seconds()
            fast = Senders(server, list(range(2 * 10**6, 3 * 10**6)), seconds)
            took = fast.run()
            used = server.processor_seconds() - before
            speed = len(fast.told) * BATCH / took
            micros = used / (len(fast.told) * BATCH) * 1e6
            earlier = _count(folder)
            first = Senders(server, list(range(batches)))
            killer = threading.Timer(
                0.3 * batches * BATCH / speed, server.process.send_signal, (signal.SIGKILL,)
            )
            killer.start()
            first.run()
            killer.cancel()
        safe = _count(folder) - earlier
        lost = max(len(first.told) * BATCH - safe, 0)
        again = sorted(set(range(batches)) - set(first.told)) + first.told[::10]
        with served(folder) as server:
            second = Senders(server, list(again))
            second.run()
        wrong = abs(_count(folder) - earlier - batches * BATCH)
    return speed, micros, len(fast.refused), lost, wrong, len(first.told), len(again)


def _count(folder: Path) -> int:
    with open_store(folder) as store, store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(ReceivedRow.__table__)).scalar_one())


if __name__ == "__main__":
    sys.exit(show(rows(), as_json="--json" in sys.argv))
