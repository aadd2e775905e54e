"""The allocator keeps every limit, comes near the linear programme's bound, and knows how near."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.allocation_worlds import linear_bound, random_problem
from passend.decisions.allocate import Problem, allocate
from passend.decisions.allocate.parts import ANSWER, elsewhere, rows_of
from passend.errors import InvalidInput


def keeps_all_limits(problem, chosen):
    owner = np.repeat(np.arange(problem.n_customers), np.diff(problem.starts))
    assert (problem.usage(chosen) <= problem.capacity).all()
    assert (np.bincount(owner[chosen], minlength=problem.n_customers) <= problem.room).all()
    channels = problem.channel_room.shape[1]
    by_channel = np.bincount(
        owner[chosen] * channels + problem.channel[chosen], minlength=problem.channel_room.size
    )
    assert (by_channel <= problem.channel_room.ravel()).all()
    pairs = owner[chosen] * 1000 + problem.product[chosen]
    assert len(np.unique(pairs)) == len(pairs)


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_no_limit_is_ever_broken_and_the_bound_holds(seed):
    problem = random_problem(seed, customers=60, offers=12, products=10)
    found = allocate(problem)
    keeps_all_limits(problem, found.chosen)
    assert (problem.value[found.chosen] > 0).all()
    assert found.value <= found.bound * (1 + 1e-9)
    assert linear_bound(problem) <= found.bound * (1 + 1e-9)


def test_near_the_bound_of_highs():
    for seed in (1, 25):
        problem = random_problem(seed, customers=1500, offers=20)
        found = allocate(problem)
        keeps_all_limits(problem, found.chosen)
        assert found.value >= 0.998 * linear_bound(problem)


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(0, 1))
def test_twice_the_budget_is_never_worse(seed, which):
    problem = random_problem(seed, customers=80, offers=12, products=10)
    capacity = problem.capacity.copy()
    capacity[which] *= 2
    rest = (getattr(problem, name) for name in ("starts", "value", "product", "channel", "limit", "weight"))
    more = allocate(Problem(*rest, capacity, problem.room, problem.channel_room))
    assert more.value >= allocate(problem).value - more.gap * more.bound - 1e-6


def test_customers_who_choose_elsewhere_choose_the_same():
    problem = random_problem(4, customers=300, offers=15)
    table = pa.concat_tables(rows_of(problem))
    asked = []

    def spread(work):
        # Parts come back in another order, as from many machines.
        asked.append(1)
        batches = list(work(iter(table.to_batches(max_chunksize=5))))[::-1]
        return pa.Table.from_batches(batches, ANSWER)

    one, two = allocate(problem), allocate(problem, ask=elsewhere(problem, spread))
    assert len(asked) > 3
    assert (one.chosen == two.chosen).all()
    assert (one.prices == two.prices).all()
    assert one.bound == two.bound


def test_nothing_and_no_room_give_an_empty_choice():
    problem = random_problem(3, customers=20, offers=8, products=8)
    none = Problem(*(getattr(problem, name) for name in ("starts", "value", "product", "channel", "limit", "weight")),
                   np.zeros(len(problem.capacity)), problem.room, problem.channel_room)  # fmt: skip
    found = allocate(none)
    assert not found.chosen.any()
    assert found.gap == 0


def test_a_negative_limit_is_refused():
    problem = random_problem(3, customers=5, offers=8, products=8)
    with pytest.raises(InvalidInput, match="negative"):
        Problem(*(getattr(problem, name) for name in ("starts", "value", "product", "channel", "limit", "weight")),
                np.full(len(problem.capacity), -1.0), problem.room, problem.channel_room)  # fmt: skip
