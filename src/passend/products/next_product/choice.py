"""Which method offers: trees, a blend of all signals, or one plain method, whichever proved best on earlier customers.

The proof is taken on purchases that none of what is compared has seen: trees learn from earlier moments or other
customers, and the blend's weights come from other customers than those it is judged on.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from passend.products.next_product.candidates import Candidates
from passend.products.next_product.ranker import Ranker, RankerSettings, train
from passend.products.next_product.sparse_rows import Floats, Ints, Rows, cells

TREES, BLEND, BOTH = "trees", "blend", "trees and blend"
FLOOR = 0.02  # a signal of nothing is worth this share of the customer's best one
PULL = 4.0  # how many customers the blend's opening weights count for
PARTS = 4
FEW_PRODUCTS = 50
FEWEST_JUDGED = 20
#: Signals that stand in the candidates as logarithms.
_LOGS = ("popularity", "owners", "last_baskets")
_POPULAR = (
    "popularity",
    "last_baskets",
    "owners",
    "buyers_last_fortnight",
    "buyers_last_30_days",
    "buyers_last_90_days",
    "buyers_same_season",
)
_NEVER = (
    "days_since_sale", "days_on_sale", "momentum", "repeat", "orders", "lines_an_order", "last_order", "novelty",
    "taste_known", "buyers_same_month",
)  # fmt: skip
#: Columns of the candidates that are a plain method by another name.
PLAIN_COLUMNS = {
    "owners": "global popularity",
    "last_baskets": "last-basket popularity",
    "popularity": "popularity among the new",
    "buyers_last_30_days": "recent popularity",
}


@dataclass(frozen=True)
class Students:
    """Customers at moments after which their purchases are known.

    Args:
        pairs: their candidates; the same customer at two moments is two students.
        bought: what each student bought next; students x products.
        group: the moment (or part of the customers) of each student.
        customer: code of the customer behind each student.
    """

    pairs: Candidates
    bought: Rows
    group: Ints
    customer: Ints

    def of_groups(self, groups: Ints) -> Candidates:
        """The candidates of some groups."""
        kept = np.isin(self.group[self.pairs.customer], groups)
        pairs = self.pairs
        return Candidates(pairs.customer[kept], pairs.product[kept], pairs.features[kept], pairs.names)


@dataclass(frozen=True)
class Chosen:
    """The method that offers.

    Args:
        method: `trees`, `blend`, `trees and blend` or the name of a plain method.
        weights: of the signals in the blend; for a plain method its one column.
        proof: what each method reached on the purchases it was judged by (NDCG), best first.
        judged: number of customers and moments they were judged on.
    """

    method: str
    weights: dict[str, float]
    proof: dict[str, float]
    judged: int

    def needs_trees(self) -> bool:
        """Whether the trees have a say."""
        return self.method in (TREES, BOTH)

    def level(self, pairs: Candidates, ranker: Ranker | None) -> Floats:
        """One number a candidate, comparable among the candidates of one customer; higher is better."""
        if not len(pairs.customer):
            return np.empty(0, np.float32)
        if self.method == TREES and ranker is not None:
            return ranker.scores(pairs)
        trees = ranker.scores(pairs) if self.method == BOTH and ranker is not None else None
        return _blended(_columns(pairs, trees, tuple(self.weights)), self.weights)

    def chances(self, pairs: Candidates, ranker: Ranker | None) -> Floats:
        """Numbers between 0 and 1 for comparing the offers of a customer, not for forecasting sales."""
        if self.method == TREES and ranker is not None:
            return ranker.chances(pairs)
        return _softmax(self.level(pairs, ranker), pairs.customer)


def choose(
    students: Students | None,
    rounds: list[tuple[Ints, Ints]],
    plain: tuple[str, ...],
    settings: RankerSettings,
    seed: int,
) -> Chosen:
    """Let every method foresee what the students bought, and take the best.

    Args:
        students: who is judged; None where nobody's later purchases are known.
        rounds: pairs of groups of students: trees learn from the first, all are judged on the second.
        plain: columns of the candidates that are plain methods, beside the kinds of popularity.
        settings: how trees are grown.
        seed: of the trees.
    """
    if students is None or not rounds:
        return Chosen(BLEND, {}, {}, 0)
    judged, trees = _foreseen_by_trees(students, rounds, settings, seed)
    sold = _sold(judged, students.bought)
    has = np.zeros(students.bought.shape[0], dtype=bool)
    has[judged.customer[sold]] = True
    if has.sum() < FEWEST_JUDGED:
        return Chosen(BLEND, {}, {}, int(has.sum()))
    cut = 3 if students.bought.shape[1] <= FEW_PRODUCTS else 10
    columns = _columns(judged, None, None)
    levels = {name: columns[name] for name in columns if name in PLAIN_COLUMNS or name in plain}
    part = students.customer % PARTS
    offered = {BLEND: columns}
    if trees is not None:
        levels[TREES] = trees
        offered[BOTH] = columns | {"trees": _standard(trees)}
    for name, some in offered.items():
        levels[name] = _cross_fitted(some, judged.customer, sold, part)
    each = {
        PLAIN_COLUMNS.get(name, name): _ndcg(judged, level, sold, students.bought, cut)
        for name, level in levels.items()
    }
    proof = dict(sorted(((name, float(one.mean())) for name, one in each.items()), key=lambda one: -one[1]))
    best = _best(each)
    weights: dict[str, float] = {}
    if best in offered:
        weights = _weights(offered[best], judged.customer, sold)
    elif best != TREES:
        weights = {next(name for name in columns if PLAIN_COLUMNS.get(name, name) == best): 1.0}
    return Chosen(best, weights, proof, int(has.sum()))


def _best(each: dict[str, Floats]) -> str:
    """What weighs most signals, unless something simpler is ahead of it by more than its standard error.

    Of a dozen methods one is always ahead by luck; a blend of all stays near the best whichever it is.
    """
    best = next(name for name in (BOTH, BLEND) if name in each)
    for name, values in sorted(each.items(), key=lambda one: -float(one[1].mean())):
        ahead = values - each[best]
        error = float(ahead.std()) / np.sqrt(max(len(ahead), 1))
        if name != best and float(ahead.mean()) > error:
            best = name
    return best


def _foreseen_by_trees(
    students: Students, rounds: list[tuple[Ints, Ints]], settings: RankerSettings, seed: int
) -> tuple[Candidates, Floats | None]:
    parts, scores = [], []
    for taught, asked in rounds:
        part = students.of_groups(asked)
        parts.append(part)
        ranker = train(students.of_groups(taught), students.bought, settings, seed)
        if ranker is not None:
            scores.append(ranker.scores(part))
    joined = Candidates(
        np.concatenate([part.customer for part in parts]),
        np.concatenate([part.product for part in parts]),
        np.concatenate([part.features for part in parts]),
        parts[0].names,
    )
    return joined, np.concatenate(scores) if len(scores) == len(parts) else None


def _columns(pairs: Candidates, trees: Floats | None, wanted: tuple[str, ...] | None) -> dict[str, Floats]:
    """Every signal as the log of its share of the customer's best one, so that signals multiply like chances."""
    out: dict[str, Floats] = {}
    for number, name in enumerate(pairs.names):
        if name in _NEVER or name.endswith("_over_popularity") or (wanted and name not in wanted):
            continue
        values = pairs.features[:, number]
        if np.isnan(values).all():
            continue
        values = np.exp(values) if name in _LOGS else np.nan_to_num(values)
        out[name] = np.log(_of_best(values, pairs.customer) + FLOOR)
    if trees is not None:
        out["trees"] = _standard(trees)
    return out


def _standard(trees: Floats) -> Floats:
    return np.clip(trees, -12.0, 12.0)


def _of_best(values: Floats, customer: Ints) -> Floats:
    values = np.maximum(values, 0.0).astype(np.float64)
    best = np.zeros(int(customer.max(initial=0)) + 1)
    np.maximum.at(best, customer, values)
    return np.asarray(values / np.maximum(best[customer], 1e-12), dtype=np.float32)


def _opening(names: list[str]) -> Floats:
    """Weights before anything is learned: popularity counts as much as all personal signals together."""
    popular = np.array([name in _POPULAR for name in names])
    trees = np.array([name == "trees" for name in names])
    out = np.where(popular, 1.0 / max(popular.sum(), 1), 1.0 / max((~popular & ~trees).sum(), 1))
    return np.where(trees, 0.0, out)


def _blended(columns: dict[str, Floats], weights: dict[str, float]) -> Floats:
    names = list(columns)
    used = weights or dict(zip(names, _opening(names).tolist(), strict=True))
    total = np.zeros(len(next(iter(columns.values()))), dtype=np.float64)
    for name in names:
        total += used.get(name, 0.0) * columns[name]
    return total.astype(np.float32)


def _cross_fitted(columns: dict[str, Floats], customer: Ints, sold: np.ndarray, part: Ints) -> Floats:
    """The blend's level for each candidate, its weights from the other parts of the customers."""
    out = np.zeros(len(customer), dtype=np.float32)
    mine = part[customer]
    for number in range(PARTS):
        taught, asked = mine != number, mine == number
        weights = _weights(
            {name: one[taught] for name, one in columns.items()}, customer[taught], sold[taught]
        )
        out[asked] = _blended({name: one[asked] for name, one in columns.items()}, weights)
    return out


def _weights(columns: dict[str, Floats], customer: Ints, sold: np.ndarray) -> dict[str, float]:
    """Conditional logit: which of the candidates was bought; weights at least 0, pulled towards the opening ones."""
    names = list(columns)
    opening = _opening(names)
    order = np.argsort(customer, kind="stable")
    customer, sold = customer[order], sold[order]
    has = np.zeros(int(customer.max(initial=0)) + 1, dtype=bool)
    has[customer[sold]] = True
    kept = has[customer]
    if not kept.any():
        return dict(zip(names, opening.tolist(), strict=True))
    order, customer, sold = order[kept], customer[kept], sold[kept].astype(np.float64)
    facts = np.stack([columns[name][order] for name in names], axis=1).astype(np.float64)
    starts = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]])
    lengths = np.diff(np.r_[starts, len(customer)])
    number = np.add.reduceat(sold, starts)
    pull = 1.0 / np.sqrt(number)  # a customer with many purchases counts, but not for as many customers
    told = facts.T @ (sold * np.repeat(pull, lengths))

    def loss(weights: Floats) -> tuple[float, Floats]:
        level = facts @ weights
        high = np.maximum.reduceat(level, starts)
        share = np.exp(level - np.repeat(high, lengths))
        total = np.add.reduceat(share, starts)
        value = float((number * pull * (high + np.log(total))).sum() - weights @ told)
        share *= np.repeat(number * pull / total, lengths)
        away = weights - opening
        return value + 0.5 * PULL * float(away @ away), facts.T @ share - told + PULL * away

    found = optimize.minimize(
        loss,
        opening,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * len(names),
        options={"maxiter": 100},
    ).x
    return dict(zip(names, found.tolist(), strict=True))


def _sold(pairs: Candidates, bought: Rows) -> np.ndarray:
    return cells(bought, pairs.customer, pairs.product) > 0


def _ndcg(pairs: Candidates, level: Floats, sold: np.ndarray, bought: Rows, cut: int) -> Floats:
    """NDCG of each student who bought something."""
    order = np.lexsort((pairs.product, -level, pairs.customer))
    customer, hit = pairs.customer[order], sold[order]
    counts = np.bincount(customer, minlength=bought.shape[0])
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    gain = np.bincount(customer, hit * (place < cut) / np.log2(place + 2.0), minlength=bought.shape[0])
    wanted = np.diff(bought.indptr)
    ideal = np.cumsum(1.0 / np.log2(np.arange(cut) + 2.0))
    asked = (wanted > 0) & (counts > 0)
    return np.asarray(gain[asked] / ideal[np.minimum(wanted[asked], cut) - 1])


def _softmax(level: Floats, customer: Ints) -> Floats:
    if not len(level):
        return level
    best = np.full(int(customer.max()) + 1, -np.inf)
    np.maximum.at(best, customer, level)
    share = np.exp(level - best[customer])
    return np.asarray(share / np.bincount(customer, share)[customer], dtype=np.float32)
