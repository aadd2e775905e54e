"""Training without leaks: by customers where all decide at one time, by the calendar where time is known."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from passend.products.next_product.candidates import Candidates, Outlook, candidates
from passend.products.next_product.lesson import Lesson, learn
from passend.products.next_product.neighbours import neighbours
from passend.products.next_product.purchases import Purchases, Snapshot
from passend.products.next_product.ranker import Ranker, RankerSettings, train
from passend.products.next_product.sparse_rows import Ints, Rows, counted, marked
from passend.products.next_product.tastes import placed, tastes

FOLDS = 5
REFERENCE_CUSTOMERS = 30_000
STUDENTS = 15_000


@dataclass(frozen=True)
class Trained:
    """A ranker (None: too little to learn from) and the outlook it is to be used with."""

    ranker: Ranker | None
    outlook: Outlook


def train_by_customers(
    before: Snapshot, bought_next: Rows, reference: Ints, settings: RankerSettings, seed: int
) -> Trained:
    """Cross-fit over customers: each one's features come from a lesson that leaves them out.

    Args:
        before: histories, without the next purchases.
        bought_next: next novel purchases of the reference customers; all customers x products.
        reference: customers whose next purchases are known.
        settings: how the trees are grown.
        seed: of the folds, the tastes and the trees.
    """
    rng = np.random.default_rng(seed)
    reference = _at_most(reference, REFERENCE_CUSTOMERS, rng)
    near, liking = neighbours(before), tastes(before, seed)
    fold = rng.permutation(len(reference)) % FOLDS
    students = rng.random(len(reference)) < STUDENTS / max(len(reference), 1)
    parts = []
    for number in range(FOLDS if len(reference) >= 10 * FOLDS else 0):
        lesson = Lesson(before, bought_next, reference[fold != number])
        outlook = Outlook(before, near, liking, learn(lesson, liking, with_seasons=True), np.nan)
        parts.append(candidates(outlook, np.sort(reference[(fold == number) & students])))
    ranker = train(_joined(parts), bought_next, settings, seed) if parts else None
    lesson = Lesson(before, bought_next, reference)
    return Trained(ranker, Outlook(before, near, liking, learn(lesson, liking, with_seasons=True), np.nan))


def train_by_calendar(
    lines: Purchases, now: float, horizon: float, settings: RankerSettings, seed: int
) -> Trained:
    """Learn at earlier moments what followed them; nothing later than a moment enters its features.

    Args:
        lines: all order lines; those at or after `now` are ignored.
        now: the decision date, days.
        horizon: how far ahead purchases count, days.
        settings: how the trees are grown.
        seed: of the tastes and the trees.
    """
    lines = lines.before(now)
    rng = np.random.default_rng(seed)
    opened = float(lines.when.min()) if len(lines.when) else now
    moments = [now - back * horizon for back in (1.0, 1.5, 2.0, 3.0)]
    parts, answers = [], []
    for moment in moments:
        if moment - 2.0 * horizon < opened:
            break
        outlook = outlook_at(lines, moment, horizon, seed, rng)
        sold = followed(lines, outlook.now, moment, horizon)
        buyers = np.flatnonzero((np.diff(sold.indptr) > 0) & (outlook.now.orders_of > 0))
        parts.append(candidates(outlook, np.sort(_at_most(buyers, STUDENTS // len(moments), rng))))
        answers.append(sold)
    ranker = None
    if parts:
        ranker = train(_stacked(parts, lines.n_customers), _tower(answers), settings, seed)
    return Trained(ranker, outlook_at(lines, now, horizon, seed, rng))


def outlook_at(lines: Purchases, now: float, horizon: float, seed: int, rng: np.random.Generator) -> Outlook:
    """Everything known at a moment, its lesson being the horizon just before."""
    snapshot = Snapshot(lines.before(now), now)
    earlier = Snapshot(lines.before(now - horizon), now - horizon)
    sold = followed(lines, earlier, now - horizon, horizon)
    buyers = np.flatnonzero(np.diff(sold.indptr) > 0)
    lesson = Lesson(earlier, sold, _at_most(buyers, REFERENCE_CUSTOMERS, rng))
    liking = tastes(snapshot, seed)
    wisdom = learn(lesson, placed(earlier, liking), with_seasons=False)
    return Outlook(snapshot, neighbours(snapshot), liking, wisdom, horizon)


def followed(lines: Purchases, before: Snapshot, now: float, horizon: float) -> Rows:
    """Novel products each customer bought within the horizon after a moment."""
    inside = (lines.when >= now) & (lines.when < now + horizon) & (lines.customer >= 0)
    sold = marked(counted(lines.customer[inside], lines.product[inside], before.shape))
    novel = (sold - sold.multiply(before.owned)).tocsr()
    novel.eliminate_zeros()
    return novel


def _at_most(customers: Ints, most: int, rng: np.random.Generator) -> Ints:
    return customers if len(customers) <= most else np.sort(rng.choice(customers, most, replace=False))


def _joined(parts: list[Candidates]) -> Candidates:
    return Candidates(
        np.concatenate([part.customer for part in parts]),
        np.concatenate([part.product for part in parts]),
        np.concatenate([part.features for part in parts]),
        parts[0].names,
    )


def _stacked(parts: list[Candidates], n_customers: int) -> Candidates:
    """The same customer at two moments is two students."""
    shifted = [
        Candidates(part.customer + number * n_customers, part.product, part.features, part.names)
        for number, part in enumerate(parts)
    ]
    return _joined(shifted)


def _tower(answers: list[Rows]) -> Rows:
    return sp.vstack(answers).tocsr()
