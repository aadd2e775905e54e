from datetime import date, timedelta

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from passend import Lifetime
from passend.customers.lifetime.histories import read_histories
from passend.customers.lifetime.spend import fit_spend
from passend.customers.lifetime.value import cost_per_order
from passend.errors import InvalidInput, PassendError
from tests.customers.lifetime.shops import START, shop

CUT = date(2025, 1, 1)


@pytest.fixture(scope="module")
def orders():
    return shop(seed=4)


def _later(orders, after, until):
    """What each customer really ordered and paid between two days."""
    when = np.array(orders["ordered_at"].to_pylist())
    rows = orders.filter(
        pa.array(
            (when >= _midnight(after + timedelta(days=1))) & (when < _midnight(until + timedelta(days=1)))
        )
    )
    days = {}
    for customer, at, cents in zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True):
        days.setdefault(customer, {}).setdefault(at.date(), 0)
        days[customer][at.date()] += cents
    return {customer: (len(one), sum(one.values())) for customer, one in days.items()}


def _midnight(day):
    from datetime import datetime

    return datetime(day.year, day.month, day.day)


def test_the_future_is_forecast_and_lies_in_the_intervals(orders):
    model = Lifetime().fit(orders, until=CUT)
    forecast = model.predict(horizon_days=150)
    came = _later(orders, CUT, CUT + timedelta(days=150))
    seen = np.array([came.get(one, (0, 0)) for one in forecast["customer_id"].to_pylist()])
    assert np.asarray(forecast["expected_orders"]).sum() == pytest.approx(seen[:, 0].sum(), rel=0.08)
    assert np.asarray(forecast["value_cents"]).sum() == pytest.approx(seen[:, 1].sum(), rel=0.1)
    inside = (np.asarray(forecast["low_cents"]) <= seen[:, 1]) & (
        seen[:, 1] <= np.asarray(forecast["high_cents"])
    )
    assert inside.mean() > 0.88
    # Not by being endless: of those who came, most are told apart, and the ends are not far out.
    assert np.mean(np.asarray(forecast["high_cents"])) < 8 * seen[:, 1].mean()
    assert model.report_.good


def test_forecasts_are_right_for_the_little_and_the_much(orders):
    """Calibrated: in every fifth of the customers by expectation, what came is near what was expected."""
    forecast = Lifetime().fit(orders, until=CUT).predict(horizon_days=150)
    came = _later(orders, CUT, CUT + timedelta(days=150))
    seen = np.array([came.get(one, (0, 0))[0] for one in forecast["customer_id"].to_pylist()])
    expected = np.asarray(forecast["expected_orders"])
    for part in np.array_split(np.argsort(expected), 5):
        assert expected[part].mean() == pytest.approx(seen[part].mean(), abs=0.06 + 0.12 * seen[part].mean())


@pytest.mark.parametrize("seed", range(3))
def test_where_nobody_leaves_nobody_is_given_up(seed):
    """A null world: customers differ in pace only. The models may not see departures."""
    orders = shop(seed=seed, customers=1500, stop=None, pace=(2.0, 12.0))
    model = Lifetime().fit(orders)
    alive = np.asarray(model.predict(365)["alive_probability"])
    assert alive.mean() > 0.95


def test_same_days_merge_and_the_order_of_rows_does_not_matter(orders):
    twice = pa.concat_tables([orders, orders])
    mixed = twice.take(pa.array(np.random.default_rng(0).permutation(twice.num_rows)))
    one, two = read_histories(orders), read_histories(mixed)
    assert one.customers.equals(two.customers)
    assert np.array_equal(one.repeats, two.repeats)
    assert two.spend == pytest.approx(2 * one.spend, nan_ok=True)
    assert Lifetime().fit(mixed).predict().column("expected_orders").to_numpy() == pytest.approx(
        Lifetime().fit(orders).predict()["expected_orders"].to_numpy(), rel=1e-6
    )


def test_any_frame_prices_or_quantities_and_returns(orders):
    frame = (
        pl.from_arrow(orders)
        .with_columns(quantity=pl.lit(2.0), unit_price_cents=pl.col("revenue_cents") / 2)
        .drop("revenue_cents")
    )
    back = frame.head(50).with_columns(quantity=pl.lit(-1.0))
    one = Lifetime().fit(pl.concat([frame, back]))
    assert one.histories_.left_out == 50
    assert one.spend_.parameters == pytest.approx(Lifetime().fit(orders).spend_.parameters, rel=1e-6)


def test_costs_and_margin_lower_the_value_and_one_heavy_return_does_not_brand(orders):
    plain = Lifetime().fit(orders, until=CUT)
    ids = plain.histories_.customers
    heavy = pa.table({"customer_id": [ids[0].as_py()], "cost_cents": [100_000]})
    net = Lifetime(margin_share=0.4).fit(orders, until=CUT, costs=heavy)
    gross_value = np.asarray(plain.predict()["value_cents"]).astype(float)
    value = np.asarray(net.predict()["value_cents"]).astype(float)
    others = gross_value[1:] * 0.4
    assert value[1:] == pytest.approx(others, rel=0.05, abs=30)
    assert value[0] < gross_value[0] * 0.4
    assert net._cost[0] < 1000 / (net.histories_.repeats[0] + 1)


def test_costs_above_the_margin_make_a_loss(orders):
    ids = read_histories(orders).customers
    costly = pa.table({"customer_id": ids, "cost_cents": np.full(len(ids), 50_000)})
    forecast = Lifetime(margin_share=0.2).fit(orders, costs=costly).predict()
    assert np.asarray(forecast["value_cents"]).max() <= 0
    assert (np.asarray(forecast["low_cents"]) <= np.asarray(forecast["high_cents"])).all()


def test_shrunk_costs_keep_their_sum_in_view():
    cost = cost_per_order(np.array([0.0, 100.0]), np.array([1.0, 1.0]), 5.0)
    assert list(cost) == [pytest.approx(250 / 6), pytest.approx(350 / 6)]


def test_more_time_brings_more(orders):
    model = Lifetime().fit(orders)
    short, long = model.predict(30), model.predict(300)
    assert (np.asarray(short["expected_orders"]) < np.asarray(long["expected_orders"])).all()
    assert (np.asarray(short["value_cents"]) <= np.asarray(long["value_cents"])).all()


def _few(rows):
    return pa.table(
        {
            "customer_id": [row[0] for row in rows],
            "ordered_at": pa.array([START + timedelta(days=row[1]) for row in rows], pa.timestamp("us")),
        }
    )


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "No order line"),
        ([("a", 1), ("a", 9)], "Of 1 customers 1"),
        ([(f"c{n}", 1) for n in range(50)], "Of 50 customers 0"),
    ],
)
def test_too_little_is_said(rows, says):
    with pytest.raises(InvalidInput, match=says):
        Lifetime().fit(_few(rows))


def test_all_alike_and_no_prices():
    rows = [(f"c{n}", day) for n in range(40) for day in range(0, 200, 20)]
    model = Lifetime().fit(_few(rows))
    forecast = model.predict(200)
    assert model.spend_ is None
    assert forecast["value_cents"].null_count == 40
    expected = np.asarray(forecast["expected_orders"])
    assert np.ptp(expected) < 1e-9
    assert 8 < expected[0] < 11


def test_all_amounts_alike_are_worth_that_amount():
    rows = [(f"c{n}", day) for n in range(40) for day in range(0, 20 * (1 + n % 5), 10)]
    table = _few(rows).append_column("revenue_cents", pa.array([500] * len(rows)))
    forecast = Lifetime().fit(table).predict()
    expected = np.asarray(forecast["expected_orders"])
    assert np.asarray(forecast["value_cents"]) == pytest.approx(500 * expected, abs=1)


def test_rows_without_customer_or_time_are_counted(orders):
    hole = pa.table(
        {
            "customer_id": pa.array([None, "c00001"], pa.string()),
            "ordered_at": pa.array([START, None], pa.timestamp("us")),
            "revenue_cents": pa.array([1, None], pa.int64()),
        }
    )
    assert read_histories(pa.concat_tables([orders, hole])).left_out == 2


@pytest.mark.parametrize(
    ("given", "says"),
    [({"model": "magic"}, "no model 'magic'"), ({"level": 2.0}, "level is 2")],
)
def test_wrong_settings_are_refused(given, says, orders):
    with pytest.raises(InvalidInput, match=says):
        Lifetime(**given).fit(orders)


def test_the_order_of_calls(orders):
    with pytest.raises(PassendError, match="not fitted"):
        Lifetime().predict()
    with pytest.raises(InvalidInput, match="horizon"):
        Lifetime().fit(orders).predict(0)
    with pytest.raises(InvalidInput, match="customer_id"):
        Lifetime().fit({"a": [1]})


def test_planted_amounts_are_found():
    random = np.random.default_rng(2)
    n, p, q, v = 20_000, 6.0, 4.0, 15.0
    repeats = random.integers(1, 9, n).astype(float)
    spend = random.gamma(p * repeats, 1 / (repeats * random.gamma(q, 1 / v, n)))
    model = fit_spend(repeats, spend)
    assert list(model.parameters.values()) == pytest.approx([p, q, v], rel=0.08)
    mean, square, spread = model.moments(np.zeros(1), np.full(1, np.nan))
    assert mean[0] == pytest.approx(p * v / (q - 1), rel=0.05)
    assert spread[0] == pytest.approx(square[0] / p, rel=0.1)


def test_amounts_in_cents_are_amounts_in_euro():
    random = np.random.default_rng(2)
    repeats = random.integers(1, 9, 500).astype(float)
    spend = random.gamma(4 * repeats, 1 / (repeats * random.gamma(4, 0.2, 500)))
    one, hundred = fit_spend(repeats, spend), fit_spend(repeats, spend * 100)
    assert hundred.v == pytest.approx(100 * one.v, rel=1e-4)
    assert (hundred.p, hundred.q) == pytest.approx((one.p, one.q), rel=1e-4)
