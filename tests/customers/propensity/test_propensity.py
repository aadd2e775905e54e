import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.special import expit, logit

from passend import Propensity
from passend.errors import InvalidInput, PassendError, UnrecognisedColumns


def world(seed, rows=2500, effect=1.0, drift=0.0):
    """Customers whose chance is known: two columns matter, one is noise, one has gaps."""
    random = np.random.default_rng(seed)
    visits, noise = random.normal(size=rows), random.normal(size=rows)
    region = random.choice(["north", "south", "east"], rows)
    gaps = np.where(random.random(rows) < 0.3, np.nan, visits)
    level = -1.8 + drift * np.linspace(-1, 1, rows)
    chance = expit(level + effect * (1.2 * visits + 0.8 * (region == "south")))
    came = (random.random(rows) < chance).astype(int)
    columns = {"visits": visits, "noise": noise, "gaps": gaps, "region": region.tolist(), "bought": came}
    return columns, chance


@pytest.fixture(scope="module")
def fitted():
    columns, _ = world(1)
    return Propensity().fit(columns)


def test_the_planted_chances_are_found(fitted):
    columns, chance = world(2)
    said = fitted.predict(columns)["probability"].to_numpy()
    assert np.corrcoef(logit(said), logit(chance))[0, 1] > 0.95
    assert abs(said.mean() - chance.mean()) < 0.02
    for part in np.array_split(np.argsort(said), 5):
        assert abs(said[part].mean() - chance[part].mean()) < 0.05


def test_intervals_hold_most_of_the_true_chances(fitted):
    columns, chance = world(2)
    told = fitted.predict(columns)
    low, high = told["low"].to_numpy(), told["high"].to_numpy()
    assert ((low <= told["probability"].to_numpy()) & (told["probability"].to_numpy() <= high)).all()
    assert np.mean((low <= chance) & (chance <= high)) > 0.6


def test_in_a_null_world_everybody_has_the_overall_rate():
    for seed in range(3):
        columns, chance = world(10 + seed, effect=0.0)
        said = Propensity().fit(columns).predict(columns)["probability"].to_numpy()
        assert np.abs(said - chance[0]).max() < 0.1
        assert said.std() < 0.025


def test_pandas_polars_and_arrow_give_the_same(fitted):
    columns, _ = world(3, rows=50)
    told = [
        fitted.predict(kind)["probability"].to_pylist()
        for kind in (columns, pa.table(columns), pd.DataFrame(columns), pl.DataFrame(columns))
    ]
    assert all(one == told[0] for one in told)


def test_two_runs_give_the_same(fitted):
    columns, _ = world(1)
    assert Propensity().fit(columns).predict(columns).equals(fitted.predict(columns))


def test_reasons_name_what_matters(fitted):
    row = {"visits": [3.0], "noise": [0.0], "gaps": [None], "region": ["south"]}
    (why,) = fitted.explain(pa.table(row, schema=None))
    assert "more likely because" in why
    assert "visits is 3" in why
    assert "noise" not in why.split(" and ")[0]


def test_a_known_direction_is_kept():
    random = np.random.default_rng(4)
    wanted = random.integers(0, 6, 1500)
    came = (random.random(1500) < 0.3 - 0.02 * wanted).astype(int)  # by chance, the other way round
    table = {"wanted": wanted, "other": random.normal(size=1500), "bought": came}
    model = Propensity(monotone={"wanted": 1}).fit(table)
    said = model.predict({"wanted": np.arange(6), "other": np.zeros(6)})["probability"].to_numpy()
    assert (np.diff(said) >= -1e-12).all()


def test_the_calibration_follows_the_time():
    columns, chance = world(5, rows=4000, drift=2.0)
    early = {name: values[:3000] for name, values in columns.items()}
    late = {name: values[3000:] for name, values in columns.items()}
    plain = Propensity().fit(early).predict(late)["probability"].to_numpy()
    timed = Propensity().fit({**early, "day": np.arange(3000)}, time="day")
    followed = []
    for begin in range(0, 1000, 100):
        block = {name: values[begin : begin + 100] for name, values in late.items()}
        followed += timed.predict(block)["probability"].to_pylist()
        timed.recalibrate(block)
    gap = abs(np.mean(followed) - chance[3000:].mean())
    assert gap < abs(plain.mean() - chance[3000:].mean()) / 2
    assert gap < 0.04


def test_the_future_is_not_seen():
    columns, _ = world(6, rows=1000)
    told = []
    for flipped in (False, True):
        model = Propensity().fit(
            {**{k: v[:800] for k, v in columns.items()}, "day": np.arange(800)}, time="day"
        )
        later = {name: values[800:] for name, values in columns.items()}
        told.append(model.predict(later)["probability"].to_pylist())
        later["bought"] = 1 - later["bought"] if flipped else later["bought"]
        model.recalibrate(later)
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("came", "low", "high"),
    [([0] * 30, 0.0, 0.1), ([1] * 30, 0.9, 1.0), ([1], 0.1, 1.0), ([0, 1], 0.05, 0.95)],
)
def test_few_or_equal_targets_give_the_overall_rate_with_its_doubt(came, low, high):
    table = {"visits": np.arange(len(came), dtype=float), "bought": came}
    told = Propensity().fit(table).predict(table, reasons=True).to_pylist()
    assert len({row["probability"] for row in told}) == 1
    assert told[0]["low"] < told[0]["probability"] < told[0]["high"]
    assert low <= told[0]["low"]
    assert told[0]["high"] <= high or len(came) < 3
    assert len(came) == 1 or "overall rate" in told[0]["reason"]


def test_columns_that_are_all_equal_say_nothing():
    table = {"same": [1.0] * 60, "empty": [None] * 60, "bought": [0, 1, 0] * 20}
    told = Propensity().fit(table).predict(table, reasons=True).to_pylist()
    assert told[0]["reason"] == "no column tells customers apart"
    assert 0.2 < told[0]["probability"] < 0.45


def test_infinite_and_missing_values_are_taken_as_unknown(fitted):
    row = {"visits": [np.inf], "noise": [np.nan], "gaps": [-np.inf], "region": [None]}
    told = fitted.predict(pa.table({**row, "region": pa.array([None], pa.string())})).to_pylist()
    assert 0 < told[0]["probability"] < 1


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"x": [], "bought": []}, "no rows"),
        ({"x": [1.0, 2.0], "bought": [1.0, None]}, "empty in 1 rows"),
        ({"x": [1.0, 2.0], "bought": [1.0, float("nan")]}, "empty in 1 rows"),
        ({"x": [1.0, 2.0], "bought": [1, 7]}, "yes or no"),
        ({"x": [1.0, 2.0], "bought": ["perhaps", "no"]}, "yes or no"),
        ({"x": [1.0]}, "no column 'bought'"),
        (7, "this is a int"),
        ({"x": [1.0, 2.0], "bought": [1]}, "cannot be read as a table"),
    ],
)
def test_what_cannot_be_learned_from_is_said(table, says):
    with pytest.raises(InvalidInput, match=says):
        Propensity().fit(table)


def test_before_fit_and_with_other_columns(fitted):
    with pytest.raises(PassendError, match="not fitted"):
        Propensity().predict({"x": [1]})
    with pytest.raises(UnrecognisedColumns, match="visits"):
        fitted.predict({"noise": [1.0]})
    with pytest.raises(InvalidInput, match="direction"):
        Propensity(monotone={"visits": 2}).fit(world(1, rows=200)[0])
