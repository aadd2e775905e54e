"""The firm's tables as a past: what ``decisions.knowledge`` learns from, coded in the order of identifiers."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.decisions.candidates import Side
from passend.decisions.goods import Assortment
from passend.decisions.knowledge import Looks, Past, Sales, Service, Touches
from passend.decisions.knowledge.history import Floats
from passend.decisions.knowledge.past import DAYS, Flags, clock_of, in_order, midnight_after
from passend.decisions.rules.schema import Values
from passend.engines import sql
from passend.ports import Engine
from passend.tables.frames import plain
from passend.vocabulary import Channel

#: The tables of the past, and the time of each row.
_TIMES = {
    "past_sales": "ordered_at", "past_looks": "happened_at", "past_offers": "happened_at",
    "past_service": "happened_at",
}  # fmt: skip
_DAY = 86_400_000_000.0


def past_of(engine: Engine, sides: tuple[Side, Side], assumed: Values, as_of: datetime) -> Past:
    """The past of a firm, as its engine has it.

    Args:
        engine: holds orders, events and contacts.
        sides: customers and products.
        assumed: money that the tables do not tell.
        as_of: the present moment; weeks are counted back from the midnight after it.
    """
    assortment = Assortment.of(sides[1], assumed.margin_share)
    today = midnight_after(as_of)
    tables = {name: fetched(engine, name) for name in _TIMES}
    ages = [_ages(tables[name][column], today) for name, column in _TIMES.items()]
    week, (sold, looked, asked, served) = clock_of(ages)
    coded = _Coded(*sides, assortment)
    sales, looks, offers, service = tables.values()
    return in_order(
        Past(
            len(sides[0]), today, week, assortment.goods, assortment.shelf, assortment.department,
            coded.sales(sales, sold), coded.looks(looks, looked), coded.touches(offers, asked),
            coded.service(service, served), assumed.order_cost_cents, assumed.return_cost_cents,
            assumed.return_most_share,
        )
    )  # fmt: skip


def fetched(engine: Engine, name: str) -> pa.Table:
    """The rows of a file of the decisions room, which the engine then forgets."""
    engine.create(name, sql("decisions", name))
    table = plain(engine.fetch(name))
    engine.drop(name)
    return table


def _ages(times: pa.ChunkedArray, today: datetime) -> Floats:
    """Days from each time until today."""
    at = times.cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()
    now = pa.scalar(today, pa.timestamp("us")).cast(pa.int64()).as_py()
    return np.asarray((now - at) / _DAY)


@dataclass(frozen=True)
class _Coded:
    """Rows by the codes of customers and products; rows of others are left out."""

    customers: Side
    products: Side
    assortment: Assortment

    def sales(self, table: pa.Table, day: Floats) -> Sales:
        who, what = self.customers.codes_of(table["customer_id"]), self.products.codes_of(table["product_id"])
        columns = Sales(
            who.astype(np.int64), what.astype(np.int64), day, _flags(table, "is_reduced"), _flags(table, "is_back"),
            _flags(table, "is_free"),
        )  # fmt: skip
        return columns.rows((who >= 0) & (what >= 0) & (day >= 0))

    def looks(self, table: pa.Table, day: Floats) -> Looks:
        who, what = self.customers.codes_of(table["customer_id"]), self.products.codes_of(table["product_id"])
        group = np.where(what >= 0, self.assortment.goods.group[np.maximum(what, 0)], -1)
        searched = np.flatnonzero(what < 0)
        named = table.take(pa.array(searched))
        group[searched] = self.assortment.searched(named["category"].to_pylist(), named["words"].to_pylist())
        week = np.floor(day / DAYS).astype(np.int64)
        return Looks(who.astype(np.int64), group, week).rows((who >= 0) & (group >= 0) & (day >= 0))

    def touches(self, table: pa.Table, day: Floats) -> Touches:
        who, what = self.customers.codes_of(table["customer_id"]), self.products.codes_of(table["product_id"])
        channel = pc.fill_null(pc.index_in(table["channel"].cast(pa.string()), pa.array(list(Channel))), -1)
        code = channel.to_numpy().astype(np.int64)
        columns = Touches(
            who.astype(np.int64), what.astype(np.int64), code, day,
            table["discount_share"].to_numpy().astype(float),
            table["probability"].cast(pa.float64()).to_numpy().astype(float),
            _flags(table, "is_noticed"), _flags(table, "has_withdrawn"), _flags(table, "is_held_out"),
        )  # fmt: skip
        return columns.rows((who >= 0) & (what >= 0) & (code >= 0) & (day >= 0))

    def service(self, table: pa.Table, day: Floats) -> Service:
        who = self.customers.codes_of(table["customer_id"]).astype(np.int64)
        columns = Service(who, table["cost_cents"].to_numpy().astype(float))
        return columns.rows((who >= 0) & (day >= 0))


def _flags(table: pa.Table, name: str) -> Flags:
    return np.asarray(pc.fill_null(table[name], False).to_numpy(zero_copy_only=False), dtype=np.bool_)
