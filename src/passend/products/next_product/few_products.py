"""Shops with few products, insurers and clubs: who owns what says what comes next, product by product."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import optimize, sparse

from passend.products.next_product.purchases import Snapshot
from passend.products.next_product.sparse_rows import Floats, Ints, Rows, counted, marked, sums

MOST_PRODUCTS = 300
MOST_STEPS = 20_000
LEARNED_PRODUCTS = 50  # up to which more than naive Bayes is learned
PSEUDO_STEPS = 10.0  # how many steps the general share of owners counts for, in the chances of one product
PSEUDO_MOVES = 5.0
RIDGE = 2.0


@dataclass(frozen=True)
class Steps:
    """New products that were bought, one a row, with what the buyer had just before.

    Args:
        owned: what the buyer owned; steps x products.
        last: the buyer's last order before; steps x products.
        customer: code of the buyer.
        product: what was bought.
    """

    owned: Rows
    last: Rows
    customer: Ints
    product: Ints

    def popularity(self) -> Floats:
        """Share of each product among the steps, never 0."""
        counts = np.bincount(self.product, minlength=self.owned.shape[1]) + 0.5
        return np.asarray(counts / counts.sum(), dtype=np.float32)


def steps(before: Snapshot, bought_next: Rows | None, reference: Ints) -> Steps:
    """Every first purchase in the histories, and what the reference customers bought next.

    Where nobody came back each product of an order counts as bought after the others.
    """
    owned, last, customer, product = _history(before)
    if bought_next is not None and len(reference):
        row, bought = bought_next[reference].nonzero()
        owned = sparse.vstack([owned, before.owned[reference[row]]]).tocsr()
        last = sparse.vstack([last, before.last[reference[row]]]).tocsr()
        customer = np.concatenate([customer, reference[row]])
        product = np.concatenate([product, bought.astype(np.int64)])
    if not len(product):
        customer, product = (side.astype(np.int64) for side in before.owned.nonzero())
        itself = counted(np.arange(len(product)), product, (len(product), before.shape[1]))
        owned = (before.owned[customer] - itself).tocsr()
        owned.eliminate_zeros()
        last = owned
    if len(product) > MOST_STEPS:
        kept = np.arange(0, len(product), len(product) // MOST_STEPS + 1)
        owned, last, customer, product = owned[kept], last[kept], customer[kept], product[kept]
    return Steps(owned.astype(np.float32), last.astype(np.float32), customer, product)


def _history(before: Snapshot) -> tuple[Rows, Rows, Ints, Ints]:
    baskets, owner, _ = before.baskets
    known = owner >= 0
    baskets, owner = baskets[known], owner[known]
    products = before.shape[1]
    empty: Rows = baskets[:0]
    if not len(owner):
        return empty, empty, np.empty(0, np.int64), np.empty(0, np.int64)
    row, product = (side.astype(np.int64) for side in baskets.nonzero())
    key = owner[row] * products + product
    _, first = np.unique(
        key, return_index=True
    )  # rows are sorted by customer and time, so the first is the earliest
    first = np.sort(first)
    row, product = row[first], product[first]
    opening = np.searchsorted(owner, owner[row])
    came_back = row > opening
    row, product, opening = row[came_back], product[came_back], opening[came_back]
    if not len(row):
        return empty, empty, np.empty(0, np.int64), np.empty(0, np.int64)
    # What was owned before a step: the sum of the customer's earlier orders.
    lengths = row - opening
    inside = np.repeat(np.arange(len(row)), lengths)
    earlier = (
        np.repeat(opening, lengths)
        + np.arange(lengths.sum())
        - np.repeat(np.cumsum(lengths) - lengths, lengths)
    )
    summing = counted(inside, earlier, (len(row), baskets.shape[0]))
    return marked((summing @ baskets).tocsr()), baskets[row - 1], owner[row], product


def naive_bayes(seen: Steps, popularity: Floats) -> Callable[[Rows], Floats]:
    """Chance of each product next, given what is owned and what is not, each product taken for itself.

    Args:
        seen: the steps to learn from.
        popularity: share of each product among what is bought now.
    """
    hot = counted(np.arange(len(seen.product)), seen.product, seen.owned.shape)
    number = sums(hot, 0)[None, :]
    general = (sums(seen.owned, 0) + 0.5) / (seen.owned.shape[0] + 1.0)
    chance = (seen.owned.T @ hot).toarray() + PSEUDO_STEPS * general[:, None]
    chance = np.clip(chance / (number + PSEUDO_STEPS), 1e-6, 1 - 1e-6)
    if_owned = np.log(chance / general[:, None])
    if_not = np.log((1.0 - chance) / (1.0 - general[:, None]))
    base = np.log(np.maximum(popularity, 1e-9)) + if_not.sum(0)
    weights = (if_owned - if_not).astype(np.float32)
    return lambda owned: _shares(owned @ weights + base)


def markov(seen: Steps, popularity: Floats) -> Callable[[Rows], Floats]:
    """Chance of each product next after the products of the last order, pulled towards what is popular."""
    hot = counted(np.arange(len(seen.product)), seen.product, seen.owned.shape)
    moves = (seen.last.T @ hot).toarray() + PSEUDO_MOVES * popularity[None, :]
    moves /= moves.sum(1, keepdims=True)
    moves = moves.astype(np.float32)

    def score(last: Rows) -> Floats:
        width = np.maximum(sums(last, 1), 1.0)[:, None]
        out = np.asarray(last @ moves / width, dtype=np.float32)
        out[sums(last, 1) == 0] = popularity
        return out

    return score


def learned_bayes(facts: Floats, product: Ints, start: Floats) -> tuple[Floats, Floats]:
    """A softmax over products that begins at naive Bayes and moves away as far as the steps ask for.

    Args:
        facts: standardised facts of the buyers before the step; steps x facts.
        product: what was bought.
        start: log chances of naive Bayes; steps x products.

    Returns:
        Weights (facts x products) and intercepts, to be added to the log chances of naive Bayes.
    """
    n_steps, n_facts = facts.shape
    n_products = start.shape[1]
    at = (np.arange(n_steps), product)

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(n_facts + 1, n_products)
        level = start + facts @ weights[:-1] + weights[-1]
        level -= level.max(1, keepdims=True)
        share = np.exp(level)
        total = share.sum(1, keepdims=True)
        value = float(np.log(total).sum() - level[at].sum() + 0.5 * RIDGE * (flat**2).sum())
        share /= total
        share[at] -= 1.0
        slope = np.concatenate([facts.T @ share, share.sum(0, keepdims=True)]).ravel() + RIDGE * flat
        return value, slope

    found = optimize.minimize(
        loss, np.zeros((n_facts + 1) * n_products), jac=True, method="L-BFGS-B", options={"maxiter": 25}
    ).x.reshape(n_facts + 1, n_products)
    return found[:-1].astype(np.float32), found[-1].astype(np.float32)


def _shares(level: Floats) -> Floats:
    level = level - level.max(1, keepdims=True)
    share = np.exp(level)
    return np.asarray(share / share.sum(1, keepdims=True), dtype=np.float32)


@dataclass(frozen=True)
class FewProducts:
    """What the methods for few products learn from; a copy of one, e.g. from a file, learns again from the same.

    Attributes:
        name: of the method.
        given: as ``few_products_methods`` takes it.
    """

    name: str
    given: tuple[Snapshot, Rows | None, Ints, Floats, Floats | None]

    @cached_property
    def _method(self) -> Callable[[Ints], Floats]:
        return _methods(*self.given)[self.name]

    def __call__(self, customers: Ints) -> Floats:
        """Chances of all products by customer."""
        return self._method(customers)

    def __getstate__(self) -> dict[str, object]:
        return {"name": self.name, "given": self.given}


def few_products_methods(
    before: Snapshot, bought_next: Rows | None, reference: Ints, popularity: Floats, about: Floats | None
) -> dict[str, Callable[[Ints], Floats]]:
    """Naive Bayes, Markov and what is learned beyond them, each from customers to chances of all products.

    Args:
        before: what was known when the customers decided.
        bought_next: what the reference customers bought next, or None.
        reference: customers whose next purchases may be used.
        popularity: share of reference customers who bought each product next.
        about: standardised facts of each customer, such as age and place; customers x facts.
    """
    given = (before, bought_next, reference, popularity, about)
    found: dict[str, Callable[[Ints], Floats]] = {}
    for name, method in _methods(*given).items():
        found[name] = FewProducts(name, given)
        found[name].__dict__["_method"] = method
    return found


def _methods(
    before: Snapshot, bought_next: Rows | None, reference: Ints, popularity: Floats, about: Floats | None
) -> dict[str, Callable[[Ints], Floats]]:
    seen = steps(before, bought_next, reference)
    if not len(seen.product):
        return {}
    share = popularity + seen.popularity() / np.float32(1.0 + 0.1 * len(reference))
    share = share / share.sum()
    bayes, moves = naive_bayes(seen, share), markov(seen, share)
    found = {
        "naive Bayes": lambda customers: bayes(before.owned[customers]),
        "Markov": lambda customers: moves(before.last[customers]),
    }
    if len(popularity) > LEARNED_PRODUCTS:
        return found
    weights, level = learned_bayes(
        _facts(seen.owned, seen.last, about, seen.customer), seen.product, np.log(bayes(seen.owned) + 1e-9)
    )

    def learned(customers: Ints) -> Floats:
        owned, last = before.owned[customers], before.last[customers]
        start = np.log(bayes(owned) + 1e-9)
        return _shares(start + _facts(owned, last, about, customers) @ weights + level)

    return found | {"learned Bayes": learned}


def _facts(owned: Rows, last: Rows, about: Floats | None, customer: Ints) -> Floats:
    parts = [owned.toarray(), last.toarray(), np.log1p(sums(owned, 1))[:, None]]
    if about is not None:
        parts.append(about[customer])
    return np.asarray(np.concatenate(parts, axis=1), dtype=np.float32)
