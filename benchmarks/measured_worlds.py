"""Small shops with one campaign each, as tables that ``Effects().measure`` takes: sound ones, without a fault.

They differ in what may differ without a fault: size, share held out, how often and for how much people buy, weekdays,
closing times, a real effect of any size, phases with shares of their own, and what the log holds beside arm and time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

WINDOW, HISTORY = 30, 180
START = np.datetime64("2026-01-05T00:00:00", "us")
DAY = np.timedelta64(86_400_000_000, "us")
Rows = dict[str, "NDArray[Any]"]


@dataclass(frozen=True)
class World:
    """One shop.

    Attributes:
        exposures: a row a customer, column by column.
        outcomes: a row an order line, a refund or a contact.
        until: the end of what is known; None where the last outcome is.
        end: the same, always.
        phase: the one that is looked at.
        settings: what ``Effects`` is told beside what is usual.
    """

    exposures: Rows
    outcomes: Rows
    until: np.datetime64 | None
    end: np.datetime64
    phase: int = 1
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def held(self) -> NDArray[np.bool_]:
        """Who is held out, by exposure."""
        return np.asarray(self.exposures["arm"] == "held-out")

    def people(self, keep: NDArray[np.bool_]) -> World:
        """Only some exposures; the outcomes of the others stay."""
        return replace(self, exposures={name: values[keep] for name, values in self.exposures.items()})

    def lines(self, keep: NDArray[np.bool_]) -> World:
        """Only some outcomes."""
        return replace(self, outcomes={name: values[keep] for name, values in self.outcomes.items()})

    def exposed(self, **columns: NDArray[Any]) -> World:
        """With other columns of exposures."""
        return replace(self, exposures={**self.exposures, **columns})

    def brought(self, **columns: NDArray[Any]) -> World:
        """With other columns of outcomes."""
        return replace(self, outcomes={**self.outcomes, **columns})

    def more(self, rows: Rows) -> World:
        """With more outcomes."""
        return replace(
            self,
            outcomes={name: np.concatenate([values, rows[name]]) for name, values in self.outcomes.items()},
        )

    def owner(self) -> NDArray[np.int64]:
        """The exposure of each outcome's customer; -1 where there is none."""
        ids = self.exposures["customer_id"]
        order = np.argsort(ids)
        place = np.minimum(np.searchsorted(ids[order], self.outcomes["customer_id"]), len(ids) - 1)
        found = order[place]
        return np.where(ids[found] == self.outcomes["customer_id"], found, -1)

    def of_held(self) -> NDArray[np.bool_]:
        """Outcomes of the held-out."""
        owner = self.owner()
        return np.asarray(self.held[owner] & (owner >= 0))

    def days_after(self) -> NDArray[np.float64]:
        """Days from eligibility to each outcome; those of others are not numbers."""
        owner = self.owner()
        days = (self.outcomes["happened_at"] - self.exposures["eligible_at"][owner]) / DAY
        return np.where(owner >= 0, days, np.nan)

    def tables(self) -> tuple[pa.Table, pa.Table, datetime | None]:
        """What ``Effects().measure`` is given."""
        until = None if self.until is None else self.until.astype("datetime64[us]").item()
        return pa.table(self.exposures), pa.table(self.outcomes), until


@dataclass(frozen=True)
class Trade:
    """What makes a shop.

    Attributes:
        people: eligible customers.
        held: share held out.
        rate: orders of a customer in 30 days.
        sigma: of the logarithm of an amount.
        lift: what the campaign adds to the orders of those it reaches.
        habits: how alike customers are; small is unlike.
        spread: days over which customers become eligible.
        hours: times of day at which they do: ``day`` (8 to 20), ``batch`` (once a day) or ``date`` (none known).
        closed: whether nothing is sold on Sundays, and for four days once.
        reach: share that comes to a contact; 0 where the log does not say.
        has_chance: whether chances are logged.
        has_channel: whether channels are.
        phases: one, or two with different shares.
        is_told_until: whether the end of the data is told, or is the last outcome.
        has_orders: whether order and product numbers are given.
        fixed_prices: whether the same product always costs the same, so that lines are often equal.
        failed: share of contacts that could not be sent.
        wears_off: days after which an effect is a third; 0 where it lasts through the window.
    """

    people: int
    held: float
    rate: float
    sigma: float
    lift: float
    habits: float = 0.8
    spread: int = 42
    hours: str = "day"
    closed: bool = False
    reach: float = 0.9
    has_chance: bool = True
    has_channel: bool = True
    phases: int = 1
    is_told_until: bool = True
    has_orders: bool = True
    fixed_prices: bool = False
    failed: float = 0.0
    wears_off: float = 0.0


def any_trade(random: np.random.Generator) -> Trade:
    """A sound shop of any kind."""
    held = float(random.choice([0.05, 0.1, 0.2, 0.3, 0.5]))
    least = max(1_500, 150 / held)
    return Trade(
        people=int(np.exp(random.uniform(np.log(least), np.log(20_000)))),
        held=held,
        rate=float(np.exp(random.uniform(np.log(0.03), np.log(0.8)))),
        sigma=float(random.uniform(0.4, 1.6)),
        lift=float(random.choice([0.0, 0.0, 0.05, 0.2, 0.5, 1.0, -0.1, -0.3])),
        habits=float(random.uniform(0.3, 2.0)),
        spread=int(random.integers(10, 70)),
        hours=str(random.choice(["day", "batch", "date"], p=[0.5, 0.3, 0.2])),
        closed=bool(random.random() < 0.3),
        reach=float(random.choice([0.0, 0.6, 0.9, 1.0], p=[0.2, 0.2, 0.4, 0.2])),
        has_chance=bool(random.random() < 0.75),
        has_channel=bool(random.random() < 0.6),
        phases=int(random.choice([1, 2], p=[0.75, 0.25])),
        is_told_until=bool(random.random() < 0.5),
        has_orders=bool(random.random() < 0.7),
        fixed_prices=bool(random.random() < 0.4),
        failed=float(random.choice([0.0, 0.01])),
        wears_off=float(random.choice([0.0, 4.0, 10.0])),
    )


def full_trade(random: np.random.Generator) -> Trade:
    """A shop of middle size whose log is complete: in it a fault can be seen."""
    return Trade(
        people=int(random.integers(4_000, 10_000)), held=float(random.choice([0.1, 0.2, 0.3])),
        rate=float(random.uniform(0.2, 0.6)), sigma=float(random.uniform(0.4, 1.2)),
        lift=float(random.choice([0.0, 0.1, 0.3])), spread=int(random.integers(28, 60)),
    )  # fmt: skip


def made(trade: Trade, random: np.random.Generator) -> World:
    """The tables of a shop."""
    exposures = _exposures(trade, random)
    end = START + np.timedelta64(trade.spread + WINDOW + int(random.integers(3, 30)), "D")
    outcomes = _outcomes(trade, exposures, end, random)
    late = outcomes["happened_at"].max() >= exposures["eligible_at"].max() + (WINDOW + 1) * DAY
    until = end if trade.is_told_until or not late else None
    return World(exposures, outcomes, until, end)


def _exposures(trade: Trade, random: np.random.Generator) -> Rows:
    n = trade.people
    days = random.integers(0, trade.spread, n)
    if trade.hours == "batch":
        hours = np.full(n, 9.0)
    elif trade.hours == "date":
        hours = np.zeros(n)
    else:
        hours = 8 + 12 * random.beta(2, 2, n)
    at = START + days * DAY + (hours * 3_600e6).astype("timedelta64[us]")
    phase = np.where((days >= trade.spread // 2) & (trade.phases > 1), 2, 1)
    held_share = np.where(phase == 1, trade.held, min(trade.held * 1.5, 0.5))
    held = random.random(n) < held_share
    rows: Rows = {
        "customer_id": np.array([f"{number:07d}" for number in random.permutation(10 * n)[:n]]),
        "arm": np.where(held, "held-out", "treated"),
        "eligible_at": at,
        "phase": phase,
    }
    if trade.has_chance:
        rows["chance"] = 1 - held_share
    reached = random.random(n) < (trade.reach or 1.0)
    rows["is_contacted"] = ~held & reached & (random.random(n) >= trade.failed)
    if trade.reach:
        # A contact a few hours to days after the entry, and a would-be contact likewise.
        later = (random.exponential(1.5, n) * 86_400e6).astype("timedelta64[us]")
        rows["exposed_at"] = np.where(reached, at + later, np.datetime64("NaT", "us"))
        if trade.has_channel:
            kind = random.choice(["email", "post", "sms"], n, p=[0.6, 0.25, 0.15]).astype(object)
            kind[~reached] = None
            rows["channel"] = kind
    return rows


def _outcomes(trade: Trade, exposures: Rows, end: np.datetime64, random: np.random.Generator) -> Rows:
    n = trade.people
    habit = trade.rate * random.gamma(trade.habits, 1 / trade.habits, n)
    began = START - np.timedelta64(HISTORY, "D")
    span = float((end - began) / DAY)
    # Some have been customers for a short time only.
    since = np.where(random.random(n) < 0.3, random.uniform(0, HISTORY, n), 0.0)
    who = np.repeat(np.arange(n), random.poisson(habit * span / 30))
    at = random.uniform(0, span, len(who))
    keep = at >= since[who]
    who, at = who[keep], at[keep]
    begins = (exposures["eligible_at"] - began) / DAY
    change = random.random(len(who)) < max(-trade.lift, 0)
    inside = (at >= begins[who]) & (at < begins[who] + WINDOW)
    lost = change & inside & exposures["is_contacted"][who]
    who, at = who[~lost], at[~lost]
    if trade.lift > 0:
        more = np.repeat(np.arange(n), random.poisson(habit * trade.lift * exposures["is_contacted"]))
        who = np.concatenate([who, more])
        after = (
            random.exponential(trade.wears_off, len(more))
            if trade.wears_off
            else random.uniform(0, WINDOW, len(more))
        )
        at = np.concatenate([at, begins[more] + after])
    when = began + (at * 86_400e6).astype("timedelta64[us]")
    if trade.closed:
        day = when.astype("datetime64[D]")
        sunday = (day.astype(np.int64) + 3) % 7 == 6
        holidays = np.datetime64("2026-01-29"), np.datetime64("2026-02-01")
        keep = ~sunday & ~((day >= holidays[0]) & (day <= holidays[1]))
        who, when = who[keep], when[keep]
    if trade.hours == "date":
        when = when.astype("datetime64[D]").astype("datetime64[us]")
    keep = when < end
    return _lines(trade, exposures["customer_id"], who[keep], when[keep], random)


def _lines(
    trade: Trade, ids: NDArray[Any], who: NDArray[np.int64], when: NDArray[Any], random: np.random.Generator
) -> Rows:
    """Orders with one to three lines, some of which come back: a refund is booked with the sale that it belongs to."""
    count = random.choice([1, 2, 3], len(who), p=[0.6, 0.3, 0.1])
    order = np.repeat(np.arange(len(who)), count)
    products = random.zipf(1.4, len(order)) % 200
    price = np.round(np.exp(random.normal(3, trade.sigma, 200)), 2)
    pieces = random.choice([1, 1, 1, 2], len(order))
    scatter = 0.0 if trade.fixed_prices else trade.sigma / 3
    amount = np.round(price[products] * pieces * np.exp(random.normal(0, scatter, len(order))), 2)
    back = random.random(len(order)) < 0.05
    lines: Rows = {
        "customer_id": ids[who[order]],
        "happened_at": when[order],
        "amount": amount,
    }
    if trade.has_orders:
        lines["order_id"] = np.array([f"O{number}" for number in order])
        lines["product_id"] = np.array([f"P{number}" for number in products])
    return {
        name: np.concatenate([values, -values[back] if name == "amount" else values[back]])
        for name, values in lines.items()
    }
