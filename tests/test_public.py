"""What ``from passend import ...`` promises: names, versions, types, and the manners of scikit-learn end to end."""

import importlib.resources
import subprocess
import sys
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import passend
from passend import Lifetime, Market, NextProduct, Plan, Propensity, Relations, Uplift, Workspace
from passend.errors import InvalidInput, PassendError, UnrecognisedColumns, UnsettledGuess

EXPORTED = ["Effects", "Lifetime", "Market", "NextProduct", "PassendError", "Plan", "Propensity", "Relations", "Uplift",
            "Workspace", "__version__"]  # fmt: skip

TYPED = """
from typing import assert_type
from passend import Effects, Lifetime, NextProduct, Plan, Propensity, Relations, Uplift, Workspace, __version__
assert_type(__version__, str)
assert_type(Relations(min_together=3).fit({}), Relations)
assert_type(NextProduct(seed=2).fit({}), NextProduct)
assert_type(Propensity().fit({}, [0, 1]), Propensity)
assert_type(Propensity().score({}, [0, 1]), float)
assert_type(Uplift(cost=1.5).fit({}), Uplift)
assert_type(Lifetime().fit({}), Lifetime)
assert_type(repr(Plan()), str)
assert_type(Effects(window_days=14), Effects)
assert_type(Workspace("x").has("orders"), bool)
Relations(min_togther=3)  # type: ignore[call-arg]
"""


def test_exported_members():
    assert passend.__all__ == EXPORTED
    assert set(EXPORTED) <= set(dir(passend))
    for name in EXPORTED:
        assert getattr(passend, name) is not None
    with pytest.raises(AttributeError, match="nosuch"):
        passend.nosuch  # noqa: B018


def test_types_are_seen_from_outside(tmp_path):
    assert importlib.resources.files("passend").joinpath("py.typed").is_file()
    (tmp_path / "uses.py").write_text(TYPED)
    check = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--cache-dir", str(tmp_path),
             "--ignore-missing-imports", "uses.py"]  # fmt: skip
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def customers(rows=240, seed=3):
    random = np.random.default_rng(seed)
    visits = random.integers(0, 10, rows).astype(float)
    came = (random.random(rows) < np.where(visits > 6, 0.6, 0.1)).astype(int)
    return np.column_stack([visits, random.normal(size=rows)]), came


def test_propensity_is_cross_validated_in_a_pipeline():
    """The manners alone: of so few customers no more than the overall rate is told; test_propensity plants a truth."""
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = customers(rows=30)
    model = make_pipeline(StandardScaler(), Propensity(most_rows=500))
    for scoring in (None, "roc_auc", "neg_log_loss", "accuracy"):
        assert np.isfinite(cross_val_score(model, x, y, cv=2, scoring=scoring)).all()
    model.fit(x, y)
    chances = model.predict_proba(x)
    assert chances.shape == (len(y), 2)
    assert chances.sum(axis=1) == pytest.approx(1)
    assert set(model.predict(x)) <= {0, 1}
    assert model.score(x, y) == 0.5


@pytest.mark.parametrize("words", [("no", "yes"), ("nein", "ja"), (False, True), (0.0, 1.0)])
def test_classes_are_the_callers(words):
    x, y = customers(rows=30)
    model = Propensity().fit(x, [words[one] for one in y])
    assert list(model.classes_) == sorted(words)
    yes = model.predict_proba(x)[:, sorted(words).index(words[1])]
    assert yes == pytest.approx(y.mean(), abs=0.05)
    assert set(model.predict(x)) <= set(words)


def test_an_identifier_is_no_feature_and_lists_are_refused():
    x, y = customers(rows=30)
    table = pa.table({"order_id": range(30), "id": range(30), "visits": x[:, 0], "bought": y})
    assert [one.name for one in Propensity().fit(table).features_] == ["visits"]
    with pytest.raises(InvalidInput, match="one value in a row"):
        Propensity().fit(table.append_column("tags", pa.array([["a"]] * 30)))


def test_a_list_in_a_cell_is_no_product():
    """A basket in one cell would count as one product that nobody else bought."""
    with pytest.raises(InvalidInput, match=r"'product_id' holds .*list"):
        Relations().fit({"order_id": [1, 2], "product_id": [["tea", "cup"], ["tea"]]})


def test_guesses_are_settled_the_way_of_python():
    unclear = {"order_id": [1, 2], "product_id": ["tea", "cup"], "ordered_at": ["03/04/2026", "05/06/2026"]}
    with pytest.raises(UnsettledGuess) as told:
        Relations().fit(unclear)
    assert "columns=" in told.value.remedy
    assert "--" not in told.value.remedy


def test_categories_and_enums_are_text():
    x, y = customers(rows=30)
    region = ["north", "south"] * 15
    kinds = (pl.Categorical, pl.Enum(["north", "south"]), pl.String)
    told = [
        Propensity().fit(
            pl.DataFrame({"region": pl.Series(region, dtype=kind), "visits": x[:, 0], "bought": y})
        )
        for kind in kinds
    ]
    assert {tuple(one.name for one in model.features_) for model in told} == {("region", "visits")}
    frame = pd.DataFrame({"region": pd.Categorical(region), "visits": x[:, 0], "bought": y})
    assert [one.classes for one in Propensity().fit(frame).features_] == [("north", "south"), None]


def test_foreign_names_are_told():
    x, y = customers(rows=30)
    table = {"visits": x[:, 0], "bought": y}
    with pytest.raises(UnrecognisedColumns, match="vists"):
        Propensity(monotone={"vists": 1}).fit(table)
    with pytest.raises(UnrecognisedColumns, match="target"):
        Propensity().fit(table, "target")
    contacts = {"mail": ["mail", "none"] * 15, "spend": y, "visits": x[:, 0]}
    with pytest.raises(UnrecognisedColumns, match="`ignore` names vists"):
        Uplift(ignore=["vists"]).fit(contacts, "mail", "spend")
    with pytest.raises(UnrecognisedColumns, match=r"customer_id.*'Customer ID'"):
        NextProduct().fit({"product_id": ["a"], "Customer ID": ["x"]})
    with pytest.raises(UnrecognisedColumns, match=r"ordered_at.*'orderedat'"):
        Lifetime().fit({"customer_id": ["x"], "orderedat": [datetime(2026, 1, 1)]})
    with pytest.raises(UnrecognisedColumns, match=r"customer_id.*'customerid'"):
        Plan().choose({"customerid": ["x"], "product_id": ["a"]})


def test_a_cost_is_one_number_and_an_outcome_says_yes_or_no():
    random = np.random.default_rng(5)
    mail = random.integers(0, 2, 80)
    came = random.random(80) < 0.3 + 0.3 * mail
    said = {"mail": np.where(mail, "mail", "none").tolist(), "came": np.where(came, "ja", "nein").tolist()}
    one, each = Uplift(cost=0.1), Uplift(cost={"mail": 0.1})
    told = [model.fit(said, "mail", "came").choose(said) for model in (one, each)]
    assert told[0].equals(told[1])
    x = random.normal(size=(80, 1))
    arrays = Uplift(cost=0.1).fit(x, mail, came)
    assert arrays.predict(x)["treatment"].to_pylist() == ["1"] * 80


def test_dates_as_text_are_read_where_they_can_mean_one_day_only():
    days = [datetime(2025, 1, 1) + timedelta(days=9 * k + c % 7) for c in range(40) for k in range(3)]
    who = [f"c{c}" for c in range(40) for _ in range(3)]
    told = [
        Lifetime(model="bg/nbd")
        .fit({"customer_id": who, "ordered_at": [form(day) for day in days]})
        .predict(90)
        for form in (
            lambda day: day,
            lambda day: f"{day:%Y-%m-%d}",
            lambda day: f"{day:%d.%m.%Y}",
            lambda day: f"{day:%Y-%m-%dT00:00:00Z}",
        )
    ]
    assert all(one.equals(told[0]) for one in told[1:])
    with pytest.raises(InvalidInput, match=r"'01/02/2025'.*\(row 2\)"):
        Lifetime().fit({"customer_id": ["a", "a"], "ordered_at": ["2025-01-01", "01/02/2025"]})


def test_what_there_is_says_what_it_is(tmp_path):
    assert repr(Relations(min_together=3)) == "Relations(min_together=3)"
    assert repr(Plan(budget=500.0)) == "Plan(budget=500.0)"
    assert repr(Workspace(tmp_path)).endswith("no data yet)")
    market = Market("bicycle-shop", changes={"customers.number": 50}, with_history=False)
    assert repr(market).startswith("Market(")
    assert "seed=1: 50 customers" in repr(market)


def test_not_fitted_is_a_passend_error_that_survives_a_process():
    import pickle

    with pytest.raises(PassendError) as told:
        NextProduct().recommend()
    assert "fit(orders)" in str(pickle.loads(pickle.dumps(told.value)))
