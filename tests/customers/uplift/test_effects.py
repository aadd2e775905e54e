"""Effects are the planted ones, their intervals keep what they promise, and every input gets a clear answer."""

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from passend import Uplift
from passend.customers.uplift import CannotBeMeasured, EffectPrior, GateReport
from passend.customers.uplift_metrics import qini
from passend.errors import InvalidInput, PassendError
from tests.customers.uplift.worlds import LINEAR, campaign, effects, table


def _fit(contacts, **more):
    return Uplift(bases=LINEAR, **more).fit(contacts, "mail", "spend")


@pytest.mark.parametrize("outcome", ["number", "flag"])
def test_effects_rank_and_size_customers(outcome):
    slope = lambda x: 0.4 + 0.5 * x[:, 0]  # noqa: E731
    contacts, _ = campaign(1, 6000, effect=slope, outcome=outcome)
    fresh, true = campaign(2, 6000, effect=slope, outcome=outcome)
    found, _, _ = effects(_fit(contacts), fresh)
    assert np.corrcoef(found[:, 0], true[:, 0])[0, 1] > 0.9
    assert np.polyfit(found[:, 0], true[:, 0], 1)[0] == pytest.approx(1, abs=0.35)
    treated = np.array(fresh["mail"].to_pylist()) == "a"
    assert qini(fresh["spend"].to_numpy(), found[:, 0], treated, convention="per customer") > 0


def test_intervals_hold_the_mean_effect_of_customers_alike():
    """In 15 worlds, the mean interval of the upper and lower half holds the true mean effect of that half."""
    inside, asked = 0, 0
    for seed in range(15):
        slope = lambda x: 0.3 + 0.4 * x[:, 0]  # noqa: E731
        contacts, true = campaign(seed, 1500, effect=slope)
        found, low, high = effects(_fit(contacts, seed=seed), contacts)
        upper = found[:, 0] > np.median(found[:, 0])
        for rows in (upper, ~upper):
            asked += 1
            inside += low[rows, 0].mean() <= true[rows, 0].mean() <= high[rows, 0].mean()
    assert inside / asked > 0.75


@pytest.mark.parametrize("treatments", [1, 2])
def test_in_a_null_world_effects_are_near_nothing(treatments):
    """The mean effect leaves its interval about as seldom as promised, and the spread stays small."""
    out, spread = 0, []
    for seed in range(20):
        contacts, _ = campaign(seed, 900, effect="none", treatments=treatments)
        model = _fit(contacts, seed=seed)
        found, _, _ = effects(model, contacts)
        for choice in model.choices_:
            out += abs(choice.effect) > 1.645 * choice.effect_error
        spread.append(found[:, 0].std())
    assert np.mean(spread) < 0.09  # the outcome's own spread is 1.4, the mean effect's error .09
    assert out <= 5 * treatments


def test_ordinary_habits_of_tables_make_no_difference():
    contacts, _ = campaign(3, 900)
    frame = pl.from_arrow(contacts)
    plain = _fit(contacts).predict(contacts)
    assert _fit(frame).predict(frame).equals(plain)
    assert (
        _fit(frame.to_pandas()).predict(frame.to_pandas())["effect"].to_pylist()
        == plain["effect"].to_pylist()
    )
    assert _fit(duckdb.sql("select * from frame")).predict(contacts).equals(plain)
    numbers = frame.with_columns(mail=pl.when(pl.col("mail") == "a").then(1).otherwise(0))
    assert _fit(numbers).predict(frame)["effect"].to_pylist() == plain["effect"].to_pylist()
    flags = frame.with_columns(mail=pl.col("mail") == "a")
    assert _fit(flags).predict(frame)["effect"].to_pylist() == plain["effect"].to_pylist()


def test_the_same_seed_gives_the_same_answer():
    contacts, _ = campaign(3, 900)
    assert _fit(contacts).predict(contacts).equals(_fit(contacts).predict(contacts))


def test_texts_gaps_and_infinities_are_features_too():
    contacts, true = campaign(4, 3000, effect=lambda x: np.where(x[:, 0] > 0, 1.0, 0.0))
    kind = ["good" if one > 0 else None for one in true[:, 0]]
    holes = pa.array([None if place % 7 == 0 else float(place % 5) for place in range(3000)])
    wild = np.where(np.arange(3000) % 50 == 0, np.inf, contacts["x2"].to_numpy())
    contacts = contacts.drop_columns(["x0"]).append_column("kind", pa.array(kind, pa.string()))
    contacts = contacts.append_column("holes", holes).append_column("wild", pa.array(wild))
    contacts = contacts.append_column("when", pa.array(np.arange(3000).astype("datetime64[D]")))
    model = _fit(contacts)
    assert np.corrcoef(effects(model, contacts)[0][:, 0], true[:, 0])[0, 1] > 0.9
    assert "kind=good" in model._encoder.names


def test_rows_without_treatment_or_outcome_are_left_out_and_counted():
    contacts, _ = campaign(5, 900)
    mail = pa.array([None if place < 10 else one for place, one in enumerate(contacts["mail"].to_pylist())])
    spend = pa.array(
        [None if 10 <= place < 15 else one for place, one in enumerate(contacts["spend"].to_pylist())]
    )
    holed = contacts.set_column(contacts.column_names.index("mail"), "mail", mail)
    holed = holed.set_column(holed.column_names.index("spend"), "spend", spend)
    assert _fit(holed).left_out_ == 15


def test_known_chances_undo_a_skewed_choice():
    """Customers who buy anyway were contacted more; the chance is logged. The naive difference is far off."""
    random = np.random.default_rng(1)
    x = random.normal(size=(6000, 2))
    chance = np.where(x[:, 1] > 0, 0.8, 0.2)
    got = random.uniform(size=6000) < chance
    y = 2 * x[:, 1] + 0.5 * got + random.normal(size=6000)
    logged = np.where(got, chance, 1 - chance)
    contacts = table(x, np.where(got, "a", "none"), y, chance=logged)
    assert y[got].mean() - y[~got].mean() > 2
    for given in ({"probability": "chance"}, {"ignore": ["chance"]}):
        model = _fit(contacts, **given)
        assert model.choices_[0].effect == pytest.approx(0.5, abs=0.12)
    assert not model.assignment_.random
    assert "not given by lot" in model.explain()[0]


def test_no_overlap_cannot_be_measured():
    random = np.random.default_rng(1)
    x = random.normal(size=(4000, 2))
    contacts = table(x, np.where(x[:, 0] > 0, "a", "none"), x[:, 0] + random.normal(size=4000))
    model = _fit(contacts)
    assert isinstance(model.result_, CannotBeMeasured)
    assert not model.result_
    found = model.predict(contacts)
    assert found["effect"].null_count == found["low"].null_count == 4000
    assert set(found["basis"].to_pylist()) == {"cannot be measured"}
    chosen = model.choose(contacts)
    assert set(chosen["treatment"].to_pylist()) == {"none"}
    assert chosen["expected_gain"].null_count == 4000
    assert model.explain()[0].startswith("Cannot be measured")


def test_customers_without_comparison_are_told_apart():
    """A fifth always got the mail; the rest by lot. Only for the fifth nothing can be said."""
    random = np.random.default_rng(2)
    x = random.normal(size=(6000, 2))
    always = x[:, 0] > 0.84
    got = always | (random.uniform(size=6000) < 0.5)
    y = 0.5 * got + random.normal(size=6000)
    contacts = table(np.column_stack([x, always]), np.where(got, "a", "none"), y)
    model = _fit(contacts)
    assert isinstance(model.result_, GateReport)
    basis = np.array(model.predict(contacts)["basis"].to_pylist())
    assert np.mean(basis[always] == "cannot be measured") > 0.95
    assert np.mean(basis[~always] == "measured") > 0.95
    assert model.choices_[0].effect == pytest.approx(0.5, abs=0.12)


def _none(n, spend=None, mail="a"):
    return table(np.zeros((n, 1)), [mail] * n, np.arange(n, dtype=float) if spend is None else spend)


@pytest.mark.parametrize(
    ("contacts", "says"),
    [
        (_none(0), "no contacts"),
        (_none(1), "Everybody was contacted"),
        (_none(500), "Everybody was contacted"),
        (_none(500, mail="none"), "Nobody was contacted"),
        (table(np.zeros((4, 1)), ["a", "none"] * 2, np.ones(4)), "is 1 for everybody"),
        (table(np.zeros((4, 1)), ["a", "none"] * 2, np.full(4, np.nan)), "no contacts with an outcome"),
    ],
)
def test_without_comparison_only_the_prior_is_left(contacts, says):
    model = _fit(contacts)
    assert isinstance(model.result_, CannotBeMeasured)
    assert says in model.result_.reason
    asked = _none(3)
    found = model.predict(asked)
    assert set(found["basis"].to_pylist()) <= {"prior"}
    if model.arms_.treatments:
        assert found["effect"].to_pylist() == [0.0] * 3
        assert found["high"][0].as_py() - found["low"][0].as_py() > 0.05
    assert set(model.choose(asked)["treatment"].to_pylist()) == {"none"}


def test_all_alike_customers_get_the_mean_effect():
    random = np.random.default_rng(1)
    got = random.uniform(size=2000) < 0.5
    contacts = table(np.ones((2000, 3)), np.where(got, "a", "none"), got * 0.5 + random.normal(size=2000))
    for bases in (LINEAR, ("trees",)):
        model = Uplift(bases=bases).fit(contacts, "mail", "spend")
        found = effects(model, contacts)[0]
        assert np.ptp(found) == 0
        assert found[0, 0] == pytest.approx(0.5, abs=0.15)
        assert not model.result_.opened


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"treatment": "letter"}, "no column letter"),
        ({"control": None, "values": ["x", "y"]}, "says 'no treatment'"),
        ({"control": None, "values": ["none", "0"]}, "Several values"),
        ({"features": ["age"]}, "no column age"),
        ({"bases": ["forest"]}, "no base forest"),
        ({"cost": {"b": 1.0}}, "cost for b"),
        ({"probability": "x0"}, "no chance of what happened"),
    ],
)
def test_what_cannot_be_understood_is_refused(given, says):
    values = given.pop("values", ["none", "a"])
    treatment = given.pop("treatment", "mail")
    contacts = table(np.zeros((600, 1)), values * 300, np.arange(600.0))
    with pytest.raises(InvalidInput, match=says):
        Uplift(**given).fit(contacts, treatment, "spend")


def test_the_control_can_be_named():
    contacts = table(np.zeros((600, 1)), ["x", "y"] * 300, np.tile([0.0, 1.0], 300) + np.arange(600) % 7)
    assert _fit(contacts, control="x").arms_.treatments == ("y",)


def test_a_column_of_the_fit_must_be_there_later():
    contacts, _ = campaign(1, 900)
    model = _fit(contacts)
    with pytest.raises(InvalidInput, match="no column x0"):
        model.predict(contacts.drop_columns(["x0"]))
    assert model.predict(contacts.slice(0, 0)).num_rows == 0
    with pytest.raises(PassendError, match="not fitted"):
        Uplift().predict(contacts)


def test_a_prior_can_be_given():
    model = Uplift(prior=EffectPrior(0.1, 0.01)).fit(_none(0), "mail", "spend")
    assert model.predict(_none(0)).num_rows == 0
    model = Uplift(prior=EffectPrior(0.1, 0.01)).fit(_none(5), "mail", "spend")
    assert model.predict(_none(2))["effect"].to_pylist() == [0.1, 0.1]
