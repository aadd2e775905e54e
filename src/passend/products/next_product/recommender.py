"""The next new product for each customer, and what completes a live cart."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.errors import EmptyAnswer, InvalidInput
from passend.estimator import Estimator
from passend.products.next_product.barriers import Barriers, barriers
from passend.products.next_product.beside import Beside, beside
from passend.products.next_product.candidates import Candidates, candidate_blocks
from passend.products.next_product.carts import (
    Carts,
    Completion,
    complete_candidates,
    completion_scores,
    learn_carts,
)
from passend.products.next_product.order_table import OrderTable, read_orders
from passend.products.next_product.purchases import Snapshot
from passend.products.next_product.ranker import RankerSettings, top
from passend.products.next_product.reasons import Witness, cart_reasons, customer_reasons
from passend.products.next_product.sparse_rows import Floats, Ints, Rows, cells, counted
from passend.products.next_product.training import Aim, Trained, train_for
from passend.tables.frames import as_given, as_table, insist_on_names

LONGEST_HORIZON_DAYS = 90.0
SHORTEST_HORIZON_DAYS = 7.0
QUICK = RankerSettings(trees=60, rate=0.15)
SPARE = 5  # times k candidates are kept for filters and diversity
Row = tuple[str, int, int, float, str]
CustomerIds = Any  # an iterable of identifiers, an Arrow array or column


@dataclass(frozen=True)
class _Learned:
    table: OrderTable
    snapshot: Snapshot
    trained: Trained | None
    popular: Floats
    barriers: Barriers
    beside: Beside


class NextProduct(Estimator):
    """Which product to offer next: new to the customer, likely to be bought, with the reason in a sentence.

    Args:
        horizon_days: how far ahead a purchase counts; by default a sixth of the history, at most 90 days.
        seed: of everything random; the same seed gives the same answer.
        threads: processor threads for the ranker; 0 for all.
        quick: with few signals, learned from few customers: seconds in place of minutes in a large shop.
    """

    learned_in = "n_products_"
    learns_by = "fit(orders)"

    def __init__(
        self, *, horizon_days: float | None = None, seed: int = 1, threads: int = 0, quick: bool = False
    ) -> None:
        self.horizon_days = horizon_days
        self.seed = seed
        self.threads = threads
        self.quick = quick

    def fit(
        self,
        orders: Any,
        products: Any = None,
        relations: Any = None,
        *,
        customers: Any = None,
        events: Any = None,
    ) -> "NextProduct":
        """Learn from order lines; one line or ten million.

        Args:
            orders: anything that speaks Arrow, or a Parquet path. Needed: `product_id`. Used where present:
                `order_id`, `customer_id`, `ordered_at` or `sequence`, `quantity`, `line_number`, `category`.
            products: optional product list with `product_id` and, where known, `category`; what has `is_active` false
                or `stock` of 0 or less is never offered.
            relations: optional table of relations (`product_id`, `other_id`, `type`): a substitute of what the customer
                owns or has in the cart is not offered, nor what the type `forbidden` keeps apart.
            customers: optional facts on customers, one row a `customer_id`; used where products are few.
            events: optional views, searches and carts with `customer_id`, `product_id` and `occurred_at`.

        Sets `method_`, the method that proved best on the shop's own earlier purchases and therefore offers, and
        `proof_`, what each method reached there (NDCG).
        """
        table = read_orders(orders, products)
        lines = table.purchases
        end = float(lines.when.max()) + 1e-6 if len(lines.when) else 0.0
        snapshot = Snapshot(lines, end)
        trained: Trained | None = None
        known = beside(table.customers, table.products, customers, events)
        if lines.n_customers >= 2 and lines.n_products >= 2:
            trained = self._train(snapshot, known, novel=True)
        popular: Floats = np.bincount(lines.product, minlength=lines.n_products).astype(np.float32)
        popular /= max(popular.sum(), 1.0)
        if trained is not None:
            popular = 1e-3 * popular + trained.outlook.wisdom.popularity
        barred = barriers(table.products, products, relations)
        self._learned = _Learned(table, snapshot, trained, popular.astype(np.float32), barred, known)
        self._again: Trained | None = None
        self._completion: Completion | None = None
        self.method_ = "popularity" if trained is None else trained.chosen.method
        self.proof_ = {} if trained is None else trained.chosen.proof
        self.n_products_ = lines.n_products
        return self

    def _train(self, snapshot: Snapshot, known: Beside, *, novel: bool) -> Trained:
        lines = snapshot.purchases
        span = float(snapshot.now - lines.when.min())
        horizon = self.horizon_days or float(np.clip(span / 6.0, SHORTEST_HORIZON_DAYS, LONGEST_HORIZON_DAYS))
        settings = replace(QUICK if self.quick else RankerSettings(), threads=self.threads)
        aim = Aim(settings, self.seed, novel, known, self.quick)
        return train_for(lines, snapshot.now if lines.dated else np.inf, horizon, aim)

    def recommend(
        self,
        customers: CustomerIds = None,
        carts: Any = None,
        k: int = 10,
        *,
        novel: bool = True,
        exclude: Iterable[str] = (),
        diversity: float = 0.0,
    ) -> pa.Table:
        """The best `k` products of each customer or cart, with score and reason.

        Args:
            customers: identifiers; by default every customer of the orders. Unknown ones get what is popular now.
            carts: instead of customers: a list of lists of product identifiers in the order of adding, a mapping
                from cart to such a list, or a table with `cart` and `product_id`.
            k: products a customer, at least 1.
            novel: leave out what the customer already bought.
            exclude: products not to be offered: out of stock, forbidden.
            diversity: 0 ranks by score alone, 1 spreads strongly over unlike products.

        Returns:
            `customer_id` (or `cart`), `rank` from 1, `product_id`, `score` between 0 and 1, `reason`. Identifiers have
            the type that they had in the orders. Where there is no row, a warning says why.

        Raises:
            NotFitted: nothing was learned yet.
        """
        self.insist_fitted()
        if k < 1:
            raise InvalidInput(
                f"k is {k}; at least one product must be asked for.", remedy="give k of 1 or more"
            )
        if customers is not None and carts is not None:
            raise InvalidInput("Customers and carts were both given.", remedy="ask for one of them at a time")
        banned = _codes_of(self._learned.table.products, exclude)
        banned = np.union1d(banned[banned >= 0], self._learned.barriers.never)
        if carts is not None:
            answer = self._for_carts(carts, k, banned, diversity)
        else:
            answer = self._for_customers(customers, k, novel, banned, diversity)
        if not answer.num_rows:
            warnings.warn(self._why_nothing(len(banned), novel=novel), EmptyAnswer, stacklevel=2)
        return answer

    def _why_nothing(self, banned: int, *, novel: bool) -> str:
        table = self._learned.table
        if not len(table.customers):
            return (
                "The orders name no customers (there is no customer_id), so that there is nobody to recommend to. Ask "
                "for carts, or name customers."
            )
        what = f"{len(table.products):,} products were sold, {banned:,} of them are left out"
        return f"Nothing is left to recommend: {what}{', and customers have the rest' if novel else ''}."

    def ranked(
        self, k: int = 10, *, customers: pa.Array | None = None, exclude: Iterable[str] = ()
    ) -> pa.Table:
        """The best `k` new products of many customers, without reasons: for whole shops.

        Args:
            k: products a customer.
            customers: identifiers, each once; by default every customer of the orders. Unknown ones get what is popular
                now.
            exclude: products not to be offered.

        Returns:
            `customer_id`, `rank` from 1, `product_id`, `score`, by customer (as given) and rank.
        """
        self.insist_fitted()
        table = self._learned.table
        names = table.customers.cast(pa.string())
        ids = names if customers is None else customers.cast(pa.string())
        codes = pc.fill_null(pc.index_in(ids, value_set=names), -1).to_numpy(zero_copy_only=False)
        banned = _codes_of(table.products, exclude)
        banned = np.union1d(banned[banned >= 0], self._learned.barriers.never)
        known = np.unique(codes[codes >= 0]).astype(np.int64)
        best, heights = self._best(known, k, novel=True, banned=banned, diversity=0.0)
        best, heights = best[codes], heights[codes]
        customer, place = np.nonzero(best >= 0)
        return pa.table(
            {
                "customer_id": ids.take(pa.array(customer)),
                "rank": pa.array(place + 1, pa.int64()),
                "product_id": table.products.take(pa.array(best[customer, place])).cast(pa.string()),
                "score": pa.array(heights[customer, place], pa.float64()),
            }
        )

    def _best(
        self, known: Ints, k: int, *, novel: bool, banned: Ints, diversity: float
    ) -> tuple[Ints, Floats]:
        """Products and scores of the known customers, all customers x k; the last row is for nobody known."""
        snapshot = self._learned.snapshot
        best = np.full((snapshot.shape[0] + 1, k), -1, dtype=np.int64)
        heights = np.zeros((snapshot.shape[0] + 1, k), dtype=np.float32)
        trained = self._learned.trained if novel else self._trained_again()
        if trained is not None:
            beside_owned = self._learned.barriers.beside(snapshot.owned)
            likeness = trained.outlook.neighbours.with_owner
            for block, pairs in candidate_blocks(trained.outlook, known):
                kept = _apart(_without(pairs, banned), beside_owned)
                row = np.searchsorted(block, kept.customer)
                mine = Candidates(row, kept.product, kept.features, kept.names)
                products, values = top(
                    mine, trained.chances(kept), len(block), k * (SPARE if diversity else 1)
                )
                best[block], heights[block] = _spread(products, values, likeness, diversity, k)
        return self._filled_up(best, heights, np.append(known, -1), banned, novel)

    def _for_customers(
        self, customers: CustomerIds, k: int, novel: bool, banned: Ints, diversity: float
    ) -> pa.Table:
        table, snapshot = self._learned.table, self._learned.snapshot
        ids = table.customers.to_pylist() if customers is None else _listed(customers)
        codes = _codes_of(table.customers, ids)
        best, heights = self._best(
            np.unique(codes[codes >= 0]), k, novel=novel, banned=banned, diversity=diversity
        )
        witness = Witness(snapshot.owned, table.products)
        rows: list[Row] = []
        for name, code in zip(ids, codes.tolist(), strict=True):
            mine = best[code][best[code] >= 0]
            reasons = self._reasons(witness, code, mine)
            rows += [
                (name, place + 1, int(product), float(heights[code, place]), reasons[place])
                for place, product in enumerate(mine)
            ]
        return _answer("customer_id", rows, table, table.customer_type)

    def _trained_again(self) -> Trained | None:
        """What foresees all purchases, the repeated ones too; learned when it is first asked for."""
        learned = self._learned
        if self._again is None and learned.trained is not None:
            self._again = self._train(learned.snapshot, learned.beside, novel=False)
        return self._again

    def _reasons(self, witness: Witness, code: int, products: Ints) -> list[str]:
        if code < 0:
            return [f"popular now: bought by {witness.count(one):,} customers" for one in products.tolist()]
        return customer_reasons(witness, self._learned.snapshot, self._history(code), products)

    def _history(self, code: int) -> dict[int, float]:
        lines = self._learned.snapshot.purchases
        if not hasattr(self, "_by_customer"):
            self._by_customer = np.argsort(lines.customer, kind="stable")
        low, high = np.searchsorted(lines.customer[self._by_customer], [code, code + 1])
        mine = self._by_customer[low:high]
        latest: dict[int, float] = {}
        for product, when in zip(lines.product[mine].tolist(), lines.when[mine].tolist(), strict=True):
            latest[product] = max(when, latest.get(product, -np.inf))
        return latest

    def _filled_up(
        self, best: Ints, heights: Floats, customers: Ints, banned: Ints, novel: bool
    ) -> tuple[Ints, Floats]:
        """Where models have too little to say, what is popular now completes the list."""
        popular = self._learned.popular.copy()
        popular[banned] = -1.0
        order = np.argsort(-popular, kind="stable")
        order = order[popular[order] >= 0]
        owned = self._learned.snapshot.owned
        apart = self._learned.barriers.beside(owned)
        for customer in customers.tolist():
            missing = int((best[customer] < 0).sum())
            if not missing:
                continue
            place = best.shape[1] - missing
            taken = set(best[customer, :place].tolist())
            if customer >= 0:
                taken |= set(apart.indices[apart.indptr[customer] : apart.indptr[customer + 1]].tolist())
            if novel and customer >= 0:
                taken |= set(owned.indices[owned.indptr[customer] : owned.indptr[customer + 1]].tolist())
            floor = float(heights[customer, place - 1]) if place else 1.0
            for product in order.tolist():
                if product not in taken and place < best.shape[1]:
                    best[customer, place] = product
                    heights[customer, place] = min(float(popular[product]), floor)
                    place += 1
                if place == best.shape[1]:
                    break
        return best, heights

    def _for_carts(self, carts: Any, k: int, banned: Ints, diversity: float) -> pa.Table:
        table = self._learned.table
        names, lists = _cart_lists(carts)
        completion = self._completion or self._learn_completion()
        self._completion = completion
        asked = _coded_carts(lists, table.products)
        pairs = _without(complete_candidates(completion.sense, asked), banned)
        held = counted(asked.cart, asked.product, (len(lists), table.purchases.n_products))
        pairs = _apart(pairs, self._learned.barriers.beside(held))
        scores = completion_scores(completion, pairs)
        scores = (1.0 / (1.0 + np.exp(-scores))) if completion.ranker is not None else np.minimum(scores, 1.0)
        products, heights = top(pairs, scores.astype(np.float32), len(lists), k * (SPARE if diversity else 1))
        products, heights = _spread(products, heights, completion.sense.together, diversity, k)
        baskets, _, _ = self._learned.snapshot.baskets
        witness = Witness(baskets, table.products)
        starts = np.searchsorted(asked.cart, np.arange(len(names) + 1))
        rows: list[Row] = []
        for cart, name in enumerate(names):
            mine = products[cart][products[cart] >= 0]
            reasons = cart_reasons(witness, asked.product[starts[cart] : starts[cart + 1]], mine)
            rows += [
                (name, place + 1, int(product), float(heights[cart, place]), reasons[place])
                for place, product in enumerate(mine)
            ]
        return _answer("cart", rows, table, pa.string())

    def _learn_completion(self) -> Completion:
        table = self._learned.table
        past = past_carts(table)
        return learn_carts(
            past, table.purchases.n_products, table.category, RankerSettings(threads=self.threads), self.seed
        )


def past_carts(table: OrderTable) -> Carts:
    """The orders as carts; in the order of adding where the table has a `line_number`."""
    lines = table.purchases
    place = np.zeros(len(lines.order), np.int64) if table.place is None else table.place
    order = np.lexsort((lines.product, place, lines.order))
    cart, product = lines.order[order], lines.product[order]
    # A product added twice counts where it was first added.
    _, first = np.unique(cart * max(lines.n_products, 1) + product, return_index=True)
    first = np.sort(first)
    cart = np.unique(cart[first], return_inverse=True)[1].astype(np.int64)
    return Carts(cart, product[first], int(cart.max(initial=-1)) + 1, table.place is not None)


def _without(pairs: Candidates, banned: Ints) -> Candidates:
    kept = ~np.isin(pairs.product, banned)
    return Candidates(pairs.customer[kept], pairs.product[kept], pairs.features[kept], pairs.names)


def _apart(pairs: Candidates, barred: Rows) -> Candidates:
    """The pairs without those that are kept apart: substitutes of what is owned or in the cart, forbidden ones."""
    if not barred.nnz:
        return pairs
    kept = cells(barred, pairs.customer, pairs.product) == 0
    return Candidates(pairs.customer[kept], pairs.product[kept], pairs.features[kept], pairs.names)


def _spread(products: Ints, scores: Floats, likeness: Rows, diversity: float, k: int) -> tuple[Ints, Floats]:
    """Maximal marginal relevance (Carbonell & Goldstein 1998): a product too like a chosen one waits."""
    if diversity <= 0:
        return products[:, :k], scores[:, :k]
    out = np.full((len(products), k), -1, dtype=np.int64)
    heights = np.full((len(products), k), -np.inf, dtype=np.float32)
    for row in range(len(products)):
        pool = products[row][products[row] >= 0]
        if not len(pool):
            continue
        value = scores[row][: len(pool)]
        scale = float(value.max() - value.min()) or 1.0
        alike = likeness[pool][:, pool].toarray()
        alike = np.maximum(alike, alike.T) / max(float(alike.max()), 1e-9)
        penalty = np.zeros(len(pool))
        free = np.ones(len(pool), dtype=bool)
        for place in range(min(k, len(pool))):
            chosen = int(np.argmax(np.where(free, value - diversity * scale * penalty, -np.inf)))
            free[chosen] = False
            penalty = np.maximum(penalty, alike[chosen])
            out[row, place], heights[row, place] = pool[chosen], value[chosen]
    return out, heights


def _listed(values: Any) -> list[str]:
    """Identifiers as they are coded: as text."""
    if isinstance(values, str):
        return [values]
    try:
        listed = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    except TypeError as problem:
        raise InvalidInput(
            f"Customers are given as {type(values).__name__}.", remedy="give a list of identifiers"
        ) from problem
    return [str(one) for one in listed]


def _codes_of(words: pa.Array, wanted: Iterable[str]) -> Ints:
    position = {word: code for code, word in enumerate(words.to_pylist())}
    return np.array([position.get(str(one), -1) for one in wanted], dtype=np.int64)


def _cart_lists(carts: Any) -> tuple[list[str], list[list[str]]]:
    if isinstance(carts, Mapping):
        return [str(name) for name in carts], [[str(one) for one in cart] for cart in carts.values()]
    if isinstance(carts, Sequence) and not isinstance(carts, str):
        return [str(number) for number in range(len(carts))], [[str(one) for one in cart] for cart in carts]
    table = as_table(carts)
    insist_on_names(table, ("cart", "product_id"), (), "carts")
    lists: dict[str, list[str]] = {}
    for cart, product in zip(table["cart"].to_pylist(), table["product_id"].to_pylist(), strict=True):
        lists.setdefault(str(cart), []).append(str(product))
    return list(lists), list(lists.values())


def _coded_carts(lists: list[list[str]], products: pa.Array) -> Carts:
    lengths = np.array([len(cart) for cart in lists], dtype=np.int64)
    cart = np.repeat(np.arange(len(lists)), lengths)
    product = _codes_of(products, [one for cart_list in lists for one in cart_list])
    known = product >= 0
    return Carts(cart[known], product[known], len(lists), in_order=True)


def _answer(who: str, rows: list[Row], table: OrderTable, kind: pa.DataType) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), (), ()]
    return pa.table(
        {
            who: as_given(pa.array(columns[0], pa.string()), kind),
            "rank": pa.array(columns[1], pa.int32()),
            "product_id": as_given(table.products.take(pa.array(columns[2], pa.int64())), table.product_type),
            "score": pa.array(columns[3], pa.float64()),
            "reason": pa.array(columns[4], pa.string()),
        }
    )
