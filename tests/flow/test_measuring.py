"""``Effects().measure``: planted effects are found, empty worlds stay empty, faults are told, nothing is made up."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from passend import Effects
from passend.errors import InvalidInput

START = datetime(2026, 1, 1)


def world(lift=1.0, people=6000, held=0.2, seed=3, **changed):
    """Customers who become eligible over 40 days, and buy in the 30 days after; history before."""
    random = np.random.default_rng(seed)
    ids = np.array([f"c{number}" for number in range(people)])
    is_held = random.random(people) < held
    at = START + np.array([timedelta(days=int(day)) for day in random.integers(0, 40, people)])
    exposures = {
        "customer_id": ids,
        "arm": np.where(is_held, "held-out", "treated"),
        "eligible_at": pa.array(at, pa.timestamp("us")),
        "exposed_at": pa.array(at, pa.timestamp("us")),
        "chance": np.full(people, 1 - held),
        **changed,
    }
    bought = np.repeat(np.arange(people), random.poisson(0.1 * np.where(is_held, 1, lift)))
    before = np.repeat(np.arange(people), random.poisson(0.5, people))
    days = np.concatenate([random.random(len(bought)) * 29, -0.1 - random.random(len(before)) * 100])
    who = np.concatenate([bought, before])
    outcomes = {
        "customer_id": ids[who],
        "happened_at": pa.array(
            [at[one] + timedelta(days=float(day)) for one, day in zip(who, days, strict=True)],
            pa.timestamp("us"),
        ),
        "amount": random.lognormal(3, 0.8, len(who)),
    }
    return pa.table(exposures), pa.table(outcomes)


END = START + timedelta(days=200)


def profit(table):
    return next(row for row in table.to_pylist() if (row["metric"], row["slice"]) == ("profit", "all"))


def test_a_planted_effect_is_found_with_its_size():
    found = profit(Effects().measure(*world(lift=2.0), until=END))
    true = 0.1 * np.exp(3 + 0.8**2 / 2) * 100
    assert found["verdict"] == "works"
    assert found["low"] < true < found["high"]
    assert found["people"] == 6000
    assert not found["is_provisional"]


def test_nothing_is_found_in_an_empty_world():
    found = profit(Effects().measure(*world(), until=END))
    assert found["verdict"] == "review"
    assert found["low"] < 0 < found["high"]
    assert "interval still holds both" in found["reason"]


def test_harm_is_said():
    assert profit(Effects().measure(*world(lift=0.2), until=END))["verdict"] == "harms"


def test_before_the_end_it_says_how_many_days_are_left():
    exposures, outcomes = world()
    found = profit(Effects().measure(exposures, outcomes, until=START + timedelta(days=5)))
    assert (found["verdict"], found["days_left"]) == ("days left", 2)
    assert found["is_provisional"]


def test_without_a_hold_out_it_cannot_be_measured_and_says_why():
    exposures, outcomes = world()
    treated = exposures.filter(pc.equal(exposures["arm"], "treated"))
    table = Effects().measure(treated, outcomes, until=END)
    assert [row["verdict"] for row in table.to_pylist()] == ["cannot be measured"]
    assert "nobody was held out" in table["reason"][0].as_py()
    assert table["per_person"][0].as_py() is None


def test_costs_of_contacts_are_taken_off_and_known():
    exposures, outcomes = world(lift=2.0)
    treated = exposures.filter(pc.equal(exposures["arm"], "treated"))
    costs = pa.table(
        {
            "customer_id": treated["customer_id"],
            "happened_at": treated["eligible_at"],
            "amount": np.zeros(treated.num_rows),
            "contact_cost": np.full(treated.num_rows, 0.5),
        }
    )
    both = pa.concat_tables(
        [outcomes.append_column("contact_cost", pa.array(np.zeros(outcomes.num_rows))), costs]
    )
    free = profit(Effects().measure(exposures, outcomes, until=END))
    paid = profit(Effects().measure(exposures, both, until=END))
    assert free["per_person"] - paid["per_person"] == pytest.approx(50)
    assert free["high"] - free["low"] == pytest.approx(paid["high"] - paid["low"])


def test_a_lost_arm_makes_it_unhealthy():
    exposures, outcomes = world(lift=2.0)
    held = np.array(exposures["arm"].to_pylist()) == "held-out"
    keep = ~held | (np.arange(len(held)) % 3 > 0)
    found = profit(Effects().measure(exposures.filter(pa.array(keep)), outcomes, until=END))
    assert found["verdict"] == "unhealthy"
    assert "somebody is lost" in found["reason"]


def test_a_target_that_is_missed_is_not_worth_it():
    found = profit(Effects(target=5.0).measure(*world(), until=END))
    assert found["verdict"] == "does nothing worth it"


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("arm", "control", "no arm 'control'"), ("eligible_at", "soon", "eligible_at")],
)
def test_what_cannot_be_read_is_named(column, value, message):
    exposures, outcomes = world(people=10)
    place = exposures.column_names.index(column)
    exposures = exposures.set_column(place, column, pa.array([value] * 10))
    with pytest.raises(InvalidInput, match=message):
        Effects().measure(exposures, outcomes)


def test_a_missing_column_is_named():
    exposures, outcomes = world(people=10)
    with pytest.raises(InvalidInput, match="arm"):
        Effects().measure(exposures.drop_columns(["arm"]), outcomes)
