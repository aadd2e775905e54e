"""Effects learned from contacts: the planted one is found, none where there is none, and refusal without comparison."""

import numpy as np
import pytest

from passend.customers.offer_effects.effects import Effects, Offered, Pairs, learn_effects
from passend.customers.offer_effects.history import History
from passend.customers.offer_effects.sizes import Seen, learn_sizes
from passend.vocabulary import CannotBeMeasured

CUSTOMERS, GROUPS, WEEKS, FROM = 1500, 4, 60, 40
PRIOR = (1, np.array([0.003, 0.004, 0.02, 0.01]))


def _shop(seed, added, share=0.5, aimed=None, pace=0.01):
    """Weekly purchases; from week 40 on e-mails, by lot or to those ``aimed`` at, that add (or spoil) purchases."""
    rng = np.random.default_rng(seed)
    pace = rng.gamma(1.0, pace, CUSTOMERS)
    bought = rng.random((WEEKS, CUSTOMERS, GROUPS)) < pace[:, None]
    sent = np.zeros_like(bought)
    for week in range(FROM, WEEKS - 1):
        who = np.flatnonzero(rng.random(CUSTOMERS) < share if aimed is None else aimed(pace))
        sent[week, who, rng.integers(0, GROUPS, len(who))] = True
    luck = rng.random(bought.shape)
    bought = (bought | (sent & (luck < added))) & ~(sent & (luck < -np.asarray(added)))
    week, customer, group = np.nonzero(bought)
    at, to, what = np.nonzero(sent)
    nobody = np.zeros(0, np.int64)
    since = np.zeros(CUSTOMERS, np.int64)
    past = History(
        CUSTOMERS, np.zeros(GROUPS, np.int64), since, customer, group, week, nobody, nobody, nobody
    )
    count = len(at)
    offered = Offered(
        to, what, np.zeros(count, np.int64), np.zeros(count, np.int64), at * 7.0 + 1.0, np.full(count, 8.0),
        np.zeros(count), np.full(count, aimed is None), np.zeros(count, bool),
    )  # fmt: skip
    return past, week * 7.0 + 3.0, offered, WEEKS * 7.0, PRIOR


def _mean(found, past):
    who, what = np.repeat(np.arange(CUSTOMERS), GROUPS), np.tile(np.arange(GROUPS), CUSTOMERS)
    pairs = Pairs(who, what, np.zeros(len(who), np.int64), np.full(len(who), 8.0))
    base, by_channel = found.of(past, WEEKS, pairs)
    assert list(by_channel) == [0]
    mail = by_channel[0]
    assert (mail.contacts > 1000).all()
    return base.mean(), [one.mean() for one in (mail.effect, mail.low, mail.high)]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_planted_effect_of_contacts_by_lot_lies_in_the_interval(seed):
    shop = _shop(seed, 0.03)
    found = learn_effects(*shop)
    assert isinstance(found, Effects)
    assert found.basis.startswith("measured")
    base, (effect, low, high) = _mean(found, shop[0])
    assert base == pytest.approx(0.01, abs=0.003)
    assert low < 0.03 < high
    assert effect == pytest.approx(0.03, abs=0.01)


def test_contacts_that_add_nothing_have_hardly_an_effect():
    shop = _shop(3, 0.0)
    _, (effect, low, _) = _mean(learn_effects(*shop), shop[0])
    assert low < 0
    assert abs(effect) < 0.004


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_what_works_nothing_and_what_harms_are_told_apart(seed):
    added = np.array([0.03, 0.0, -0.8, 0.0])
    past, *more = _shop(seed, added, pace=0.02)
    found = learn_effects(past, *more)
    mean, sd = found.sizes.mean[0, 0], found.sizes.sd[0, 0]
    assert mean[0] - 1.96 * sd[0] > 0
    assert mean[2] + 1.96 * sd[2] < 0
    assert (np.abs(mean[[1, 3]]) < 2.6 * sd[[1, 3]]).all()
    assert mean[0] == pytest.approx(0.03, abs=0.012)


def test_intervals_of_the_size_hold_the_truth_in_most_worlds():
    """Sent and left out alike, eight groups with effects of their own, 60 worlds: 480 intervals, 95 % +- 1 %."""
    rng, held, away = np.random.default_rng(1), [], []
    for _ in range(60):
        added = rng.normal(0.015, 0.01, 8).clip(0)
        sent, left_out = _seen(rng, 8000, added), _seen(rng, 4000, np.zeros(8))
        sizes = learn_sizes(sent, left_out, np.ones(8000), (4, 1, 8), PRIOR[1])
        away.append((sizes.mean[0, 0] - added).mean())
        held.append(np.abs(sizes.mean[0, 0] - added) < 1.96 * sizes.sd[0, 0])
    assert 0.92 < np.mean(held) < 0.99
    assert abs(np.mean(away)) < 0.002


def _seen(rng, count, added):
    group, base = rng.integers(0, len(added), count), rng.gamma(1.0, 0.02, count).clip(0, 0.5)
    bought = rng.random(count) < 1 - (1 - base) * (1 - np.array(added)[group])
    zero = np.zeros(count, np.int64)
    return Seen(rng.integers(0, 800, count), zero, zero, group, base, bought)


def test_few_contacts_say_little_and_stay_near_the_prior():
    rng = np.random.default_rng(2)
    sizes = learn_sizes(
        _seen(rng, 30, [0.0, 0.0]), _seen(rng, 30, [0.0, 0.0]), np.ones(30), (4, 1, 2), PRIOR[1]
    )
    assert (sizes.sd[0] > 0.01).all()
    # Of channels without a contact, the prior is all that is known.
    assert sizes.mean[2].mean() == pytest.approx(0.02, abs=0.01)
    assert (sizes.contacts[1:] == 0).all()


def test_aimed_contacts_without_comparison_cannot_be_measured():
    shop = _shop(4, 0.0, aimed=lambda pace: pace > np.median(pace))
    assert isinstance(learn_effects(*shop), CannotBeMeasured)
    shop = _shop(4, 0.0, aimed=lambda pace: pace >= 0)
    assert isinstance(learn_effects(*shop), CannotBeMeasured)


@pytest.mark.parametrize("seed", [21, 22, 25])
def test_contacts_aimed_at_what_no_fact_tells_claim_no_effect_that_is_not_there(seed):
    """Heavier buyers get more contacts; their pace is hidden, and shows in their purchases only in part."""
    luck = np.random.default_rng(seed)

    def aimed(pace):
        return luck.random(len(pace)) < np.clip(pace * 25, 0.08, 0.8)

    shop = _shop(seed, 0.0, aimed=aimed, pace=0.02)
    found = learn_effects(*shop)
    assert "as far as the facts tell" in found.basis
    _, (_, low, high) = _mean(found, shop[0])
    assert low < 0 < high
    shop = _shop(seed, 0.05, aimed=aimed, pace=0.02)
    _, (effect, low, high) = _mean(learn_effects(*shop), shop[0])
    assert 0 < low < 0.05 < high
    assert effect > 0.03


def test_too_few_contacts_teach_nothing():
    past, day, offered, end, _ = _shop(5, 0.03)
    assert isinstance(learn_effects(past, day, offered.rows(np.arange(100)), end, PRIOR), CannotBeMeasured)
