"""The comparison of two arms: planted effects, empty worlds, and what must hold whatever the numbers are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.errors import InvalidInput
from passend.results.clusters import compare_clusters
from passend.results.difference import difference
from passend.results.goal import Goal
from passend.results.looks import any_time, once, weekly
from passend.results.measured import CannotBeMeasured
from passend.results.moments import moments_of
from passend.results.pooling import pool
from passend.results.power import days_to_answer, people_needed, power_of
from passend.results.several import hold_down
from passend.results.verdict import Clock, judged


def shop(random, people, buyers, lift=1.0, sigma=1.0):
    bought = random.random(people) < buyers * lift
    return np.where(bought, np.minimum(random.lognormal(3.5, sigma, people), 300.0), 0.0)


def test_sums_add_up_to_those_of_all_customers():
    random = np.random.default_rng(1)
    spend, before = shop(random, 500, 0.2), random.random(500)
    parts = moments_of(spend[:200], before[:200]) + moments_of(spend[200:], before[200:])
    whole = moments_of(spend, before)
    assert parts.covariance == pytest.approx(whole.covariance)
    assert whole.variance == pytest.approx(np.var(spend, ddof=1))


@given(st.integers(0, 10_000), st.floats(0.02, 0.9), st.floats(1.0, 4.0))
def test_the_interval_holds_zero_exactly_when_the_test_says_nothing(seed, share, reach):
    random = np.random.default_rng(seed)
    treated, held = shop(random, 800, 0.2, 1.3), shop(random, max(int(800 * share), 30), 0.2)
    found = difference(moments_of(treated), moments_of(held), reach)
    assert (found.low > 0 or found.high < 0) == (abs(found.statistic) > reach)
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize("lift", [1.0, 1.25])
@pytest.mark.parametrize("share", [0.02, 0.5])
def test_the_interval_covers_the_truth_as_often_as_it_says(lift, share):
    random = np.random.default_rng(7)
    true = 0.02 * (lift - 1) * shop(random, 2_000_000, 1.0, sigma=2.0).mean()
    people, held = 150_000, int(150_000 * share)
    found = []
    for _ in range(400):
        arms = [
            moments_of(shop(random, random.binomial(n, 0.02 * by), 1.0, sigma=2.0))
            for n, by in ((people - held, lift), (held, 1.0))
        ]
        arms = [
            type(arm)(
                np.asarray(float(n)), arm.active, arm.total, arm.squares, arm.before, arm.before, arm.before
            )
            for arm, n in zip(arms, (people - held, held), strict=True)
        ]
        one = difference(*arms, once())
        found.append(bool(one.low <= true <= one.high))
    assert 0.92 <= np.mean(found) <= 0.98


def test_what_was_observed_is_in_its_own_interval():
    """Also with a handful of buyers, where history moves the difference beyond what their amounts make likely."""
    random = np.random.default_rng(1)
    for _ in range(200):
        arms = []
        for people in (int(random.integers(20, 60)), int(random.integers(3, 12))):
            spend = np.where(random.random(people) < 0.3, np.exp(random.normal(3, 2, people)), 0)
            arms.append(moments_of(spend, random.exponential(50, people) * (random.random(people) < 0.5)))
        found = difference(*arms, 1.96)
        assert found.low <= found.value <= found.high


def test_history_takes_variance_out_and_says_how_much():
    random = np.random.default_rng(3)
    before = random.gamma(2, 50, 4000)
    spend = before + random.normal(0, 40, 4000) + 10 * (np.arange(4000) < 3000)
    with_it = difference(
        moments_of(spend[:3000], before[:3000]), moments_of(spend[3000:], before[3000:]), 1.96
    )
    without = difference(moments_of(spend[:3000]), moments_of(spend[3000:]), 1.96)
    assert 0.6 < with_it.cut < 0.85
    assert without.cut == 0
    assert with_it.high - with_it.low < 0.7 * (without.high - without.low)
    assert with_it.low < 10 < with_it.high


def test_what_may_be_lost_has_an_interval_too():
    random = np.random.default_rng(3)
    profit = random.normal(0, 5, 4000)
    found = difference(moments_of(profit[:2000] + 1), moments_of(profit[2000:]), once())
    assert 0 < found.low < 1 < found.high


def test_looking_every_day_is_narrowest_near_the_plan_and_wider_than_one_look():
    reach = any_time(np.array([1e3, 1e4, 1e5, 1e6]), 1e5)
    assert reach[0] > reach[1] > reach[2]
    assert 1.5 < reach[2] / once() < 1.6


@pytest.mark.parametrize("looks", [1, 2, 9])
def test_weekly_bounds_fall_and_end_above_one_look(looks):
    bounds = weekly(tuple((look + 1) / looks for look in range(looks)))
    assert list(bounds) == sorted(bounds, reverse=True)
    assert once() - 1e-6 <= bounds[-1] < 1.1 * once()


def test_weekly_bounds_are_left_as_seldom_as_they_say():
    random = np.random.default_rng(1)
    walk = random.normal(size=(20_000, 8)).cumsum(axis=1) / np.sqrt(np.arange(1, 9))
    bounds = np.asarray(weekly(tuple(look / 8 for look in range(1, 9))))
    assert 0.045 < (np.abs(walk) > bounds).any(axis=1).mean() < 0.055


def test_looks_that_do_not_grow_are_refused():
    with pytest.raises(InvalidInput, match="must be shares that grow"):
        weekly((0.5, 0.4))


@pytest.mark.parametrize(
    ("days", "lift", "verdict"),
    [
        (3, 3.0, "days left"),
        (30, 3.0, "works"),
        (30, 0.2, "harms"),
        (30, 1.0, "days left"),
        (90, 1.0, "review"),
    ],
)
def test_verdicts(days, lift, verdict):
    random = np.random.default_rng(2)
    arms = [moments_of(shop(random, n, 0.05, by)) for n, by in ((9000, lift), (3000, 1.0))]
    assert judged(*arms, Goal(planned_people=12000), Clock(days, 12000))[1] == verdict


def test_a_small_gain_is_not_worth_the_work_where_much_was_asked():
    random = np.random.default_rng(2)
    arms = [moments_of(shop(random, 20000, 0.05)) for _ in range(2)]
    goal = Goal(planned_people=40000, target_cents=5.0)
    assert judged(*arms, goal, Clock(40, 40000))[1] == "does nothing worth it"


def test_costs_shift_the_verdict_and_do_not_widen_it():
    random = np.random.default_rng(2)
    arms = [moments_of(shop(random, n, 0.05, by)) for n, by in ((9000, 2.2), (3000, 1.0))]
    goal, clock = Goal(planned_people=12000), Clock(30, 12000)
    assert judged(*arms, goal, clock)[1] == "works"
    assert judged(*arms, goal, clock, costs=9.0)[1] == "harms"


def test_no_verdict_from_fewer_than_25_buyers():
    random = np.random.default_rng(2)
    arms = [moments_of(shop(random, n, by)) for n, by in ((9000, 0.05), (400, 0.02))]
    assert judged(*arms, Goal(planned_people=9400), Clock(30, 9400))[1] == "days left"


def test_a_goal_refuses_what_cannot_be_judged_by():
    with pytest.raises(InvalidInput, match="no look rule 'daily'"):
        Goal(look_rule="daily")
    with pytest.raises(InvalidInput, match="target_cents must be 0 or more"):
        Goal(target_cents=float("nan"))


def test_planned_power_is_what_comes_out():
    needed = people_needed(variance=100.0, effect=0.5, held_share=0.1, look_rule="once", power=0.8)
    assert power_of(100.0, 0.5, needed, 0.1, "once") == pytest.approx(0.8)
    # Textbook: (1.96 + .84)^2 x 2 x variance / effect^2 in each of two equal arms.
    assert people_needed(1.0, 0.1, 0.5, "once", 0.8) == pytest.approx(2 * 1570, rel=0.001)
    assert days_to_answer(1000, 4000, 10) == 30
    assert days_to_answer(4000, 4000, 10) == 0


def test_few_clusters_cannot_be_measured():
    found = compare_clusters(np.ones(8), np.ones(8), np.arange(8) < 4)
    assert isinstance(found, CannotBeMeasured)
    assert "Only 8 shifts" in found.because
    assert not found


def test_a_sum_of_winners_is_too_high_and_the_pooled_sum_is_not():
    random = np.random.default_rng(11)
    true = random.normal(1.0, 0.5, 100)
    found = pool(true + random.normal(0, 2.0, 100), np.full(100, 2.0), np.ones(100))
    assert found.low < true.sum() < found.high
    assert np.abs(found.effects - true).mean() < 0.6


def test_of_many_empty_slices_hardly_any_stands_out():
    random = np.random.default_rng(1)
    found = [hold_down(random.normal(size=40)).any() for _ in range(400)]
    assert np.mean(found) < 0.08
    assert list(hold_down(np.array([5.0, 0.1, -4.0]))) == [True, False, True]
    assert not len(hold_down(np.zeros(0)))
