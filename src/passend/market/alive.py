"""The bicycle shop alive: ``python -m passend.market.alive ADDRESS`` lets its days pass beside a server.

What happens in the shop goes to the interface of the server, as that of any shop would; offers for customers who are
there come from it, and go to the market, whose customers take them or do not. Nothing else is between the two.
"""

import argparse
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.language import chosen, phrase, speak, usual_language
from passend.market.demo import noted, shop_of
from passend.market.offers import make_offers
from passend.market.parameters import CHANNELS
from passend.market.world import Market

#: Segment's names of what customers do.
_NAMES = {"search": "Products Searched", "view": "Product Viewed", "abandon": "Product Added"}
_REACTIONS = ("click", "accept", "decline")
_BATCH = 500
#: Customers of a day who are asked for, and seconds that a day takes.
GREETED, SECONDS = 20, 2.0
#: What ``passend serve --demo`` opens to.
KEY = "sk_demo-passend-demo"
#: Calls the interface: method, path, body; returns what comes back.
Call = Callable[[str, str, Any], Any]


@dataclass
class Day:
    """What one day brought: events and orders told, offers shown, offers that were taken."""

    date: datetime
    events: int = 0
    orders: int = 0
    offered: int = 0
    taken: int = 0


@dataclass
class Alive:
    """The shop beside a server.

    Attributes:
        market: whose days pass.
        call: reaches the interface.
        pending: offers that wait for an answer: customer and product -> the key to react by, where there is one.
    """

    market: Market
    call: Call
    pending: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def day(self) -> Day:
        """Let a day pass and tell what happened."""
        since = self.market.today
        self.market.step(1)
        told = Day(self.market.today)
        events = _since(self.market.table("events"), "happened_at", since)
        events = events.filter(pc.is_in(events["kind"], value_set=pa.array([*_NAMES])))
        orders = _since(self.market.table("orders"), "ordered_at", since)
        told.events, told.orders = events.num_rows, len(pc.unique(orders["order_id"]))
        for batch in _batches([*_events(events), *_orders(orders)]):
            self.call("POST", "/v1/events", {"batch": batch})
        told.taken = self._answered(since)
        told.offered = self._greet(pc.unique(events["customer_id"]).drop_null().to_pylist()[:GREETED])
        return told

    def _greet(self, customers: Sequence[str]) -> int:
        """Ask what to offer to those who are there, show it, and leave it to the market."""
        ids = {str(one): code for code, one in enumerate(self.market.catalogue.ids)}
        shown: list[tuple[int, int]] = []
        for customer in customers:
            for offer in self.call("GET", f"/v1/customers/{customer}/offers?limit=1", None):
                code = ids.get(str(offer["product_id"]))
                if code is None:
                    continue
                if offer["key"]:
                    self.call("POST", f"/v1/offers/{offer['key']}/reactions", {"reaction": "shown"})
                self.pending[customer, offer["product_id"]] = offer["key"]
                shown.append((int(customer[1:]) - 1000, code))
        if shown:
            who, what = (np.array(column, np.int64) for column in zip(*shown, strict=True))
            self.market.send(make_offers(who, what, CHANNELS.index("onsite")))
        return len(shown)

    def _answered(self, since: datetime) -> int:
        """Tell which offers were taken or declined; returns how many were taken."""
        contacts = _since(self.market.table("contacts"), "happened_at", since)
        taken = 0
        for row in contacts.select(["customer_id", "product_id", "outcome"]).to_pylist():
            if (row["customer_id"], row["product_id"]) not in self.pending:
                continue
            key = self.pending.pop((row["customer_id"], row["product_id"]))
            taken += row["outcome"] == "accept"
            if key and row["outcome"] in _REACTIONS:
                self.call("POST", f"/v1/offers/{key}/reactions", {"reaction": row["outcome"]})
        return taken


def _since(table: pa.Table, column: str, since: datetime) -> pa.Table:
    return table.filter(pc.greater_equal(table[column], pa.scalar(since, pa.timestamp("us"))))


def _batches(told: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    for start in range(0, len(told), _BATCH):
        yield told[start : start + _BATCH]


def _events(events: pa.Table) -> Iterator[Mapping[str, Any]]:
    for row in events.to_pylist():
        properties = {"product_id": row["product_id"], "query": row["words"], "category": row["category"]}
        yield {
            "event": _NAMES[row["kind"]], "messageId": row["event_id"], "userId": row["customer_id"],
            "anonymousId": row["visit_id"], "timestamp": f"{row['happened_at'].isoformat()}Z",
            "properties": {name: value for name, value in properties.items() if value},
        }  # fmt: skip


def _orders(orders: pa.Table) -> Iterator[Mapping[str, Any]]:
    held: dict[str, list[Mapping[str, Any]]] = {}
    for row in orders.to_pylist():
        held.setdefault(row["order_id"], []).append(row)
    for number, lines in held.items():
        products = [
            {
                "product_id": row["product_id"],
                "quantity": row["quantity"],
                "price": row["unit_price_cents"] / 100,
            }
            for row in lines
        ]
        yield {
            "event": "Order Completed", "messageId": f"order-{number}", "userId": lines[0]["customer_id"],
            "timestamp": f"{lines[0]['ordered_at'].isoformat()}Z",
            "properties": {"order_id": number, "currency": lines[0]["currency"], "products": products},
        }  # fmt: skip


def caller(address: str, key: str) -> Call:
    """Reaches the interface at an address with a key."""

    def call(method: str, path: str, body: Any) -> Any:
        data = None if body is None else json.dumps(body).encode()
        head = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        asked = urllib.request.Request(address + path, data, head, method=method)  # noqa: S310 - the user's address
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - likewise
            return json.loads(answer.read() or b"null")

    return call


def wait_for(address: str, seconds: float = 120.0) -> bool:
    """Whether the server answers within the time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if caller(address, KEY)("GET", "/ready", None):
                return True
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    return False


def main(arguments: Sequence[str]) -> int:
    """Let days pass until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="of the demo's files")
    parser.add_argument("--days", type=int, default=10**9)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of a day")
    given = parser.parse_args(arguments)
    speak(usual_language())
    if not wait_for(given.address):
        return 1
    its = noted(given.folder) or shop_of(chosen(), date.today())
    shop = Alive(its.market(), caller(given.address, KEY))
    try:
        for _ in range(given.days):
            told = shop.day()
            said = phrase(
                "{date:d}: {events:n} events, {orders:n} orders, {offered:n} offers shown, {taken:n} taken",
                date=told.date, events=told.events, orders=told.orders, offered=told.offered, taken=told.taken,
            )  # fmt: skip
            print(said, flush=True)  # noqa: T201 - a command
            time.sleep(given.seconds)
    except KeyboardInterrupt:
        return 0
    except (OSError, urllib.error.URLError):
        return 0  # the server has ended
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
