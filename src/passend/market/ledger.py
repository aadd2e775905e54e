"""The firm's books: what happened, as the contract tables that a real firm would have up to a moment."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.language import speaking, word
from passend.market import streams
from passend.market.catalogue import KINDS, Catalogue
from passend.market.demand import ABANDON, SEARCH, SERVED, VIEW
from passend.market.logs import Lines, Log, Touches, Traces, joined
from passend.market.order_file import write_order_file
from passend.market.parameters import CHANNELS
from passend.market.people import People
from passend.market.scenario import Scenario
from passend.tables import contract

TABLES = (
    "orders",
    "returns",
    "products",
    "customers",
    "contracts",
    "events",
    "contacts",
    "consents",
    "costs",
)
OUTCOMES = ("held-out", "none", "open", "click", "accept", "decline", "unsubscribe")
_PLACES = ("web", "store", "app")
_TRACES = {VIEW: "view", SEARCH: "search", ABANDON: "abandon"}
_MINUTE = 60_000_000


class Ledger:
    """Turns what happened into tables. Knows the catalogue and what the firm asks of customers, not their minds."""

    def __init__(
        self, scenario: Scenario, catalogue: Catalogue, people: People, consent: NDArray[np.bool_], seed: int
    ) -> None:
        self._scenario = scenario
        self._catalogue = catalogue
        self._people = people
        self._given = consent.copy()
        self._seed = seed
        self._currency = scenario.text("market.currency")
        self.begins = datetime.fromisoformat(scenario.text("market.begins"))
        self._epoch = int((self.begins - datetime(1970, 1, 1)).total_seconds() // 60)
        self._names = pa.array(catalogue.ids, pa.string())

    def table(self, name: str, log: Log, until: int) -> pa.Table:
        """A contract table, of what was known at a minute."""
        columns = getattr(self, f"_{name}")(log, until)
        kind = contract(name)
        return kind.check(
            pa.table(
                {
                    field.name: columns.get(
                        field.name, pa.nulls(len(next(iter(columns.values()))), field.type)
                    )
                    for field in kind.schema
                }
            )
        )

    def write_orders(self, file: Path, log: Log, until: int, since: int = 0) -> int:
        """The order file as the firm's system would export it, with dirt: what happened from one minute to another."""
        lines = self._lines(log, until)
        fresh = (lines.at >= since) | (lines.returned_at >= since)
        lines = Lines(*(getattr(lines, name)[fresh] for name in Lines.__dataclass_fields__))
        return write_order_file(file, lines, self._catalogue, self._scenario, self._seed, since)

    @staticmethod
    def _lines(log: Log, until: int) -> Lines:
        lines: Lines = joined(Lines, log.lines)  # type: ignore[assignment]
        known = lines.at < until
        back = np.where(lines.returned_at < until, lines.returned_at, -1)[known]
        rows = {name: getattr(lines, name)[known] for name in Lines.__dataclass_fields__}
        return Lines(**{**rows, "returned_at": back})

    def _orders(self, log: Log, until: int) -> dict[str, pa.Array]:
        lines = self._lines(log, until)
        place = _within(lines.order)
        count = len(lines.at)
        return {
            "order_id": _ids("", lines.order + 100_001),
            "line": pa.array(place + 1),
            "customer_id": _ids("K", lines.customer + 1000, lines.guest),
            "product_id": self._names.take(pa.array(lines.product)),
            "ordered_at": self._times(lines.at),
            "quantity": pa.array(np.ones(count)),
            "returned_quantity": pa.array((lines.returned_at >= 0).astype(float)),
            "unit_price_cents": pa.array(lines.price),
            "discount_cents": pa.array(lines.discount),
            "revenue_cents": pa.array(lines.price - lines.discount),
            "currency": self._money(count),
            "channel": pa.array(_PLACES).take(pa.array(lines.channel)),
            "is_gift": pa.array(np.zeros(count, dtype=bool)),
        }

    def _returns(self, log: Log, until: int) -> dict[str, pa.Array]:
        lines = self._lines(log, until)
        place = _within(lines.order) + 1
        back = np.flatnonzero(lines.returned_at >= 0)
        return {
            "return_id": _ids("R", (lines.order[back] + 100_001) * 100 + place[back]),
            "line": pa.array(np.ones(len(back), dtype=np.int64)),
            "customer_id": _ids("K", lines.customer[back] + 1000, lines.guest[back]),
            "product_id": self._names.take(pa.array(lines.product[back])),
            "returned_at": self._times(lines.returned_at[back]),
            "quantity": pa.array(np.ones(len(back))),
            "amount_cents": pa.array(lines.price[back] - lines.discount[back]),
            "currency": self._money(len(back)),
            "order_id": _ids("", lines.order[back] + 100_001),
            "order_line": pa.array(place[back]),
            "is_on_sale_row": pa.array(np.zeros(len(back), dtype=bool)),
        }

    def _products_sold(self, log: Log, until: int) -> tuple[NDArray[np.int64], ...]:
        lines = self._lines(log, until)
        count = len(self._catalogue.ids)
        first = np.full(count, np.iinfo(np.int64).max)
        last = np.full(count, -1)
        np.minimum.at(first, lines.product, lines.at)
        np.maximum.at(last, lines.product, lines.at)
        return np.bincount(lines.product, minlength=count), first, last

    def _products(self, log: Log, until: int) -> dict[str, pa.Array]:
        goods, catalogue = self._catalogue.goods, self._catalogue
        orders, first, last = self._products_sold(log, until)
        never = orders == 0
        return {
            "product_id": self._names,
            "name": pa.array(catalogue.names, pa.string()),
            "category": pa.array(catalogue.categories[goods.family], pa.string()),
            "price_cents": pa.array(goods.price),
            "unit_cost_cents": pa.array(goods.cost),
            "currency": self._money(len(goods.price)),
            "kind": pa.array(KINDS).take(pa.array(catalogue.kinds[goods.family])),
            "is_active": pa.array(np.ones(len(goods.price), dtype=bool)),
            "orders": pa.array(orders),
            "first_sold_at": self._times(first, never),
            "last_sold_at": self._times(last, never),
        }

    def _customers(self, log: Log, until: int) -> dict[str, pa.Array]:
        del log
        random = streams.generator(self._seed, 5)
        people, count = self._people, len(self._people.kind)
        with speaking(self._scenario.text("market.language")):
            regions = np.array([word("North"), word("East"), word("South"), word("West")], dtype=object)
            business, private = word("business"), word("private")
        # Age goes with price sensitivity, the class with spending: what a firm sees tells a little of what it does not.
        born = 1978 + np.round(10 * np.log(people.sensitivity) + random.normal(0, 9, count)).astype(np.int64)
        region = regions[random.integers(0, 4, count)]
        is_business = random.random(count) < np.where(
            people.weekly_spend > np.quantile(people.weekly_spend, 0.8), 0.4, 0.1
        )
        known = np.flatnonzero(people.begins * 7 * 24 * 60 < max(until, 1))
        return {
            "customer_id": _ids("K", known + 1000),
            "since": self._times(people.begins[known].astype(np.int64) * 7 * 24 * 60),
            "email": pc.binary_join_element_wise(_ids("k", known + 1000), "@example.org", ""),
            "region": pa.array(region[known], pa.string()),
            "birth_year": pa.array(np.clip(born, 1930, 2008)[known]),
            "segment": pa.array(np.where(is_business, business, private)[known], pa.string()),
            "language": pa.array(np.full(len(known), "de", dtype=object), pa.string()),
        }

    def _contracts(self, log: Log, until: int) -> dict[str, pa.Array]:
        lines = self._lines(log, until)
        goods = self._catalogue.goods
        mine = np.flatnonzero((self._catalogue.kinds[goods.family[lines.product]] == 2) & ~lines.guest)
        weeks = goods.lifetime[goods.family[lines.product[mine]]]
        days = np.maximum(np.round(weeks * 7), 1).astype(np.int64)
        place = _within(lines.order)
        return {
            "contract_id": _ids("V", (lines.order[mine] + 100_001) * 100 + place[mine]),
            "customer_id": _ids("K", lines.customer[mine] + 1000),
            "product_id": self._names.take(pa.array(lines.product[mine])),
            "started_at": self._times(lines.at[mine]),
            "ends_at": self._times(lines.at[mine] + days * 24 * 60),
            "cancelled_at": self._times(lines.returned_at[mine], lines.returned_at[mine] < 0),
            "period_days": pa.array(days),
            "fee_cents": pa.array(lines.price[mine] - lines.discount[mine]),
            "currency": self._money(len(mine)),
        }

    def _events(self, log: Log, until: int) -> dict[str, pa.Array]:
        traces: Traces = joined(Traces, log.traces)  # type: ignore[assignment]
        seen = np.flatnonzero((traces.kind != SERVED) & (traces.at < until))
        lines = self._lines(log, until)
        luck = streams.draws(
            np.uint64(streams.key_of(self._seed, 0)),
            lines.customer,
            lines.order,
            streams.ASSIGN,
            lines.product % 64,
        )
        # Guests leave no number, neither with their orders nor with what they say of them.
        spoke = np.flatnonzero((luck < 0.02) & ~lines.guest)
        said = (lines.order[spoke] + 100_001) * 100 + _within(lines.order)[spoke]
        words = np.array(["referral", "post"], dtype=object)[(luck[spoke] < 0.012).astype(int)]
        product = np.concatenate([traces.product[seen], lines.product[spoke]])
        kind = np.concatenate([[_TRACES[one] for one in traces.kind[seen].tolist()], words]).astype(object)
        customer = np.concatenate([traces.customer[seen], lines.customer[spoke]])
        at = np.concatenate([traces.at[seen], np.minimum(lines.at[spoke] + 4000, until - 1)])
        family = self._catalogue.goods.family[product]
        names = np.array(self._catalogue.family_names, dtype=object)[family]
        is_text = (kind == "search") | (kind == "post")
        return {
            # A row keeps its number however much comes after it.
            "event_id": pa.concat_arrays([_ids("E", seen + 1), _ids("W", said)]),
            "customer_id": _ids("K", customer + 1000),
            "visit_id": _ids("S", customer * 10_000_000 + at // (24 * 60)),
            "happened_at": self._times(at),
            "kind": pa.array(kind, pa.string()),
            "product_id": self._names.take(pa.array(product, mask=kind == "search")),
            "category": pa.array(self._catalogue.categories[family], pa.string()),
            "words": pa.array(names, pa.string(), mask=~is_text),
            "channel": pa.array(np.full(len(product), "web", dtype=object), pa.string()),
        }

    def _contacts(self, log: Log, until: int) -> dict[str, pa.Array]:
        touches: Touches = joined(Touches, log.touches)  # type: ignore[assignment]
        traces: Traces = joined(Traces, log.traces)  # type: ignore[assignment]
        out = np.flatnonzero(touches.at < until)
        came_in = np.flatnonzero((traces.kind == SERVED) & (traces.at < until) & (traces.amount >= 5))
        here, there = len(out), len(came_in)
        cost = np.array([self._scenario.number(f"{one}.cost") for one in CHANNELS])[touches.channel[out]]
        cost = np.where(touches.outcome[out] == 0, 0, np.round(cost)).astype(np.int64)
        served = np.round(traces.amount[came_in] * self._scenario.number("costs.minute")).astype(np.int64)
        is_out = np.arange(here + there) < here
        both = np.concatenate
        campaign = touches.campaign[out].astype(np.int64)
        outcome = both([touches.outcome[out], np.full(there, len(OUTCOMES))])
        return {
            "contact_id": pa.concat_arrays([_ids("C", out + 1), _ids("S", came_in + 1)]),
            "customer_id": _ids("K", both([touches.customer[out], traces.customer[came_in]]) + 1000),
            "happened_at": self._times(both([touches.at[out], traces.at[came_in]])),
            "direction": pa.array(np.where(is_out, "out", "in"), pa.string()),
            "channel": pa.array([*CHANNELS]).take(pa.array(both([touches.channel[out], np.full(there, 3)]))),
            "purpose": pa.array(np.where(is_out, "offer", "service"), pa.string()),
            "product_id": self._names.take(pa.array(both([touches.product[out], traces.product[came_in]]))),
            "campaign": _ids(
                "campaign-",
                both([campaign, np.zeros(there, dtype=np.int64)]),
                both([campaign < 0, np.ones(there, bool)]),
            ),
            "discount_share": pa.array(both([touches.discount[out], np.zeros(there)]), mask=~is_out),
            "probability": pa.array(
                both([touches.probability[out], np.full(there, np.nan)]), from_pandas=True
            ),
            "outcome": pa.array([*OUTCOMES, "resolved"]).take(pa.array(outcome)),
            "minutes": pa.array(both([np.zeros(here), traces.amount[came_in]]), mask=is_out),
            "cost_cents": pa.array(both([cost, served])),
            "currency": self._money(here + there),
        }

    def _consents(self, log: Log, until: int) -> dict[str, pa.Array]:
        touches: Touches = joined(Touches, log.touches)  # type: ignore[assignment]
        begins = self._people.begins.astype(np.int64) * 7 * 24 * 60
        first, channel = np.nonzero(self._given & (begins[:, None] <= until))
        gone = np.flatnonzero((touches.outcome == 6) & (touches.at < until))
        who = np.concatenate([first, touches.customer[gone]])
        at = np.concatenate([begins[first], touches.at[gone] + 60])
        given = np.arange(len(who)) < len(first)
        return {
            "customer_id": _ids("K", who + 1000),
            "channel": pa.array([*CHANNELS]).take(pa.array(np.concatenate([channel, touches.channel[gone]]))),
            "said_at": self._times(at),
            "is_given": pa.array(given),
            "basis": pa.array(np.where(given, "double opt-in", "objection"), pa.string()),
            "evidence": pa.array(np.where(given, "form at registration", "link in the message"), pa.string()),
        }

    def _costs(self, log: Log, until: int) -> dict[str, pa.Array]:
        del log, until
        rows = [("contact", one, self._scenario.number(f"{one}.cost")) for one in CHANNELS]
        rows += [
            ("service", "any", self._scenario.number("costs.minute")),
            ("return", "any", self._scenario.number("costs.return")),
            ("order", "any", self._scenario.number("costs.line")),
        ]
        return {
            "kind": pa.array([row[0] for row in rows]),
            "name": pa.array([row[1] for row in rows]),
            "amount_cents": pa.array([round(row[2]) for row in rows], pa.int64()),
            "currency": self._money(len(rows)),
            "source": pa.array(["scenario"] * len(rows)),
        }

    def _times(self, minutes: NDArray[np.int64], missing: NDArray[np.bool_] | None = None) -> pa.Array:
        return pa.array((minutes + self._epoch) * _MINUTE, pa.int64(), mask=missing).cast(pa.timestamp("us"))

    def _money(self, count: int) -> pa.Array:
        return pa.repeat(pa.scalar(self._currency, pa.string()), count)


def _ids(prefix: str, numbers: NDArray[np.int64], missing: NDArray[np.bool_] | None = None) -> pa.Array:
    text = pa.array(numbers, pa.int64(), mask=missing).cast(pa.string())
    return pc.binary_join_element_wise(pa.scalar(prefix), text, "") if prefix else text


def _within(order: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of each line within its order; lines of an order need not stand together."""
    by_order = np.argsort(order, kind="stable")
    in_order = order[by_order]
    first = (
        np.flatnonzero(np.concatenate([[True], in_order[1:] != in_order[:-1]]))
        if len(order)
        else np.zeros(0, int)
    )
    place = np.empty(len(order), dtype=np.int64)
    place[by_order] = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    return place
