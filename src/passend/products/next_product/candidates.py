"""Candidates: a few hundred products a customer might buy next, and what speaks for each of them."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from passend.kernels.best_columns import best_columns
from passend.products.next_product import calendar
from passend.products.next_product.beside import Beside
from passend.products.next_product.lesson import FADING, Wisdom
from passend.products.next_product.neighbours import Neighbours
from passend.products.next_product.plain_methods import DECAYS, Scorer, rhythm
from passend.products.next_product.purchases import Snapshot
from passend.products.next_product.sparse_rows import Floats, Ints, Rows, sums
from passend.products.next_product.tastes import Tastes

POPULAR = 100
EACH = 30
CELLS = 6_000_000
QUICK_CELLS = 1_500_000
FEWEST, MOST = 50, 250  # candidates a customer where few signals must do
QUICK_PAIRS = 5_000_000  # of customers and candidates that may be weighed in a large shop
PRODUCT_FACTS = ("popularity", "owners", "momentum", "repeat", "last_baskets")
_POPULARITIES = tuple(PRODUCT_FACTS.index(one) for one in ("popularity", "last_baskets"))
CUSTOMER_FACTS = ("orders", "lines_an_order", "last_order", "novelty", "taste_known")


@dataclass(frozen=True)
class Outlook:
    """Everything needed to score customers at one moment.

    Args:
        now: the histories.
        neighbours: which products stand beside each other.
        tastes: customers and products in one space.
        wisdom: what was learned from what followed an earlier moment.
        horizon: how far ahead purchases count, days; NaN without dates.
        plain: plain methods that are signals, too.
        beside: what is known beside purchases.
        novel: whether only products new to a customer are candidates.
        quick: whether few signals must do, as the shop is large.
    """

    now: Snapshot
    neighbours: Neighbours
    tastes: Tastes
    wisdom: Wisdom
    horizon: float
    plain: dict[str, Scorer]
    beside: Beside
    novel: bool = True
    quick: bool = False


@dataclass(frozen=True)
class Candidates:
    """One row a customer and candidate product, sorted by customer, with the features of the pair.

    Args:
        customer: code of the customer.
        product: code of the product.
        features: rows x len(names), float32; NaN where a fact cannot be known.
        names: what each column is.
    """

    customer: Ints
    product: Ints
    features: Floats
    names: tuple[str, ...]


def candidates(outlook: Outlook, customers: Ints) -> Candidates:
    """Collect candidates from every generator and describe them; customers keep the order given."""
    blocks = [block for _, block in candidate_blocks(outlook, customers)]
    if not blocks:
        return Candidates(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, 0), np.float32), ())
    return Candidates(
        np.concatenate([block.customer for block in blocks]),
        np.concatenate([block.product for block in blocks]),
        np.concatenate([block.features for block in blocks]),
        blocks[0].names,
    )


def candidate_blocks(outlook: Outlook, customers: Ints) -> Iterator[tuple[Ints, Candidates]]:
    """Candidates of a few customers at a time, on all cores; the answer does not depend on their number."""
    if not len(customers):
        return
    facts = product_facts(outlook)
    more = _more(outlook)
    widest = max(outlook.now.shape[1], 1 if outlook.quick else len(outlook.wisdom.lesson.reference), 1)
    step = max((QUICK_CELLS if outlook.quick else CELLS) // widest, 1)
    parts = [customers[start : start + step] for start in range(0, len(customers), step)]
    outlook.now.warm()
    describe = _quick_block if outlook.quick else _block
    workers = min(os.cpu_count() or 1, 8)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        # A few at a time: what is described of all customers at once would fill the memory.
        for start in range(0, len(parts), 2 * workers):
            some = parts[start : start + 2 * workers]
            yield from zip(
                some, pool.map(lambda block: describe(outlook, block, more, facts), some), strict=True
            )


def _more(outlook: Outlook) -> dict[str, Rows]:
    """What each customer bought, fading in several ways, and looked at; customers x products."""
    out = {"recent": outlook.now.recent(FADING)}
    looked = outlook.beside.looked_at(outlook.now)
    if looked is not None:
        out["looked_at"] = looked
    if not outlook.novel:
        out |= {f"rhythm_{decay:g}": rhythm(outlook.now, decay) for decay in DECAYS}
        out["own"] = outlook.now.bought
    return out


def _block(
    outlook: Outlook, block: Ints, more: dict[str, Rows], product: tuple[Floats, tuple[str, ...]]
) -> Candidates:
    facts, fact_names = product
    novel, recent = outlook.novel, more["recent"]
    signals = outlook.neighbours.scores(outlook.now, recent, block)
    signals["taste"] = outlook.tastes.customers[block] @ outlook.tastes.products.T
    signals |= outlook.wisdom.scores(outlook.now, recent, outlook.tastes, block)
    signals |= {name: rows[block].toarray() for name, rows in more.items() if name != "recent"}
    signals |= {name: np.array(score(block), dtype=np.float32) for name, score in outlook.plain.items()}
    owned = outlook.now.owned[block].nonzero() if novel else (np.empty(0, int), np.empty(0, int))
    row, code = _choose(signals, facts, owned).nonzero()
    base = np.log(outlook.wisdom.popularity[code] + 1e-5)
    columns = [values[row, code] for values in signals.values()]
    names = list(signals)
    for name in ("alike_many", "season", "habit_season", "habit"):
        if name in signals:
            columns.append(np.log(np.maximum(signals[name][row, code], 0) + 1e-5) - base)
            names.append(f"{name}_over_popularity")
    who = _customer_facts(outlook, block)[row]
    described = np.concatenate([np.stack(columns, 1), facts[code], who], axis=1).astype(np.float32)
    return Candidates(block[row], code.astype(np.int64), described, (*names, *fact_names, *CUSTOMER_FACTS))


def _quick_block(
    outlook: Outlook, block: Ints, more: dict[str, Rows], product: tuple[Floats, tuple[str, ...]]
) -> Candidates:
    """Few candidates by the sum of few signals, each as a share of the customer's best."""
    facts, fact_names = product
    recent = more["recent"]
    signals = outlook.neighbours.scores(outlook.now, recent, block)
    signals["transition"] = (recent[block] @ outlook.wisdom.transition).toarray()
    signals |= {name: rows[block].toarray() for name, rows in more.items() if name != "recent"}
    signals |= {name: np.array(score(block), dtype=np.float32) for name, score in outlook.plain.items()}
    total = np.repeat(_general(facts)[None, :], len(block), axis=0)
    share = np.empty_like(total)
    for values in signals.values():
        np.divide(values, np.maximum(values.max(1, keepdims=True), np.float32(1e-9)), out=share)
        total += share
    if outlook.novel:
        total[outlook.now.owned[block].nonzero()] = -np.inf
    keep = quick_candidates(*outlook.now.shape)
    code = best_columns(total, keep).ravel()
    row = np.repeat(np.arange(len(block)), keep)
    fresh = np.isfinite(total[row, code])
    row, code = row[fresh], code[fresh]
    columns = [values[row, code] for values in signals.values()]
    who = _customer_facts(outlook, block)[row]
    described = np.concatenate([np.stack(columns, 1), facts[code], who], axis=1).astype(np.float32)
    return Candidates(block[row], code.astype(np.int64), described, (*signals, *fact_names, *CUSTOMER_FACTS))


def quick_candidates(customers: int, products: int) -> int:
    """Candidates a customer where few signals must do: an eighth of the products, fewer where customers are many."""
    wanted = min(products // 8, QUICK_PAIRS // max(customers, 1), MOST)
    return min(max(wanted, FEWEST), products)


def _general(facts: Floats) -> Floats:
    """What is popular, now and in this season, as shares of the best; one number a product."""
    columns = [np.exp(facts[:, 0]), *facts[:, len(PRODUCT_FACTS) : len(PRODUCT_FACTS) + 4].T]
    known = [np.nan_to_num(one) for one in columns if not np.isnan(one).all()]
    return np.asarray(sum(one / max(float(one.max()), 1e-9) for one in known) / len(known), np.float32)


def product_facts(outlook: Outlook) -> tuple[Floats, tuple[str, ...]]:
    """Facts of the products alone, dated ones included."""
    popularity = outlook.wisdom.popularity
    owners = sums(outlook.now.owned, 0) / np.float32(max(outlook.now.shape[0], 1))
    lines = sums(outlook.now.bought, 0) / np.float32(max(outlook.now.shape[0], 1))
    floor = np.float32(3.0 / max(outlook.now.shape[0], 1))
    facts = np.stack(
        [
            np.log(popularity + floor / 3),
            np.log(owners + floor / 3),
            np.log((popularity + floor) / (owners + 3 * floor)),
            lines / (owners + floor),
            np.log(outlook.wisdom.lesson.in_last + floor / 3),
        ],
        axis=1,
    )
    dated = calendar.calendar(outlook.now, outlook.horizon)
    return np.concatenate([facts, dated], axis=1).astype(np.float32), (*PRODUCT_FACTS, *calendar.NAMES)


def _customer_facts(outlook: Outlook, customers: Ints) -> Floats:
    habits = outlook.now.habits[customers]
    known = np.linalg.norm(outlook.tastes.customers[customers], axis=1)
    return np.stack([habits[:, 0], habits[:, 3], habits[:, 4], habits[:, 5], known], axis=1)


def _choose(signals: dict[str, Floats], facts: Floats, owned: tuple[Ints, Ints]) -> np.ndarray:
    shape = next(iter(signals.values())).shape
    chosen = np.zeros(shape, dtype=bool)
    for column in (*_POPULARITIES, *range(len(PRODUCT_FACTS), len(PRODUCT_FACTS) + 5)):
        if not np.isnan(facts[:, column]).all():
            chosen[:, np.argsort(-facts[:, column], kind="stable")[:POPULAR]] = True
    for values in signals.values():
        values[owned] = -np.inf
        keep = min(EACH, shape[1])
        best = np.argpartition(-values, keep - 1, axis=1)[:, :keep]
        height = np.take_along_axis(values, best, axis=1)
        row = np.broadcast_to(np.arange(shape[0])[:, None], best.shape)
        chosen[row[height > 0], best[height > 0]] = True
    chosen[owned] = False
    return chosen
