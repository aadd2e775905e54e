"""Faults planted into sound comparisons are told; sound ones are left in peace."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from passend import Effects
from passend.errors import InvalidInput
from tests.flow.test_measuring import END, world


def found(exposures, outcomes):
    effects = Effects()
    effects.measure(exposures, outcomes, until=END)
    return {one.check: one.is_grave for one in effects.measured_[0].found}


def changed(table, name, values):
    column = pa.array(values, table.schema.field(name).type if name in table.schema.names else None)
    if name not in table.schema.names:
        return table.append_column(name, column)
    return table.set_column(table.column_names.index(name), name, column)


def held(exposures):
    return np.array(exposures["arm"].to_pylist()) == "held-out"


def test_sound_comparisons_are_left_in_peace():
    assert [found(*world(people=3000, seed=seed)) for seed in range(4)] == [{}] * 4


def test_changed_shares():
    exposures, outcomes = world(people=3000)
    chances = np.where(np.arange(3000) % 2, 0.8, 0.7)
    assert found(changed(exposures, "chance", chances), outcomes)["changed shares"]


def test_people_in_two_arms():
    exposures, outcomes = world(people=3000)
    twice = exposures.slice(0, 100)
    other = np.where(held(twice), "treated", "held-out")
    assert found(pa.concat_tables([exposures, changed(twice, "arm", other)]), outcomes)["two arms"]


def test_held_out_who_were_contacted():
    exposures, outcomes = world(people=3000)
    contacted = ~held(exposures) | (np.arange(3000) % 10 == 0)
    assert found(changed(exposures, "is_contacted", contacted), outcomes)["contaminated hold-out"]


def test_arms_that_do_not_walk_the_same_way():
    exposures, outcomes = world(people=3000)
    at = exposures["eligible_at"].to_pylist()
    exposed = [
        None if is_held and number % 3 else at[number] for number, is_held in enumerate(held(exposures))
    ]
    assert found(changed(exposures, "exposed_at", exposed), outcomes)["exposure leakage"]


def test_arms_that_were_not_drawn_by_lot():
    exposures, outcomes = world(people=3000)
    before = pc.less(
        outcomes["happened_at"], pa.scalar(exposures["eligible_at"][0].as_py() - timedelta(days=60))
    )
    good = set(outcomes.filter(before)["customer_id"].to_pylist())
    arm = [
        "treated" if customer in good else given
        for customer, given in zip(
            exposures["customer_id"].to_pylist(), exposures["arm"].to_pylist(), strict=True
        )
    ]
    assert found(changed(exposures, "arm", arm), outcomes)["unlike before"]


@pytest.mark.parametrize("whose", ["held-out", "both"])
def test_orders_that_are_missing(whose):
    exposures, outcomes = world(people=6000)
    begins = dict(
        zip(exposures["customer_id"].to_pylist(), exposures["eligible_at"].to_pylist(), strict=True)
    )
    arm = dict(zip(exposures["customer_id"].to_pylist(), exposures["arm"].to_pylist(), strict=True))
    rows = zip(outcomes["customer_id"].to_pylist(), outcomes["happened_at"].to_pylist(), strict=True)
    kept = [
        (at - begins[customer]).days < 12 or whose not in {arm[customer], "both"} for customer, at in rows
    ]
    assert found(exposures, outcomes.filter(pa.array(kept)))["truncation"]


def test_one_customer_who_is_half_an_arm_is_told_but_no_fault():
    exposures, outcomes = world(people=3000)
    first = int(np.flatnonzero(held(exposures))[0])
    one = pa.table(
        {
            "customer_id": [exposures["customer_id"][first].as_py()],
            "happened_at": [exposures["eligible_at"][first].as_py() + timedelta(days=1)],
            "amount": [50_000.0],
        },
        schema=outcomes.schema,
    )
    assert found(exposures, pa.concat_tables([outcomes, one])) == {"outliers": False}


def test_a_file_that_was_read_twice():
    exposures, outcomes = world(people=3000)
    begin = exposures["eligible_at"][0].as_py()
    of_a_week = pc.and_(
        pc.greater_equal(outcomes["happened_at"], pa.scalar(begin)),
        pc.less(outcomes["happened_at"], pa.scalar(begin + timedelta(days=7))),
    )
    again = pa.concat_tables([outcomes, outcomes.filter(of_a_week)])
    assert found(exposures, again)["doubled lines"]


def test_orders_of_the_held_out_read_twice():
    exposures, outcomes = world(people=6000)
    ids = exposures["customer_id"].filter(pc.equal(exposures["arm"], "held-out"))
    again = outcomes.filter(pc.is_in(outcomes["customer_id"], ids.combine_chunks()))
    assert found(exposures, pa.concat_tables([outcomes, again]))["doubled lines"]


def test_equal_lines_of_two_orders_are_left_in_peace():
    """The same at the same time for the same money is odd by its number only where orders have none."""
    exposures, outcomes = world(people=3000)
    twice = pa.concat_tables([outcomes, outcomes])
    numbers = [f"O{row}" for row in range(twice.num_rows)]
    assert "doubled lines" not in found(exposures, twice.append_column("order_id", pa.array(numbers)))


def test_weeks_without_orders_in_one_arm():
    exposures, outcomes = world(people=20_000)
    ids = exposures["customer_id"].filter(pc.equal(exposures["arm"], "held-out"))
    begin = exposures["eligible_at"][0].as_py().replace(month=1, day=20)
    lost = pc.and_(
        pc.is_in(outcomes["customer_id"], ids.combine_chunks()),
        pc.and_(
            pc.greater_equal(outcomes["happened_at"], pa.scalar(begin)),
            pc.less(outcomes["happened_at"], pa.scalar(begin + timedelta(days=15))),
        ),
    )
    assert found(exposures, outcomes.filter(pc.invert(lost)))["gap"]


def test_an_effect_that_wears_off_within_days_is_left_in_peace():
    exposures, outcomes = world(people=20_000, held=0.5)
    treated = exposures.filter(pc.equal(exposures["arm"], "treated")).slice(0, 1500)
    soon = [at + timedelta(days=2) for at in treated["eligible_at"].to_pylist()]
    more = pa.table(
        {"customer_id": treated["customer_id"], "happened_at": soon, "amount": np.full(1500, 20.0)},
        schema=outcomes.schema,
    )
    assert found(exposures, pa.concat_tables([outcomes, more])) == {}


def test_customer_numbers_that_match_nobody():
    exposures, outcomes = world(people=3000)
    other = [f"shop-{one}" for one in exposures["customer_id"].to_pylist()]
    assert found(changed(exposures, "customer_id", other), outcomes)["no outcomes"]


@pytest.mark.parametrize("value", [90.0, -0.1])
def test_a_chance_that_is_none_is_refused(value):
    exposures, outcomes = world(people=10)
    with pytest.raises(InvalidInput, match=f"{value}, which is no chance"):
        found(changed(exposures, "chance", [value] * 10), outcomes)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_amount_that_is_none_is_refused(value):
    exposures, outcomes = world(people=10)
    amounts = [value, *outcomes["amount"].to_pylist()[1:]]
    with pytest.raises(InvalidInput, match=f"'amount' holds '{value}'"):
        found(exposures, changed(outcomes, "amount", amounts))
