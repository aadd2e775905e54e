"""Drawing to learn: chances that add up, no limit broken, the same draw again, no more given up than allowed."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.allocation_worlds import random_problem
from passend.decisions.allocate import allocate
from passend.decisions.explore import Belief, explore
from passend.decisions.rules.schema import Explore
from tests.decisions.test_allocate import keeps_all_limits


@cache
def planned(seed):
    problem = random_problem(seed, customers=80, offers=10, products=12)
    return problem, allocate(problem)


def drawn(seed, share=0.2, hope=1.0, most=0.1, salt="a"):
    problem, plan = planned(seed)
    value = problem.value.astype(float)
    error = np.abs(value) * np.random.default_rng(seed).uniform(0.1, 0.8, len(value))
    how = Explore(share, hope, most)
    return (
        problem,
        plan,
        explore(problem, plan.chosen, Belief(value, error), how, lambda one: f"{salt}:{one}"),
    )


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from(["a", "b"]))
def test_chances_add_up_and_no_draw_breaks_a_limit(seed, salt):
    problem, plan, found = drawn(seed, salt=salt)
    keeps_all_limits(problem, found.chosen)
    owner = np.repeat(np.arange(problem.n_customers), np.diff(problem.starts))
    expected = np.bincount(owner, found.probability, problem.n_customers)
    assert expected == pytest.approx(np.bincount(owner[plan.chosen], minlength=problem.n_customers))
    assert (np.bincount(owner[found.chosen], minlength=problem.n_customers) == np.round(expected)).all()
    assert (found.probability[found.chosen] > 0).all()
    assert ((found.probability >= 0) & (found.probability <= 1)).all()
    assert not (found.drawn & ~found.chosen).any()
    assert found.cost <= 0.1 * problem.value[plan.chosen].sum() + 1e-6
    assert found.share <= 0.2


def test_the_same_draw_again_and_another_by_another_salt():
    one, two = (drawn(3)[2] for _ in range(2))
    assert (one.chosen == two.chosen).all()
    others = [drawn(3, salt=salt)[2] for salt in "bcdefghijk"]
    assert any((one.chosen != other.chosen).any() for other in others)
    assert all((one.probability == other.probability).all() for other in others)


def test_as_often_drawn_as_said():
    problem, plan, found = drawn(5)
    counts = np.mean([drawn(5, salt=str(salt))[2].chosen for salt in range(300)], axis=0)
    uncertain = (found.probability > 0) & (found.probability < 1)
    assert uncertain.sum() > 20
    error = np.sqrt(found.probability * (1 - found.probability) / 300)
    assert (np.abs(counts - found.probability)[uncertain] < 5 * error[uncertain]).all()
    assert plan.chosen[found.probability == 1].all()
    assert len(counts) == len(problem.value)


def test_what_may_not_be_better_is_not_drawn_and_nothing_where_nothing_is_wished():
    _, plan, none = drawn(4, share=0.0)
    assert (none.chosen == plan.chosen).all()
    assert (none.probability == plan.chosen).all()
    _, plan, sure = drawn(4, hope=0.0)
    # Without hope only what is worth the same may stand in.
    assert sure.cost == pytest.approx(0, abs=1e-6)


def test_a_bound_on_what_is_given_up_lowers_the_share():
    _, plan, free = drawn(6, hope=3.0, most=0.1)
    problem, _, bound = drawn(6, hope=3.0, most=0.001)
    assert bound.share < free.share
    assert bound.cost <= 0.001 * problem.value[plan.chosen].sum() + 1e-6
