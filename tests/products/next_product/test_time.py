"""Nothing later than the decision date may change what is learnt."""

import numpy as np
import pytest

from passend.products.next_product.candidates import candidates
from passend.products.next_product.order_table import read_orders
from passend.products.next_product.purchases import Purchases, Snapshot
from passend.products.next_product.ranker import RankerSettings
from passend.products.next_product.seasons import seasons
from passend.products.next_product.sparse_rows import counted
from passend.products.next_product.training import Aim, train_by_calendar, train_by_customers

from .shops import planted_shop

AIM = Aim(RankerSettings(trees=20, threads=1), seed=1)


@pytest.fixture(scope="module")
def lines() -> Purchases:
    return read_orders(planted_shop()).purchases


def test_shuffling_the_future_changes_nothing(lines):
    now = float(lines.when.min()) + 300.0
    future = np.flatnonzero(lines.when >= now)
    product = lines.product.copy()
    product[future] = np.random.default_rng(5).permutation(product[future])
    other = Purchases(
        lines.customer, lines.order, product, lines.when, True, lines.n_customers, lines.n_products
    )
    judged = np.arange(50)
    told = []
    for world in (lines, other):
        trained = train_by_calendar(world, now, 50.0, AIM)
        pairs = candidates(trained.outlook, judged)
        told.append((pairs.features, trained.scores(pairs)))
    np.testing.assert_array_equal(told[0][0], told[1][0])
    np.testing.assert_array_equal(told[0][1], told[1][1])


def test_answers_of_the_judged_change_nothing(lines):
    undated = Purchases(
        lines.customer, lines.order, lines.product, lines.when, False, lines.n_customers, lines.n_products
    )
    before = Snapshot(undated.where(lines.turns_back > 0), np.inf)
    following = Snapshot(undated, np.inf).last
    novel = (following - following.multiply(before.owned)).tocsr()
    reference, judged = np.arange(0, 400), np.arange(400, 450)
    changed = novel.tolil()
    changed[judged] = 1.0
    told = []
    for answers in (novel, changed.tocsr()):
        trained = train_by_customers(before, answers, reference, AIM)
        told.append(candidates(trained.outlook, judged).features)
    np.testing.assert_array_equal(told[0], told[1])


def test_the_latest_order_counts_most(lines):
    table = Snapshot(lines, np.inf)
    fading = table.recent(0.5)
    assert (fading.multiply(table.last).sum(1) >= table.last.sum(1) - 1e-4).all()


def test_seasons_without_dates_follow_the_planted_order_of_time():
    rng = np.random.default_rng(0)
    owner, when, product = [], [], []
    for customer in range(400):
        for moment in np.sort(rng.random(6)):
            # Six goods are in the shop at a time; the window moves through sixty.
            owner += [customer] * 4
            when += [moment] * 4
            product += (int(moment * 54) + rng.integers(0, 6, 4)).tolist()
    owner, when = np.array(owner), np.array(when)
    start = np.flatnonzero(np.r_[True, (when[1:] != when[:-1]) | (owner[1:] != owner[:-1])])
    row = np.repeat(np.arange(len(start)), 4)
    baskets = counted(row, np.array(product), (len(start), 60))
    found = seasons(baskets, owner[start], 400, np.arange(0, 300))
    last = np.array([when[owner == customer].max() for customer in range(400)])
    expected = found.of_target @ np.arange(found.of_target.shape[1])
    assert np.corrcoef(expected, last[:300])[0, 1] > 0.8
    ahead = found.forecast @ np.arange(found.forecast.shape[1])
    assert np.corrcoef(ahead[300:], last[300:])[0, 1] > 0.5
    np.testing.assert_allclose(found.forecast.sum(1), 1.0, rtol=1e-4)
