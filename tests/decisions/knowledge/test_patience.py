"""What contacts cost beside their price: memory, withdrawals, and what a firm without restraint would lose."""

import numpy as np
import pytest

from passend.decisions.knowledge.patience import (
    FADES,
    WEIGHT,
    Patience,
    full_use,
    learn_patience,
    memories,
    spoiled_by,
)

NONE = np.zeros(0, np.int64)


def test_memory_by_hand():
    who, what, when = np.array([0, 0, 1, 0]), np.array([0, 0, 3, 2]), np.array([1, 3, 3, 4])
    before, now = memories(who, what, when, (6, 3))
    assert before == pytest.approx([0, FADES**2, 0, FADES**3 + FADES])
    after = (FADES**3 + FADES + WEIGHT[2]) * FADES**2
    assert now == pytest.approx([after, WEIGHT[3] * FADES**3, 0])


def test_the_second_contact_in_a_month_costs_more_permissions_than_the_first_and_as_many_purchases():
    known = Patience(np.array([0.0, 1.0]), 0.002, 0.0)
    email, who = np.zeros(2, np.int64), np.arange(2)
    assert known.lost(email, who) == pytest.approx([0.002, 0.008])
    assert known.spoiled(email) == pytest.approx(spoiled_by(0.002 * np.ones(2)))
    assert known.spoiled(email + 1) == pytest.approx(spoiled_by(0.002 * 0.12 * np.ones(2)))
    assert (known.lost_by(email, who) >= known.lost(email, who)).all()


def test_how_easily_customers_withdraw_is_learned_and_nothing_seen_is_an_assumption():
    nothing = learn_patience(NONE, NONE, NONE, NONE.astype(bool), (10, 5))
    assert nothing.hazard == pytest.approx(0.002)
    assert nothing.seen == 0
    random = np.random.default_rng(1)
    who = np.arange(20_000)
    withdrew = random.random(20_000) < 0.01
    found = learn_patience(who, who * 0, who * 0, withdrew, (10, 20_000))
    assert found.hazard == pytest.approx(0.01, rel=0.2)
    assert found.seen > 0.95


def test_full_use_by_hand():
    """Everybody may get an e-mail every four weeks: the memory before one is f + f^2 + ... of four weeks each."""
    may = np.zeros((50, len(WEIGHT)), bool)
    may[:, 0] = True
    free = np.full(len(WEIGHT), np.inf)
    weekly = full_use(may, free, 4, np.random.default_rng(1), weeks=80)
    memory = 1 / (1 - FADES**4)
    assert weekly == pytest.approx(50 / 4 * memory**2, rel=0.01)
    assert full_use(~may & False, free, 4, np.random.default_rng(1)) == 0
    half = free.copy()
    half[0] = 5
    assert full_use(may, half, 4, np.random.default_rng(1)) < weekly
