"""Needs, effects, patience and sales: planted truth, null worlds, and arithmetic by hand."""

import numpy as np
import pytest

from passend.customers.offer_effects import Sale, learn_answers, learn_needs, learn_patience, sale_worth
from passend.customers.offer_effects.answers import Contacts, credit, notice_of, tried_before, willing_of
from passend.customers.offer_effects.history import NEVER, History
from passend.customers.offer_effects.needs import coming
from passend.customers.offer_effects.patience import FADES, FullUse, memories
from passend.customers.offer_effects.sale import anyway, given_away, shrunk_returns


def _contacts(rows: int, seed: int) -> Contacts:
    rng = np.random.default_rng(seed)
    return Contacts(
        np.exp(rng.normal(-4.5, 1.0, rows)).clip(0, 0.5),
        np.zeros(rows, np.int64),
        rng.integers(0, 5, rows),
        rng.normal(8.0, 0.7, rows),
        np.zeros(rows),
        np.where(rng.random(rows) < 0.5, 0.1, 0.0),
        np.zeros(rows),
    )


def _bought(contacts: Contacts, added: np.ndarray, seed: int) -> np.ndarray:
    luck = np.random.default_rng(seed).random(len(added))
    return luck < 1.0 - (1.0 - contacts.base) * (1.0 - added)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_planted_effect_is_found_beside_what_is_bought_anyway(seed: int) -> None:
    contacts = _contacts(40_000, seed)
    need = np.log(np.maximum(contacts.base, 1e-7)) + 4.5
    truth = 1 / (1 + np.exp(-(-4.0 + 0.8 * need - 0.5 * (contacts.log_price - 8.0))))
    found = learn_answers(contacts, _bought(contacts, truth, seed), (-4.5, 8.0), 5)
    assert found.added(contacts).mean() == pytest.approx(truth.mean(), rel=0.25)
    assert np.corrcoef(np.log(found.added(contacts)), np.log(truth))[0, 1] > 0.9
    low, high = found.interval(contacts)
    assert np.mean((low < truth) & (truth < high)) > 0.8


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_where_contacts_change_nothing_the_effect_is_small(seed: int) -> None:
    contacts = _contacts(40_000, seed)
    bought = _bought(contacts, np.zeros(40_000), seed)
    found = learn_answers(contacts, bought, (-4.5, 8.0), 5)
    assert found.added(contacts).mean() < 0.1 * bought.mean()


def test_without_contacts_the_prior_stands_and_caution_lowers_it() -> None:
    contacts = _contacts(20, 1)
    none = np.zeros(0)
    nobody = Contacts(none, none.astype(np.int64), none.astype(np.int64), none, none, none, none)
    found = learn_answers(nobody, np.zeros(0, bool), (-4.5, 8.0), 5)
    assert 0.001 < found.added(contacts).mean() < 0.1
    assert (found.added(contacts, 1.0) < found.added(contacts)).all()


def test_draws_of_the_effect_scatter_as_its_interval_says() -> None:
    contacts = _contacts(5_000, 7)
    truth = np.full(5_000, 0.03)
    found = learn_answers(contacts, _bought(contacts, truth, 7), (-4.5, 8.0), 5)
    few = contacts.rows(np.arange(50))
    drawn = found.draws(few, np.random.default_rng(1), 2_000)
    low, high = found.interval(few)
    assert drawn.shape == (2_000, 50)
    assert np.mean((low < drawn) & (drawn < high)) == pytest.approx(0.95, abs=0.01)
    assert np.median(drawn, axis=0) == pytest.approx(found.added(few), rel=0.05)


def _history(seed: int) -> History:
    """Group 1 is bought four weeks after group 0 by every other customer, groups 2 and 3 at any time."""
    rng = np.random.default_rng(seed)
    who, what, when = [], [], []
    for customer in range(600):
        start = int(rng.integers(0, 60))
        who.append(customer), what.append(0), when.append(start)
        if customer % 2:
            who.append(customer), what.append(1), when.append(start + 4)
        for group in (2, 3):
            who.append(customer), what.append(group), when.append(int(rng.integers(0, 70)))
    empty = np.zeros(0, np.int64)
    past = (np.array(who), np.array(what), np.array(when))
    return History(600, np.array([0, 0, 1, 1]), np.zeros(600, np.int64), *past, empty, empty, empty)


def test_a_need_is_seen_after_its_anchor() -> None:
    history = _history(1)
    needs = learn_needs(history, 60)
    rate = needs.rate(needs.moment(history, 60)).reshape(600, 4)
    last = history.last_bought(60)
    is_due = (last[:, 0] <= 4) & (last[:, 1] >= NEVER)
    is_late = (last[:, 0] > 30) & (last[:, 1] >= NEVER)
    assert is_due.sum() > 10
    assert rate[is_due, 1].mean() > 3 * rate[is_late, 1].mean()


def test_nothing_of_the_future_is_looked_at() -> None:
    history = _history(2)
    kept = history.week < 40
    cut = History(
        600, history.shelf, history.since, history.customer[kept], history.group[kept], history.week[kept],
        history.looker, history.looked_group, history.looked_week,
    )  # fmt: skip
    whole, part = learn_needs(history, 40), learn_needs(cut, 40)
    np.testing.assert_array_equal(whole.rate(whole.moment(history, 40)), part.rate(part.moment(cut, 40)))


def test_patience_is_spent_by_contacts_and_comes_back() -> None:
    who, channel = np.array([0, 0, 1]), np.zeros(3, np.int64)
    found = learn_patience(who, channel, np.array([1, 9, 1]), np.zeros(3, bool), (10, 3))
    lost = found.lost(np.zeros(3, np.int64), np.arange(3))
    assert lost[0] > lost[1] > lost[2] > 0
    many = learn_patience(who, channel, np.array([1, 9, 1]), np.ones(3, bool), (10, 3))
    assert many.hazard > found.hazard
    # Nobody withdrew: all of the hazard is assumed. Three did: half of it was seen.
    assert found.seen == 0
    assert many.seen == pytest.approx(0.5)


def test_what_is_remembered_of_contacts_by_hand() -> None:
    who, channel, week = np.array([0, 1, 0]), np.array([0, 3, 1]), np.array([1, 1, 3])
    before, memory = memories(who, channel, week, (4, 2))
    np.testing.assert_allclose(before, [0, 0, FADES**2])
    np.testing.assert_allclose(memory, [(FADES**2 + 0.12) * FADES, 2.4 * FADES**3])


def test_a_contact_costs_more_where_others_are_remembered() -> None:
    found = learn_patience(np.array([0]), np.array([0]), np.array([4]), np.zeros(1, bool), (5, 2))
    email, both = np.zeros(2, np.int64), np.arange(2)
    tired, lost = found.tired(email, both), found.lost_by(email, both)
    np.testing.assert_allclose(tired, [(FADES + 1) ** 2 - FADES**2, 1.0])
    np.testing.assert_allclose(lost / found.hazard, [(FADES + 1) ** 2 + 2 * FADES * (FADES + 1), 1.0])


def test_full_use_contacts_all_it_may_and_no_more() -> None:
    rng = np.random.default_rng(1)
    may = np.zeros((10, 4), bool)
    may[:6, 0] = True
    everybody = np.arange(10)
    full = FullUse(10)
    # Two e-mails a week to six permissions with a gap of four weeks: three weeks at full capacity, then nobody is free.
    first = [full.week(week, (everybody, may), (2, 0, 0, 5), 4, rng) for week in range(4)]
    np.testing.assert_allclose(first, [2, 2, 2, 0])
    # From then on two a week once more, and the earlier e-mail is remembered.
    assert full.week(4, (everybody, may), (2, 0, 0, 5), 4, rng) == pytest.approx(2 * (1 + FADES**4) ** 2)


def test_earlier_offers_of_a_group_are_counted() -> None:
    found = tried_before(np.array([0, 0, 0, 1]), np.array([2, 2, 1, 2]), np.array([5, 3, 4, 9]), 3)
    np.testing.assert_allclose(found, np.log([2, 1, 1, 1]))


def test_before_its_season_more_of_a_group_is_to_come() -> None:
    week = np.concatenate([np.repeat(np.arange(20, 30), 40), np.arange(400) % 52])
    group = np.repeat([0, 1], 400)
    none = np.zeros(0, np.int64)
    past = History(
        400, np.zeros(2, np.int64), np.zeros(400, np.int64), np.arange(800) % 400, group, week, none, none, none
    )  # fmt: skip
    ahead, after = coming(past, 52 + 8), coming(past, 52 + 28)
    assert ahead[0] > 2
    assert after[0] < 0.5
    assert 0.6 < ahead[1] < 1.6


def test_what_a_sale_leaves_by_hand() -> None:
    spends = np.array([2000.0, 100.0])
    sale = Sale(np.array([0.4, 0.4]), np.array([0.1]), np.array([20.0, 20.0]), 60.0, 450.0, spends, moved=0.2)
    both, zero = np.arange(2), np.zeros(2, np.int64)
    left = sale_worth(sale, both, zero, np.full(2, 1000.0), np.full(2, 500.0))
    assert left[0] == pytest.approx(0.5 * 1000 * 0.8 - 0.5 * (450 + 100) - 60 - 20)
    # Whoever spends little can move little.
    assert left[1] == pytest.approx(0.5 * (1000 - 0.2 * 100) - 0.5 * (450 + 100) - 60 - 20)
    assert anyway(np.array([0.0]), np.array([52.0]))[0] == 0
    assert anyway(np.array([10.0]), np.array([52.0]))[0] == pytest.approx(1.0)


def test_who_returns_again_and_again_is_told_from_one_return() -> None:
    customer = np.repeat([0, 1, 2], [10, 1, 1000])
    back = np.concatenate([np.ones(10), np.ones(1), np.zeros(1000)])
    mine, _ = shrunk_returns(customer, np.zeros(1011, np.int64), back, (3, 1))
    assert mine[0] > 0.6
    assert mine[1] < 0.3
    assert abs(mine[2]) < 0.02


def test_notice_is_shrunk_to_the_usual() -> None:
    who, week = np.array([0] * 20 + [1] * 20), np.tile(np.arange(20), 2)
    before, now = notice_of(who, week, np.array([True] * 20 + [False] * 20), 3)
    assert now[0] > 0 > now[1]
    assert now[2] == 0
    assert before[0] == before[20] == 0, "before the first contact nothing is known"
    assert before[19] > before[5] > 0 > before[25] > before[39]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_who_answers_more_than_expected_is_found_and_nobody_where_all_are_alike(seed: int) -> None:
    contacts = _contacts(40_000, seed)
    rng = np.random.default_rng(seed)
    who, week = rng.integers(0, 2000, 40_000), rng.integers(0, 80, 40_000)
    alike = np.full(40_000, 0.03)
    open_to = rng.normal(0.0, 0.8, 2000)
    for open_by, least, most in ((open_to, 0.25, 1.0), (np.zeros(2000), -0.1, 0.1)):
        truth = 1 / (1 + np.exp(-(np.log(alike / (1 - alike)) + open_by[who])))
        bought = _bought(contacts, truth, seed)
        found = learn_answers(contacts, bought, (-4.5, 8.0), 5)
        _, now = willing_of(who, week, credit(found, contacts, bought), 2000)
        assert least < np.corrcoef(now, open_to)[0, 1] < most


def test_of_those_who_buy_anyway_few_take_a_discount_where_most_pay_in_full() -> None:
    base = np.full(1000, 0.05)
    assert given_away(base, np.arange(1000) < 45) < 0.2
    assert given_away(base, np.zeros(1000, bool)) > 0.9
    assert given_away(base[:0], np.zeros(0, bool)) == 0.5
