from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from passend.customers.lifetime import Retention
from passend.errors import InvalidInput, PassendError

BEGAN = date(2015, 1, 1)
END = date(2024, 1, 1)


def contracts(seed=1, n=3000, alpha=0.8, beta=2.5, period=365):
    """Contracts that end in each period with a chance of their own."""
    random = np.random.default_rng(seed)
    start = random.integers(0, 8 * 365, n)
    lasts = random.geometric(random.beta(alpha, beta, n))
    over = [
        int(day + period * (periods - 1) + random.integers(1, period))
        for day, periods in zip(start, lasts, strict=True)
    ]
    last = (END - BEGAN).days
    return pa.table(
        {
            "contract_id": [f"k{place}" for place in range(n)],
            "started_at": [BEGAN + timedelta(days=int(day)) for day in start],
            "cancelled_at": [BEGAN + timedelta(days=day) if day <= last else None for day in over],
            "period_days": [period] * n,
            "fee_cents": [1000] * n,
        }
    )


def test_the_planted_curve_is_found():
    model = Retention().fit(contracts(n=8000), until=END)
    assert (model.curve_.alpha, model.curve_.beta) == (
        pytest.approx(0.8, rel=0.15),
        pytest.approx(2.5, rel=0.15),
    )
    curve = model.curve(6)
    truth = (
        Retention().fit(contracts(n=200), until=END).curve_.__class__(0.8, 2.5, 0.0).survival(np.arange(7.0))
    )
    assert curve["projected"].to_numpy() == pytest.approx(truth, abs=0.02)
    assert curve["share"].to_numpy() == pytest.approx(truth, abs=0.03)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    truth = np.cumprod([1, *(1 - 0.8 / (0.8 + 2.5 + period) for period in range(3))])[3]
    inside = 0
    for seed in range(60):
        curve = Retention(level=0.9).fit(contracts(seed=seed, n=300), until=END).curve(3)
        inside += curve["low"][3].as_py() <= truth <= curve["high"][3].as_py()
    assert 47 <= inside <= 60


def test_running_contracts_still_pay():
    model = Retention().fit(contracts(), until=END)
    ahead = model.predict(730)
    lasts = np.asarray(ahead["lasts_probability"])
    periods = np.asarray(ahead["expected_periods"])
    assert ((lasts > 0) & (lasts < 1) & (periods < 2) & (periods > lasts)).all()
    assert np.asarray(ahead["value_cents"]) == pytest.approx(1000 * periods, abs=0.6)
    assert (
        Retention(period_days=100)
        .fit(contracts(), until=END)
        .predict(50)["expected_periods"]
        .to_numpy()
        .max()
        == 0
    )


def test_not_seen_is_empty_and_not_zero():
    curve = Retention().fit(contracts(), until=END).curve(15)
    assert curve["share"].null_count > 0
    assert curve["projected"].null_count == 0


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"a": [1]}, "contract_id and started_at"),
        (
            {"contract_id": ["k"], "started_at": pa.array([None], pa.timestamp("us"))},
            "No contract has a beginning",
        ),
        ({"contract_id": ["k"] * 20, "started_at": [BEGAN] * 20}, "Of 20 contracts 0 have ended within"),
    ],
)
def test_too_little_is_said(table, says):
    with pytest.raises(InvalidInput, match=says):
        Retention().fit(pa.table(table))


def test_the_order_of_calls():
    with pytest.raises(PassendError, match="not fitted"):
        Retention().curve()
