"""How long triggers take after 10,000 new events, among a million customers and among a tenth of them."""

import time
from collections.abc import Iterator
from typing import Any

from benchmarks.campaign_firms import CAMPAIGN, NOW, people_under_way, sqlite
from benchmarks.kept import kept
from benchmarks.row import Row, at_most
from passend.campaigns import parse_campaign
from passend.flow.campaigns.entering import HoldOut
from passend.flow.campaigns.publishing import impact, publish, save_draft
from passend.flow.campaigns.running import running
from passend.flow.campaigns.triggering import judge, receive

EVENTS = 10_000
CART = """
name: cart
trigger: {on: cart left, after: 4 hours}
steps:
  remind: {send: email, then: end, failed: end}
  end: {stop: all said}
"""


def judged(people: int) -> dict[str, float]:
    """Receive and judge the events among so many customers who are under way in another campaign."""
    with sqlite() as store:
        people_under_way(store, people, 0, CAMPAIGN)
        read = parse_campaign(CART)
        save_draft(store, read, "bench", NOW)
        publish(store, read.name, impact(store, read.name).token, "bench", NOW)
        events: list[dict[str, Any]] = [
            {"key": f"e{number}", "kind": ("cart", "view", "order")[number % 3],
             "customer_id": f"C{number * 97 % people:07d}", "product_id": f"P{number % 500}", "order_id": f"O{number}",
             "happened_at": NOW}
            for number in range(EVENTS)
        ]  # fmt: skip
        seconds, processor = time.perf_counter(), time.process_time()
        with store.change() as connection:
            receive(connection, events, NOW)
        with store.read() as connection:
            runs = running(connection)
        entered = judge(store, runs, HoldOut(), NOW)
        return {
            "seconds": time.perf_counter() - seconds,
            "processor": time.process_time() - processor,
            "entered": entered,
        }


def rows(people: int = 1_000_000) -> Iterator[Row]:
    """Seconds, and whether they grow with the number of customers."""
    few, many = kept(judged, people // 10), kept(judged, people)
    yield Row(f"{EVENTS:,} new events, {people:,} customers", "seconds", many["seconds"], at_most(5, many["seconds"]),
              f"processor time {many['processor']:.2f} s; {many['entered']:,.0f} entered")  # fmt: skip
    growth = many["processor"] / few["processor"]
    yield Row(
        f"ten times the customers: {people // 10:,} to {people:,}",
        "times the processor time",
        growth,
        at_most(1.5, growth),
    )
