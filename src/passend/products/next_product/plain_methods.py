"""The plain methods, written from their papers with the papers' usual settings.

They are the methods to beat; in a shop where one of them is best, it is the one that offers. Each takes what was known
and returns a function from customers to scores of all products.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from passend.products.next_product.ease import ease_weights
from passend.products.next_product.few_products import few_products_methods
from passend.products.next_product.purchases import Snapshot
from passend.products.next_product.sparse_rows import (
    Floats,
    Ints,
    Rows,
    counted,
    nearest_weights,
    scaled,
    share_rows,
    sums,
    unit_rows,
    without_diagonal,
)

Scorer = Callable[[Ints], Floats]
EASE_MOST = 8_000


@dataclass(frozen=True)
class Known:
    """What a plain method may use.

    Args:
        before: histories of everybody, nothing later than the moment of judging.
        following: next orders of the reference customers (user split only), novel or not; else None.
        reference: customers whose next order may be used.
    """

    before: Snapshot
    following: Rows | None
    reference: Ints


class Fitted:
    """A plain method that has learned; a copy of it, e.g. from a file, learns again from the same."""

    def __init__(self, method: Callable[[Known], Scorer], known: Known) -> None:
        self._learned = (method, known)
        self._scorer = method(known)

    def __call__(self, customers: Ints) -> Floats:
        """Scores of all products by customer."""
        return self._scorer(customers)

    def __getstate__(self) -> tuple[Callable[[Known], Scorer], Known]:
        return self._learned

    def __setstate__(self, learned: tuple[Callable[[Known], Scorer], Known]) -> None:
        self._learned = learned
        self._scorer = learned[0](learned[1])


def same_for_all(popularity: Floats) -> Scorer:
    """One list for everybody."""
    return lambda customers: np.tile(popularity, (len(customers), 1))


def global_popularity(known: Known) -> Scorer:
    """Number of buyers ever."""
    return same_for_all(sums(known.before.owned, 0))


def last_basket_popularity(known: Known) -> Scorer:
    """Number of customers who have it in their last order: the popularity of now."""
    if known.following is not None:
        return same_for_all(sums(known.following[known.reference], 0))
    return same_for_all(sums(known.before.last, 0))


def recent_popularity(known: Known, days: float = 30.0) -> Scorer:
    """Number of buyers in the last 30 days; without dates, in the last two orders."""
    lines = known.before.purchases
    inside = lines.when >= known.before.now - days if lines.dated else lines.turns_back < 2
    inside &= lines.customer >= 0
    pairs = np.unique(lines.customer[inside] * lines.n_products + lines.product[inside])
    return same_for_all(np.bincount(pairs % lines.n_products, minlength=lines.n_products).astype(np.float32))


def personal_popularity(known: Known) -> Scorer:
    """What the customer bought most, then what is popular; with novel items only the latter remains."""
    popular = sums(known.before.owned, 0)
    popular = popular / (popular.max(initial=1.0) + 1.0)
    return lambda customers: known.before.bought[customers].toarray() + popular


def item_knn(known: Known) -> Scorer:
    """Cosine of owners, summed over the history (Sarwar et al. 2001)."""
    owned = known.before.owned
    flat = 1.0 / np.sqrt(np.maximum(sums(owned, 0), 1.0))
    near = scaled(without_diagonal(owned.T @ owned), flat, flat)
    return lambda customers: (owned[customers] @ near).toarray()


def ease(known: Known, penalty: float = 1_000.0) -> Scorer:
    """Shallow linear autoencoder in closed form (Steck 2019), over at most the 8,000 best sellers."""
    owned = known.before.owned
    best = np.sort(np.argsort(-sums(owned, 0), kind="stable")[:EASE_MOST])
    held = owned[:, best]
    weights = ease_weights(held, penalty)

    def score(customers: Ints) -> Floats:
        out = np.full((len(customers), owned.shape[1]), -1e6, dtype=np.float32)
        out[:, best] = held[customers] @ weights
        return out

    return score


def rp3beta(known: Known, beta: float = 0.4) -> Scorer:
    """Three steps of a random walk, popular ends held back (Paudel et al. 2017)."""
    owned = known.before.owned
    support = sums(owned, 0)
    step = scaled(share_rows(owned.T) @ share_rows(owned), right=np.maximum(support, 1.0) ** -beta)
    walk = without_diagonal(step)
    return lambda customers: (share_rows(owned[customers]) @ walk).toarray()


def up_cf(known: Known, nearest: int = 300, locality: float = 5.0) -> Scorer:
    """Neighbours by asymmetric cosine over user-wise popularity (Faggioli et al. 2020; q = 5)."""
    taste = share_rows(known.before.recent(0.9))
    owned = known.before.owned
    lengths = np.maximum(sums(owned, 1), 1.0) ** 0.25

    def score(customers: Ints) -> Floats:
        alike = (owned[customers] @ owned.T).toarray() / lengths[customers][:, None] / lengths[None, :] ** 3
        alike[np.arange(len(customers)), customers] = 0.0
        alike = (alike / (alike.max(1, keepdims=True) + 1e-12)) ** locality
        return np.asarray((nearest_weights(alike, nearest) @ taste).toarray())

    return score


def tifu_knn(known: Known, nearest: int = 300, own: float = 0.7) -> Scorer:
    """Personal item frequency with decay, blended with that of the nearest customers (Hu et al. 2020).

    Settings of the authors for Ta-Feng: 7 groups, decay .9 within and .7 between groups, 300 neighbours.
    """
    lines = known.before.purchases
    keep = lines.customer >= 0
    customer, back = lines.customer[keep], lines.turns_back[keep]
    orders = known.before.orders_of[customer]
    size = np.maximum(np.ceil(orders / 7.0), 1.0)
    weights = 0.9 ** (back % size) * 0.7 ** (back // size) / np.maximum(orders, 1.0)
    shape = known.before.shape
    order = np.lexsort((lines.product[keep], customer))
    taste = counted(customer[order], lines.product[keep][order], shape, weights[order].astype(np.float32))
    length = unit_rows(taste)

    def score(customers: Ints) -> Floats:
        alike = (length[customers] @ length.T).toarray()
        alike[np.arange(len(customers)), customers] = 0.0
        near = (nearest_weights((alike > 0) * alike, nearest) @ taste).toarray()
        return np.asarray(own * taste[customers].toarray() + (1 - own) * near)

    return score


def own_frequency(known: Known) -> Scorer:
    """How often the customer bought it, the latest purchase first among equals, then what is popular."""
    popular = sums(known.before.owned, 0)
    popular = popular / (popular.max(initial=1.0) + 1.0)
    recent = known.before.recent(0.9)
    return lambda customers: (
        known.before.bought[customers].toarray()
        + 0.5 * recent[customers].toarray() / np.maximum(known.before.orders_of[customers], 1.0)[:, None]
        + 0.01 * popular
    )


DECAYS = (30.0, 90.0, 365.0)


def rhythm(before: Snapshot, decay: float) -> Rows:
    """Purchases of each customer and product that fade with time; customers x products.

    Args:
        before: what was known.
        decay: days after which a purchase counts for 1/e; without dates 30 days stand for one order.
    """
    lines = before.purchases
    lines = lines.where(lines.customer >= 0)
    age = before.now - lines.when if lines.dated else lines.turns_back * DECAYS[0]
    return counted(lines.customer, lines.product, before.shape, np.exp(-age / decay))


def three_decays(known: Known) -> Scorer:
    """The customer's own purchases, fading over 30, 90 and 365 days, then what is popular."""
    popular = sums(known.before.last, 0)
    popular = 1e-4 * popular / (popular.max(initial=1.0) + 1.0)
    sums_of = [rhythm(known.before, decay) * np.float32(30.0 / decay) for decay in DECAYS]
    total = (sums_of[0] + sums_of[1] + sums_of[2]).tocsr()
    return lambda customers: total[customers].toarray() + popular


def _few(name: str, known: Known) -> Scorer:
    base = sums(known.before.last if known.following is None else known.following[known.reference], 0)
    base = base / max(float(base.sum()), 1.0)
    found = few_products_methods(known.before, known.following, known.reference, base, None)
    return found.get(name) or last_basket_popularity(known)


PLAIN_METHODS: dict[str, Callable[[Known], Scorer]] = {
    "global popularity": global_popularity,
    "last-basket popularity": last_basket_popularity,
    "recent popularity": recent_popularity,
    "personal popularity": personal_popularity,
    "item-kNN": item_knn,
    "EASE": ease,
    "RP3beta": rp3beta,
    "UP-CF": up_cf,
    "TIFU-KNN": tifu_knn,
}
#: For shops of at most MOST_PRODUCTS products.
FEW_PRODUCTS: dict[str, Callable[[Known], Scorer]] = {
    "naive Bayes": partial(_few, "naive Bayes"),
    "Markov": partial(_few, "Markov"),
}
#: For what customers buy again.
AGAIN: dict[str, Callable[[Known], Scorer]] = {
    "own frequency": own_frequency,
    "three decays": three_decays,
}
