"""The firm's purchases, offers and recommendations as codes, for learning what offers add.

Customers and products are coded in the order of their identifiers. Popular products stand for themselves, the others
for their category.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.customers.offer_effects.effects import DAYS, Offered, Pairs
from passend.customers.offer_effects.history import Floats, History, Ints
from passend.decisions.candidates import KINDS
from passend.engines import sql
from passend.ports import Engine
from passend.tables.frames import plain

CHANNELS = ("email", "onsite", "desk", "phone")
#: Products that stand for themselves, and categories of their own.
_OWN_GROUP, _SHELVES = 50, 20
#: A customer's latest purchases to which an offer may relate; contacts looked through at once.
_LATEST, _AT_ONCE = 50, 20_000


class Past:
    """What happened, and what is asked for.

    Attributes:
        customers: identifiers, as are ``products``.
        group: by product its group; ``names`` has a name for each group, ``shelf`` its category's code.
        offered: offers of the past.
        end: days from the first purchase's day to the end of the data.
    """

    def __init__(self, engine: Engine, contacts: pa.Table) -> None:
        orders = fetched(engine, "dated_purchases")
        pairs = fetched(engine, "recommended_pairs")
        self._pairs = pairs.sort_by([("customer_id", "ascending"), ("product_id", "ascending")])
        products = plain(engine.fetch("products")).sort_by("product_id")
        columns = [_one(table["customer_id"]) for table in (orders, contacts, self._pairs)]
        names = pa.chunked_array(columns).unique()
        self.customers = names.take(pc.sort_indices(names))
        self.products = _one(products["product_id"])
        contacts = contacts.filter(pc.is_in(contacts["product_id"], self.products))
        orders = orders.filter(pc.is_in(orders["product_id"], self.products))
        asked = _codes(contacts["product_id"], self.products)
        times = _days(orders["ordered_at"])
        self.start = float(np.floor(times.min())) if len(times) else 0.0
        customer, day = _codes(orders["customer_id"], self.customers), times - self.start
        bought = _codes(orders["product_id"], self.products)
        order = np.lexsort((bought, day, customer))
        self._customer, self._day, self._bought = customer[order], day[order], bought[order]
        self.end = float(day.max(initial=0.0)) + 1e-6
        self._group(products, asked)
        self._relate(engine)
        chance = contacts["probability"].fill_null(0.0).to_numpy()
        offered = Offered(
            _codes(contacts["customer_id"], self.customers),
            asked,
            _codes(contacts["channel"], pa.array(CHANNELS)),
            np.full(len(asked), KINDS.index("popular")),
            _days(contacts["happened_at"]) - self.start,
            self._log_price[asked],
            contacts["discount_share"].fill_null(0.0).to_numpy(),
            (chance > 0) & (chance < 1),
            contacts["is_held_out"].to_numpy(zero_copy_only=False),
        )
        # Of other offers it is not known what the customer had before, or what came of them.
        self.offered = offered.rows((offered.day >= 0) & (offered.day < self.end))

    @property
    def buyers(self) -> Ints:
        """Customers with purchases."""
        return np.unique(self._customer)

    def history(self, who: Ints) -> tuple[History, Floats]:
        """Purchases of some customers, given in order, by week; and the day of each."""
        first, last = np.searchsorted(self._customer, who), np.searchsorted(self._customer, who, "right")
        rows = _ranges(first, last)
        customer = np.repeat(np.arange(len(who)), last - first)
        week = (self._day[rows] // DAYS).astype(np.int64)
        since = np.full(len(who), int(self.end // DAYS), np.int64)
        np.minimum.at(since, customer, week)
        nobody = np.zeros(0, np.int64)
        known = History(
            len(who),
            self.shelf,
            since,
            customer,
            self.group[self._bought[rows]],
            week,
            nobody,
            nobody,
            nobody,
        )
        return known, self._day[rows]

    def offers_to(self, who: Ints) -> Offered:
        """Offers to some customers, given in order; products become groups, and get the relation they had then."""
        mine = self.offered.rows(np.isin(self.offered.customer, who))
        kind = np.concatenate(
            [self._kinds(mine.rows(np.arange(first, min(first + _AT_ONCE, len(mine.day)))))
             for first in range(0, len(mine.day), _AT_ONCE)] or [np.zeros(0, np.int64)]
        )  # fmt: skip
        place = np.searchsorted(who, mine.customer)
        return Offered(**{**vars(mine), "customer": place, "group": self.group[mine.group], "kind": kind})

    def recommended(self) -> tuple[pa.Table, Ints, Pairs, Floats]:
        """The recommended pairs in order: as they are, customers, codes, and each product's share of its group."""
        who, what = (
            _codes(self._pairs["customer_id"], self.customers),
            _codes(self._pairs["product_id"], self.products),
        )
        kind = np.nan_to_num(
            pc.index_in(self._pairs["type"], pa.array(KINDS)).to_numpy(), nan=KINDS.index("popular")
        ).astype(np.int64)
        return self._pairs, who, Pairs(who, self.group[what], kind, self._log_price[what]), self._share[what]

    def _group(self, products: pa.Table, asked: Ints) -> None:
        """Those most offered and sold alone, the rest by category, the smallest of which are one."""
        category = np.array(products["category"].fill_null("").to_pylist(), dtype=object).astype(str)
        shelves, shelf = np.unique(category, return_inverse=True)
        count = len(self.products)
        sold = np.bincount(self._bought, minlength=count)
        much = sold + 10 * np.bincount(asked, minlength=count)
        big = np.argsort(-np.bincount(shelf, much), kind="stable")[:_SHELVES]
        place = np.full(len(shelves), len(big))
        place[big] = np.arange(len(big))
        key = place[shelf]
        of_shelf = key.copy()
        top = np.argsort(-much, kind="stable")[:_OWN_GROUP]
        key[top] = len(big) + 1 + np.arange(len(top))
        found, first, group = np.unique(key, return_index=True, return_inverse=True)
        self.shelf, self.group = of_shelf[first].astype(np.int64), group.astype(np.int64)
        called = [*(f"category {shelves[one] or 'unknown'}" for one in big), "other categories"]
        called += [f"product {self.products[int(one)].as_py()}" for one in top]
        self.names = [called[one] for one in found]
        self._share = (sold + 1.0) / np.bincount(group, sold + 1.0)[group]
        price = products["price_cents"].cast(pa.float64()).to_numpy()
        usual = np.nanmedian(price) if np.isfinite(price).any() else 1.0
        self._log_price = np.log(np.maximum(np.where(np.isfinite(price), price, usual), 1.0))

    def _relate(self, engine: Engine) -> None:
        """Relations by key (product, other), the strongest of each; recommendations show no substitutes."""
        found = fetched(engine, "related_products")
        kind = np.asarray(pc.index_in(found["type"], pa.array(KINDS)).fill_null(-1).to_numpy())
        one, other = (pc.index_in(found[name], self.products).fill_null(-1).to_numpy()
                      for name in ("product_id", "other_id"))  # fmt: skip
        kept = np.flatnonzero((kind >= 0) & (one >= 0) & (other >= 0) & (kind != KINDS.index("substitute")))
        key = one[kept].astype(np.int64) * len(self.products) + other[kept]
        strength = np.nan_to_num(found["strength"].to_numpy()[kept])
        order = np.lexsort((kind[kept], -strength, key))
        key, first = np.unique(key[order], return_index=True)
        self._related = key, kind[kept][order][first].astype(np.int64), strength[order][first]

    def _kinds(self, offers: Offered) -> Ints:
        """How each offered product related to what the customer had bought by then: the strongest relation."""
        last = np.searchsorted(
            self._customer + np.minimum(self._day / (self.end + 1), 0.999999),
            offers.customer + np.minimum(offers.day / (self.end + 1), 0.999999),
        )
        first = np.maximum(np.searchsorted(self._customer, offers.customer), last - _LATEST)
        last = np.maximum(first, last)
        offer = np.repeat(np.arange(len(offers.day)), last - first)
        keys, kinds, strengths = self._related
        popular = np.full(len(offers.day), KINDS.index("popular"))
        if not len(keys) or not len(offer):
            return popular
        key = self._bought[_ranges(first, last)] * len(self.products) + offers.group[offer]
        at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        hit = keys[at] == key
        offer, at = offer[hit], at[hit]
        order = np.lexsort((kinds[at], -strengths[at], offer))
        offer, best = np.unique(offer[order], return_index=True)
        popular[offer] = kinds[at[order][best]]
        return popular


def fetched(engine: Engine, name: str) -> pa.Table:
    """The rows of a file of the decisions room, which the engine then forgets."""
    engine.create(name, sql("decisions", name))
    table = plain(engine.fetch(name))
    engine.drop(name)
    return table


def _ranges(first: Ints, last: Ints) -> Ints:
    """All places from each first up to each last, one after the other."""
    sizes = last - first
    return np.repeat(first - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes) + np.arange(sizes.sum())


def _one(column: pa.ChunkedArray) -> pa.Array:
    found = column.combine_chunks()
    return found if isinstance(found, pa.Array) else pa.concat_arrays(found.chunks)


def _codes(column: pa.ChunkedArray, among: pa.Array) -> Ints:
    return np.asarray(pc.index_in(column, among).to_numpy(), dtype=np.int64)


def _days(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.cast(pa.timestamp("us")).cast(pa.int64()).to_numpy() / 86_400_000_000.0)
