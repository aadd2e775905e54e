"""From the firm's contacts to the table ``offer_effects``: what a contact adds for each recommended product.

Learned from a sample of customers and applied to the recommended pairs block by block. A firm without contacts pays
for one count. Popular products stand for themselves, the others for their category.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from passend.customers.offer_effects.effects import DAYS, LEAST_SENT, Effects, Offered, learn_effects
from passend.customers.offer_effects.history import Floats, History, Ints
from passend.ports import Engine, Statement
from passend.tables import contract
from passend.tables.frames import plain
from passend.vocabulary import CannotBeMeasured

CHANNELS = ("email", "onsite", "desk", "phone")
#: Customers to learn from: with offers, and without; products that stand for themselves; customers judged at once.
_OFFERED, _OTHERS, _OWN_GROUP, _SHELVES, _BLOCK = 6000, 2000, 50, 20, 5000
_CONTACTS = """
select contact_id, customer_id, product_id, channel, happened_at, probability, discount_share,
    coalesce(outcome, 'none') = 'held-out' as is_held_out
from contacts
where direction = 'out' and purpose = 'offer' and product_id is not null
    and channel in ('email', 'onsite', 'desk', 'phone')
"""
_ORDERS = """
select customer_id, product_id, ordered_at
from orders
where customer_id is not null and ordered_at is not null
"""
_PAIRS = "select distinct customer_id, product_id from recommendations"


def offer_effects(engine: Engine) -> pa.Table:
    """The effects of the pairs in ``recommendations``; no rows where there are too few contacts."""
    nothing = contract("offer_effects").empty()
    contacts = _fetch(engine, "offer_contacts", _CONTACTS)
    if contacts.num_rows < LEAST_SENT:
        return nothing
    firm = _Firm(engine, contacts.sort_by("contact_id"))
    if not len(firm.day) or not firm.pairs.num_rows:
        return nothing
    with threadpool_limits(1, user_api="blas"):
        found = firm.learned()
        if not isinstance(found, Effects) and found.reason.startswith("After "):
            return nothing
        table = firm.judged(found) if isinstance(found, Effects) else _refused(firm.pairs, found.reason)
    return contract("offer_effects").check(table)


def _fetch(engine: Engine, name: str, text: str) -> pa.Table:
    engine.create(name, Statement(f"decisions/{name}", text))
    table = plain(engine.fetch(name))
    engine.drop(name)
    return table


def _refused(pairs: pa.Table, reason: str) -> pa.Table:
    """No effect for any pair, and why: the prior holds."""
    known = {
        "customer_id": pairs["customer_id"],
        "product_id": pairs["product_id"],
        "basis": pa.array([f"cannot be measured: {reason}"] * pairs.num_rows, pa.string()),
    }
    schema = contract("offer_effects").schema
    return pa.table(
        [known.get(one.name, pa.nulls(pairs.num_rows, one.type)) for one in schema], schema=schema
    )


class _Firm:
    """The firm's tables as codes: customers and products in the order of their identifiers."""

    def __init__(self, engine: Engine, contacts: pa.Table) -> None:
        orders = _fetch(engine, "offer_orders", _ORDERS)
        keys = [("customer_id", "ascending"), ("product_id", "ascending")]
        self.pairs = _fetch(engine, "offer_pairs", _PAIRS).sort_by(keys)
        products = plain(engine.fetch("products")).sort_by("product_id")
        names = pa.concat_arrays(
            [_one(table["customer_id"]) for table in (orders, contacts, self.pairs)]
        ).unique()
        self.customers = names.take(pc.sort_indices(names))
        self.products = _one(products["product_id"])
        known = pc.is_in(contacts["product_id"], self.products)
        contacts = contacts.filter(known)
        orders = orders.filter(pc.is_in(orders["product_id"], self.products))
        times = _days(orders["ordered_at"])
        self.start = float(np.floor(times.min())) if len(times) else 0.0
        self.customer, self.day = self._customers(orders), times - self.start
        bought, asked = _codes(orders["product_id"], self.products), _codes(contacts["product_id"], self.products)
        self.end = float(self.day.max(initial=0.0)) + 1e-6
        shelves, self.group = self._groups(products, bought, asked)
        self.shelf = shelves
        self.bought = self.group[bought]
        price = products["price_cents"].cast(pa.float64()).fill_null(1.0).to_numpy()
        self.log_price = np.log(np.maximum(price, 1.0))
        sold = np.bincount(bought, minlength=len(self.products)) + 1.0
        self.share = sold / np.bincount(self.group, sold)[self.group]
        chance = contacts["probability"].fill_null(0.0).to_numpy()
        self.offered = Offered(
            self._customers(contacts),
            self.group[asked],
            _codes(contacts["channel"], pa.array(CHANNELS)),
            _days(contacts["happened_at"]) - self.start,
            self.log_price[asked],
            contacts["discount_share"].fill_null(0.0).to_numpy(),
            (chance > 0) & (chance < 1),
            contacts["is_held_out"].to_numpy(zero_copy_only=False),
        )
        self.offered = self.offered.rows(self.offered.day >= 0)

    def learned(self) -> Effects | CannotBeMeasured:
        """Effects from a sample of customers, or why there are none."""
        rng = np.random.default_rng(1)
        asked = np.unique(self.offered.customer)
        others = np.setdiff1d(np.unique(self.customer), asked)
        who = np.sort(np.concatenate([rng.permutation(asked)[:_OFFERED], rng.permutation(others)[:_OTHERS]]))
        history, day = self._history(who)
        mine = self.offered.rows(np.isin(self.offered.customer, who))
        sample = Offered(**{**vars(mine), "customer": np.searchsorted(who, mine.customer)})
        return learn_effects(history, day, sample, self.end)

    def judged(self, effects: Effects) -> pa.Table:
        """The effect of every recommended pair."""
        who, what = self._customers(self.pairs), _codes(self.pairs["product_id"], self.products)
        count, week = len(who), int(self.end // DAYS)
        base = np.full(count, np.nan)
        found = {code: np.full((3, count), np.nan) for code in effects.channels}
        people = np.unique(who)
        for first in range(0, len(people), _BLOCK):
            block = people[first : first + _BLOCK]
            rows = np.flatnonzero(np.isin(who, block))
            history, _ = self._history(block)
            pairs = np.searchsorted(block, who[rows]), self.group[what[rows]]
            chance, by_channel = effects.of(history, week, pairs, self.log_price[what[rows]])
            base[rows] = chance * self.share[what[rows]]
            for code, three in by_channel.items():
                found[code][:, rows] = three
        columns = {"customer_id": self.pairs["customer_id"], "product_id": self.pairs["product_id"]}
        columns["base_probability"] = pa.array(base)
        for code, name in enumerate(CHANNELS):
            for place, end in enumerate(("effect", "low", "high")):
                values = found[code][place] if code in found else None
                columns[f"{name}_{end}"] = pa.nulls(count, pa.float64()) if values is None else pa.array(values)
        columns["basis"] = pa.array([effects.basis] * count, pa.string())
        return pa.table(columns)

    def _history(self, who: Ints) -> tuple[History, Floats]:
        rows = np.flatnonzero(np.isin(self.customer, who))
        rows = rows[np.lexsort((self.bought[rows], self.day[rows], self.customer[rows]))]
        customer, week = np.searchsorted(who, self.customer[rows]), (self.day[rows] // DAYS).astype(np.int64)
        since = np.full(len(who), int(self.end // DAYS), np.int64)
        np.minimum.at(since, customer, week)
        nobody = np.zeros(0, np.int64)
        known = History(
            len(who), self.shelf, since, customer, self.bought[rows], week, nobody, nobody, nobody
        )
        return known, self.day[rows]

    def _customers(self, table: pa.Table) -> Ints:
        return _codes(table["customer_id"], self.customers)

    def _groups(self, products: pa.Table, bought: Ints, asked: Ints) -> tuple[Ints, Ints]:
        """By group its shelf, and by product its group: those most offered and sold alone, the rest by shelf."""
        category = products["category"].fill_null("").to_pylist()
        shelves, shelf = np.unique(np.array(category, dtype=object).astype(str), return_inverse=True)
        count = len(self.products)
        much = np.bincount(bought, minlength=count) + 10 * np.bincount(asked, minlength=count)
        big = np.argsort(-np.bincount(shelf, much), kind="stable")[:_SHELVES]
        place = np.full(len(shelves), len(big))
        place[big] = np.arange(len(big))
        shelf = place[shelf]
        key = shelf.astype(np.int64)
        top = np.argsort(-much, kind="stable")[:_OWN_GROUP]
        key[top] = len(big) + 1 + np.arange(len(top))
        _, first, group = np.unique(key, return_index=True, return_inverse=True)
        return shelf[first].astype(np.int64), group.astype(np.int64)


def _one(column: pa.ChunkedArray) -> pa.Array:
    found = column.combine_chunks()
    return found if isinstance(found, pa.Array) else pa.concat_arrays(found.chunks)


def _codes(column: pa.ChunkedArray, among: pa.Array) -> Ints:
    return np.asarray(pc.index_in(column, among).to_numpy(), dtype=np.int64)


def _days(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.cast(pa.timestamp("us")).cast(pa.int64()).to_numpy() / 86_400_000_000.0)
