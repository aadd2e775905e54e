"""Three honest ways to judge: by customers, by the calendar, by what is missing from a cart."""

import json
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from passend.errors import InvalidInput
from passend.evaluate.cart_baselines import CART_BASELINES
from passend.evaluate.lists import CELLS, LENGTH, best_lists, first_of
from passend.evaluate.metrics import Truth, head_products
from passend.evaluate.planned import PLANNED, as_planned
from passend.products.next_product.candidates import candidates
from passend.products.next_product.carts import Carts, complete_candidates, completion_scores, learn_carts
from passend.products.next_product.choice import Chosen
from passend.products.next_product.few_products import MOST_PRODUCTS
from passend.products.next_product.order_table import MICROSECONDS_A_DAY, OrderTable
from passend.products.next_product.plain_methods import AGAIN, FEW_PRODUCTS, PLAIN_METHODS, Known, Scorer
from passend.products.next_product.purchases import Snapshot
from passend.products.next_product.ranker import RankerSettings, top
from passend.products.next_product.recommender import past_carts
from passend.products.next_product.sparse_rows import Ints, Rows, counted, marked, sums
from passend.products.next_product.training import Aim, Trained, followed, train_by_customers, train_for

OURS = "passend"
#: Share of a split's customers who may be missing from the orders: such as have only lines that were set aside.
MOST_STRANGE = 0.1


@dataclass(frozen=True)
class Trial:
    """Lists of every method for the same judged customers or carts, and what they really bought.

    Args:
        lists: method -> judged x 20 product codes, -1 for empty places.
        seconds: method -> seconds to learn and score.
        truth: what was bought.
        judged: identifiers of the judged, in the order of the lists.
        chosen: the method that passend took, and what each had reached before; None where it has no choice.
    """

    lists: dict[str, Ints]
    seconds: dict[str, float]
    truth: Truth
    judged: list[str]
    chosen: Chosen | None = None


@dataclass(frozen=True)
class Choice:
    """What to run.

    Args:
        methods: baselines to run beside passend; None for all.
        settings: how the ranker is grown.
        seed: of splits and training.
        most: most judged customers or carts; more are sampled by hash.
        novel: whether only products new to the customer count, or all.
        planned: whether to judge by the time cut what the main job would have offered, too.
    """

    methods: tuple[str, ...] | None
    settings: RankerSettings
    seed: int
    most: int
    novel: bool = True
    planned: bool = False

    def aim(self) -> Aim:
        """What passend is to foresee."""
        return Aim(self.settings, self.seed, self.novel)

    def wanted(self, known: Iterable[str]) -> list[str]:
        """The baselines to run, checked against those there are."""
        names = list(known)
        if self.methods is None:
            return names
        strange = sorted(set(self.methods) - set(names))
        if strange:
            raise InvalidInput(
                f"There is no method {', '.join(strange)} for this protocol.",
                remedy=f"choose among {', '.join(names)}",
            )
        return [name for name in names if name in self.methods]


def next_novel(table: OrderTable, choice: Choice, split: Path | None, part: str) -> Trial:
    """Hide the last order of the judged customers; other customers' last orders may teach.

    Args:
        table: the orders.
        choice: what to run.
        split: JSON with lists `train`, `val`, `test` of customer ids; None splits 72/8/20 by a hash of the id.
        part: `test`, or `val` while choosing.
    """
    # Every customer decides at a moment of their own, so a common calendar would tell of the future.
    lines = replace(table.purchases, dated=False)
    snapshot = Snapshot(lines, np.inf)
    before = Snapshot(lines.where((lines.turns_back > 0) & (lines.customer >= 0)), np.inf)
    following = _less(snapshot.last, None)
    wanted = _less(snapshot.last, before.owned) if choice.novel else following
    roles = _split(table, split, choice.seed)
    able = before.orders_of > 0
    reference = roles["train"][able[roles["train"]]]
    judged = roles[part][able[roles[part]] & (np.diff(wanted.indptr) > 0)[roles[part]]]
    judged = _fewer(judged, table, choice)
    need_judged(judged, "customers with an earlier order and something new in their last one")
    known = Known(before, following, reference)
    start = time.perf_counter()
    trained = train_by_customers(before, following, reference, choice.aim())
    lists = {OURS: _ours(trained, judged)}
    seconds = {OURS: time.perf_counter() - start}
    return _with_baselines(
        Trial(lists, seconds, _truth(before, wanted, judged, table), _ids(table, judged), trained.chosen),
        known,
        judged,
        choice,
    )


def time_cut(table: OrderTable, choice: Choice, cut: datetime | None, horizon_days: float) -> Trial:
    """Learn from everything before one moment, judge by the novel purchases of the days after it.

    Args:
        table: the orders.
        choice: what to run.
        cut: the moment; by default `horizon_days` before the end.
        horizon_days: how long purchases count.
    """
    lines = table.purchases
    if not lines.dated:
        raise InvalidInput(
            "The time cut needs dates, and the orders have none.",
            remedy="give the column ordered_at, or use the protocol next-novel",
        )
    end = float(lines.when.max())
    now = (
        end - horizon_days
        if cut is None
        else (cut - datetime(1970, 1, 1)).total_seconds() * 1e6 / MICROSECONDS_A_DAY
    )
    known_lines = lines.before(now)
    if not len(known_lines.when) or now > end:
        raise InvalidInput(
            "There are no orders on one side of the cut.",
            remedy="choose a cut within the dates of the orders",
        )
    before = Snapshot(known_lines, now)
    wanted = followed(lines, before, now, horizon_days, novel=choice.novel)
    judged = np.flatnonzero((np.diff(before.owned.indptr) > 0) & (np.diff(wanted.indptr) > 0))
    judged = _fewer(judged, table, choice)
    need_judged(judged, "customers known before the cut who bought something new after it")
    start = time.perf_counter()
    trained = train_for(known_lines, now, horizon_days, choice.aim())
    lists = {OURS: _ours(trained, judged)}
    seconds = {OURS: time.perf_counter() - start}
    if choice.planned:
        start = time.perf_counter()
        lists[PLANNED] = as_planned(known_lines, judged)
        seconds[PLANNED] = time.perf_counter() - start
    known = Known(before, None, np.empty(0, np.int64))
    return _with_baselines(
        Trial(lists, seconds, _truth(before, wanted, judged, table), _ids(table, judged), trained.chosen),
        known,
        judged,
        choice,
    )


def basket_completion(table: OrderTable, choice: Choice, share: float) -> Trial:
    """Hide one line of a share of the orders: the last added where `line_number` is known, else a random one.

    Args:
        table: the orders.
        choice: what to run.
        share: share of the orders judged, by a hash of the order's identifier.
    """
    carts = past_carts(table)
    n_products = table.purchases.n_products
    names = _order_names(table, carts.n_carts)
    drawn = np.array([_hash(name, choice.seed) < share for name in names], dtype=bool)
    judged = np.flatnonzero(drawn & (carts.lengths() >= 2))
    if len(judged) > choice.most:
        rank = np.argsort([_hash(names[cart], choice.seed + 1) for cart in judged], kind="stable")
        judged = np.sort(judged[rank[: choice.most]])
    need_judged(judged, "orders of two or more products")
    past = carts.picked(np.flatnonzero(~drawn))
    asked = carts.picked(judged)
    if not asked.in_order:
        order = np.lexsort((np.random.default_rng(choice.seed).random(len(asked.cart)), asked.cart))
        asked = Carts(asked.cart, asked.product[order], asked.n_carts, in_order=False)
    opened, answer = asked.without_last()
    start = time.perf_counter()
    completion = learn_carts(past, n_products, table.category, choice.settings, choice.seed)
    pairs = complete_candidates(completion.sense, opened)
    lists = {OURS: top(pairs, completion_scores(completion, pairs), len(judged), LENGTH)[0]}
    seconds = {OURS: time.perf_counter() - start}
    held = marked(past.matrix(n_products))
    inside = marked(opened.matrix(n_products))
    for name in choice.wanted(CART_BASELINES):
        start = time.perf_counter()
        lists[name] = _cart_lists(CART_BASELINES[name](held), opened, inside)
        seconds[name] = time.perf_counter() - start
    wanted = counted(np.arange(len(answer)), answer, (len(answer), n_products))
    truth = Truth(wanted, worth_of(table), head_products(sums(held, 0).astype(np.float64)))
    return Trial(lists, seconds, truth, [names[cart] for cart in judged])


def _with_baselines(trial: Trial, known: Known, judged: Ints, choice: Choice) -> Trial:
    methods = _methods(known.before.shape[1], choice)
    for name in choice.wanted(methods):
        start = time.perf_counter()
        scorer = methods[name](known)
        owned = known.before.owned if choice.novel else None
        trial.lists[name] = best_lists(scorer, judged, known.before.shape, owned)
        trial.seconds[name] = time.perf_counter() - start
    return trial


def _methods(n_products: int, choice: Choice) -> dict[str, Callable[[Known], Scorer]]:
    few = FEW_PRODUCTS if n_products <= MOST_PRODUCTS and choice.novel else {}
    return PLAIN_METHODS | few | ({} if choice.novel else AGAIN)


def _truth(before: Snapshot, wanted: Rows, judged: Ints, table: OrderTable) -> Truth:
    return Truth(wanted[judged], worth_of(table), head_products(sums(before.bought, 0).astype(np.float64)))


def _ids(table: OrderTable, judged: Ints) -> list[str]:
    return [table.customers[int(code)].as_py() for code in judged]


def _ours(trained: Trained, judged: Ints) -> Ints:
    pairs = candidates(trained.outlook, judged)
    return top(pairs, trained.scores(pairs), trained.outlook.now.shape[0], LENGTH)[0][judged]


def _cart_lists(score: Callable[[Carts], NDArray[Any]], carts: Carts, inside: Rows) -> Ints:
    step = max(CELLS // max(inside.shape[1], 1), 1)
    blocks = []
    for start in range(0, carts.n_carts, step):
        numbers = np.arange(start, min(start + step, carts.n_carts))
        scores = np.array(score(carts.picked(numbers)), dtype=np.float32)
        scores[inside[numbers].nonzero()] = -np.inf
        blocks.append(first_of(scores))
    return np.concatenate(blocks)


def _less(rows: Rows, owned: Rows | None) -> Rows:
    left = rows.tocsr() if owned is None else (rows - rows.multiply(owned)).tocsr()
    left.eliminate_zeros()
    return left


def _split(table: OrderTable, split: Path | None, seed: int) -> dict[str, Ints]:
    ids = table.customers.to_pylist()
    if split is None:
        draw = np.array([_hash(name, seed) for name in ids])
        parts = {"train": draw < 0.72, "val": (draw >= 0.72) & (draw < 0.8), "test": draw >= 0.8}
        return {name: np.flatnonzero(mask) for name, mask in parts.items()}
    try:
        named = json.loads(Path(split).read_text(encoding="utf-8"))
        parts_given = {name: [str(one) for one in named[name]] for name in ("train", "val", "test")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"The split {split} could not be read.",
            remedy="give a JSON file with the lists train, val and test of customer ids",
        ) from error
    code = {name: number for number, name in enumerate(ids)}
    _insist_on_match(split, parts_given, code)
    return {
        name: np.sort(np.array([code[one] for one in given if one in code], dtype=np.int64))
        for name, given in parts_given.items()
    }


def _insist_on_match(split: Path, parts: dict[str, list[str]], known: Mapping[str, int]) -> None:
    """A split that names other customers than the orders, or one in two parts, judges something else than it says."""
    remedy = "give the split that belongs to these orders, with identifiers as they stand there, each once"
    seen: set[str] = set()
    for part, given in parts.items():
        strange = sorted(set(given) - set(known))
        if len(strange) > MOST_STRANGE * len(set(given)):
            raise InvalidInput(
                f"The split {split} does not belong to these orders: {len(strange):,} of its {len(set(given)):,} "
                f"customers in {part} have none.",
                record=f"customer {strange[0]}",
                remedy=remedy,
            )
        twice = sorted(seen & set(given))
        if twice:
            raise InvalidInput(
                f"The split {split} has {len(twice):,} customers of {part} in an earlier part, too: what is judged "
                "would be known.",
                record=f"customer {twice[0]}",
                remedy=remedy,
            )
        seen |= set(given)


def _hash(name: str, seed: int) -> float:
    return zlib.crc32(f"{seed}:{name}".encode()) / 2**32


def _fewer(judged: Ints, table: OrderTable, choice: Choice) -> Ints:
    if len(judged) <= choice.most:
        return judged
    draw = [_hash(table.customers[int(code)].as_py(), choice.seed + 1) for code in judged]
    return np.sort(judged[np.argsort(draw, kind="stable")[: choice.most]])


def need_judged(judged: Ints, whom: str) -> None:
    """Raise where nobody can be judged."""
    if not len(judged):
        raise InvalidInput(
            f"Nothing can be judged: there are no {whom}.",
            remedy="give more orders, a longer horizon, or another protocol",
        )


def _order_names(table: OrderTable, n_carts: int) -> list[str]:
    """The carts' identifiers, where order numbers are unique; else their codes."""
    if len(table.orders) == n_carts:
        return [str(name) for name in table.orders.to_pylist()]
    return [str(code) for code in range(n_carts)]


def worth_of(table: OrderTable) -> NDArray[np.float64] | None:
    """What a line of each product earns on average; nothing where prices are not known."""
    known = ~np.isnan(table.revenue_cents)
    if not known.any():
        return None
    product = table.purchases.product[known]
    total = np.bincount(product, table.revenue_cents[known], table.purchases.n_products)
    lines = np.bincount(product, minlength=table.purchases.n_products)
    return np.asarray(total / np.maximum(lines, 1), dtype=np.float64)


def predictions(trial: Trial, products: pa.Array) -> pa.Table:
    """Our lists as a table: user_id, rank, product_id, score (the reciprocal of the rank)."""
    lists = trial.lists[OURS]
    row, place = np.nonzero(lists >= 0)
    users = pa.array(trial.judged, pa.string()).take(pa.array(row))
    return pa.table(
        {
            "user_id": users,
            "rank": pa.array(place + 1, pa.int32()),
            "product_id": products.take(pa.array(lists[row, place])),
            "score": pa.array(1.0 / (place + 1.0), pa.float64()),
        }
    )
