"""The market: a clock that can be stepped, offers that can be made, and the tables that a real firm would have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.errors import InvalidInput
from passend.market import streams
from passend.market.catalogue import build_catalogue
from passend.market.demand import OFFERED, ORGANIC, SERVED, Records, live_week, new_records
from passend.market.history import past_campaign
from passend.market.laws import laws_of, weeks_of
from passend.market.ledger import TABLES, Ledger
from passend.market.logs import Lines, Log, Touches, Traces
from passend.market.offers import Offers, no_offers
from passend.market.parameters import CHANNELS, Value
from passend.market.people import State, build_people
from passend.market.scenario import Scenario, load_scenario

WEEK = 7 * 24 * 60
_BLOCK = 20_000


@dataclass(frozen=True)
class Sent:
    """What a market answers when offers are handed over.

    Attributes:
        taken: offers that go out in the coming week.
        refused: offers that do not, by reason.
        is_taken: of each row of the offers, whether it goes out.
    """

    taken: int
    refused: Mapping[str, int]
    is_taken: NDArray[np.bool_] = field(compare=False, repr=False)


class Market:
    """A world to try everything in: ``Market("bicycle-shop", seed=1)``.

    It begins with a history, in which a firm sold and made campaigns as firms do, and stands at its end. Step the
    clock, hand offers over, read the tables. What customers would have done otherwise stays hidden.

    Args:
        scenario: name of a shipped scenario, path of a file, or a ``Scenario``.
        seed: same scenario and seed, same market.
        changes: parameters to change, e.g. ``{"customers.number": 500}``.
        with_history: live through the history; without it the market stands at its first day.
    """

    def __init__(
        self,
        scenario: str | Path | Scenario,
        seed: int = 1,
        changes: Mapping[str, Value] | None = None,
        *,
        with_history: bool = True,
    ) -> None:
        loaded = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
        self.scenario = loaded.changed(changes or {})
        self.seed = seed
        self.catalogue = build_catalogue(self.scenario, seed, weeks_of(self.scenario))
        self.people, self.state = build_people(self.scenario, self.catalogue.goods, seed)
        self.laws = laws_of(self.scenario, self.people, self.catalogue.goods)
        self.week = 0
        self.minute = 0
        self.log = Log()
        self._key = np.uint64(streams.key_of(seed, 0))
        self._ledger = Ledger(self.scenario, self.catalogue, self.people, self.state.consent, seed)
        self._waiting = no_offers()
        if with_history:
            for week in range(self.scenario.whole("market.history_weeks")):
                self._live(past_campaign(self, week))
            self.minute = self.week * WEEK

    def __repr__(self) -> str:
        customers, products = self.scenario.whole("customers.number"), len(self.catalogue.goods.price)
        name = self.scenario.text("market.name")
        size = f"{customers:,} customers, {products:,} products"
        return f"Market({name!r}, seed={self.seed}: {size}, {self.today:%Y-%m-%d})"

    @property
    def today(self) -> datetime:
        """The present, naive UTC."""
        return self._ledger.begins + timedelta(minutes=self.minute)

    def now(self) -> datetime:
        """The present, as a clock tells it (``passend.ports.Clock``)."""
        return self.today

    def twin(self) -> "Market":
        """The same market at the same moment, to go another way over the same random numbers."""
        other = object.__new__(Market)
        other.__dict__.update(self.__dict__)
        other.state = State(*(column.copy() for column in self.state))  # type: ignore[arg-type]
        other.log = self.log.copy()
        return other

    def send(self, offers: Offers) -> Sent:
        """Hand offers over, as to a channel; they go out on the next Monday, at most one a customer and week.

        Refused are offers without permission, second offers to a customer, and offers to strangers. Caps and budgets
        are the sender's own to keep.

        Raises:
            InvalidInput: a row names a customer, product or channel that does not exist, or a discount outside 0 to .9.
        """
        self._check(offers)
        allowed = self.state.consent[offers.customer, offers.channel]
        is_known = self.people.begins[offers.customer] <= self.week
        rows = np.flatnonzero(allowed & is_known)
        first = rows[np.unique(offers.customer[rows], return_index=True)[1]]
        is_taken = np.zeros(len(offers.customer), dtype=bool)
        is_taken[first] = ~np.isin(offers.customer[first], self._waiting.customer)
        taken = int(is_taken.sum())
        self._waiting = self._waiting.with_rows(offers.where(is_taken))
        refused = {
            "no permission": int((~allowed & is_known).sum()),
            "unknown customer": int((~is_known).sum()),
            "second offer": len(rows) - taken,
        }
        return Sent(taken, {why: count for why, count in refused.items() if count}, is_taken)

    def step(self, days: int = 7) -> None:
        """Let days pass. Weeks begin on Mondays; what happens in them does not depend on the size of the steps."""
        self.minute += days * 24 * 60
        while self.week * WEEK < self.minute:
            waiting, self._waiting = self._waiting, no_offers()
            self._live(waiting)

    def tables(self) -> dict[str, pa.Table]:
        """The contract tables of the firm up to now: orders, returns, products, customers, and so on."""
        return {name: self.table(name) for name in TABLES}

    def table(self, name: str) -> pa.Table:
        """One of the contract tables, up to now."""
        return self._ledger.table(name, self.log, self.minute)

    def write_orders(self, file: Path, since: datetime | None = None) -> int:
        """Write the order file that the firm would export, with the usual dirt; returns its lines.

        Args:
            file: where to.
            since: only what was sold or came back from then on; everything where it is not given.
        """
        begun = 0 if since is None else int((since - self._ledger.begins).total_seconds() // 60)
        return self._ledger.write_orders(file, self.log, self.minute, begun)

    def _live(self, offers: Offers) -> None:
        count, week = len(self.people.kind), self.week
        product = np.full(count, -1, dtype=np.int64)
        channel, discount = np.zeros(count, dtype=np.int64), np.zeros(count)
        made = offers.where(~offers.held_out)
        product[made.customer], channel[made.customer] = made.product, made.channel
        discount[made.customer] = made.discount
        outcome = np.zeros(count, dtype=np.int8)
        for begin in range(0, count, _BLOCK):
            end = min(begin + _BLOCK, count)
            # At most one line and one service a slot, an offer with service, and two traces.
            room = new_records((end - begin) * (2 * self.people.family.shape[1] + 4))
            rows = live_week(
                self.catalogue.goods, self.people, self.laws, self.state, (begin, end), week, self._key,
                (product, channel, discount), outcome, room,
            )  # fmt: skip
            self._note(Records(*(column[:rows] for column in room)))  # type: ignore[arg-type]
        self._touch(offers, outcome)
        self.week += 1

    def _note(self, records: Records) -> None:
        customer, kind = records.customer.astype(np.int64), records.kind.astype(np.int64)
        product, number = records.product.astype(np.int64), records.number
        week = np.full(len(customer), self.week, dtype=np.int64)
        sold = kind <= OFFERED
        at = self.week * WEEK + self._minutes(customer, week, np.where(kind == SERVED, 0, kind))
        self.log.traces.append(
            Traces(
                customer[~sold],
                product[~sold],
                kind[~sold],
                at[~sold] + np.where(kind[~sold] == SERVED, 1500, 0),
                number[~sold],
            )
        )
        who, source = customer[sold], kind[sold]
        order = np.unique(who * 2 + source, return_inverse=True)[1] + self.log.orders
        luck = streams.draws(self._key, who, week[sold], streams.RETURN_DAY, np.arange(len(who)) * 0)
        chance = streams.draws(self._key, who, week[sold], streams.ASSIGN, 1 + source)
        back = np.where(number[sold] > 0, at[sold] + ((4 + 17 * luck) * 24 * 60).astype(np.int64), -1)
        self.log.lines.append(
            Lines(
                who,
                product[sold],
                order,
                at[sold],
                records.paid[sold],
                records.discount[sold],
                back,
                (chance < self.scenario.number("customers.guests")) & (source == ORGANIC),
                np.where(source == OFFERED, 0, np.floor(chance * 7919 % 3).astype(np.int64)),
            )
        )
        self.log.orders = int(order.max(initial=self.log.orders - 1)) + 1

    def _minutes(
        self, customer: NDArray[np.int64], week: NDArray[np.int64], place: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        day = streams.draws(self._key, customer, week, streams.WHEN, place)
        hour = streams.draws(self._key, customer, week, streams.WHEN, place + 100)
        usual = self.people.hour[customer] + (hour - 0.5) * 6
        clock = np.clip(usual * 60, 8 * 60, 24 * 60 - 1).astype(np.int64)
        return np.asarray(np.floor(day * 7).astype(np.int64) * 24 * 60 + clock)

    def _touch(self, offers: Offers, outcome: NDArray[np.int8]) -> None:
        came = np.where(offers.held_out, 0, outcome[offers.customer]).astype(np.int64)
        there = offers.held_out | (came > 0)
        made, came = offers.where(there), came[there]
        self.log.touches.append(
            Touches(
                made.customer,
                made.product,
                made.channel,
                np.full(len(came), self.week * WEEK + 7 * 60, dtype=np.int64),
                made.discount,
                made.probability,
                came,
                made.campaign,
            )
        )

    def _check(self, offers: Offers) -> None:
        limits = (
            ("customer", offers.customer, len(self.people.kind)),
            ("product", offers.product, len(self.catalogue.ids)),
            ("channel", offers.channel, len(CHANNELS)),
            ("discount", np.ceil(offers.discount * 10), 10),
        )
        for name, column, most in limits:
            wrong = np.flatnonzero((column < 0) | (column >= most))
            if len(wrong):
                raise InvalidInput(
                    f"An offer names the {name} {column[wrong[0]]:g}, which does not exist.",
                    record=f"row {wrong[0] + 1}",
                    remedy=f"Give a {name} from 0 to {most - 1}." if name != "discount" else "Give 0 to .9.",
                )
