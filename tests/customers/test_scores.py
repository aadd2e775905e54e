"""The scores of every customer: learned where that is possible, empty with a reason where it is not; never a leak."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from passend.customers.lifetime import Lifetime
from passend.flow.steps import run_steps, steps_of
from passend.ports import Silence
from passend.settings import Settings
from passend.tables import contract
from tests.customers.lifetime.shops import shop
from tests.worlds import intake

FROM = datetime(2024, 1, 1)


def _engine(lines, **changes):
    settings = Settings({f"customers.{name}": value for name, value in changes.items()})
    engine = intake(lines)
    engine.load("recommendations", contract("recommendations").empty())
    run_steps(engine, steps_of("customers"), settings, Silence())
    contract("scores").check(engine.fetch("scores"))
    return engine


def _scores(lines, **changes):
    table = _engine(lines, **changes).fetch("scores")
    return {row["customer_id"]: row for row in table.to_pylist()}


def _lines(pace, days=360, seed=0, seats=400):
    """A shop in which customer ``c<i>`` orders on each day with the chance ``pace(i)``."""
    random = np.random.default_rng(seed)
    return [
        {
            "order_id": f"o{customer}-{day}",
            "customer_id": f"c{customer}",
            "product_id": f"p{random.integers(9)}",
            "quantity": 1.0,
            "unit_price": 20.0,
            "ordered_at": FROM + timedelta(days=int(day)),
        }
        for customer in range(seats)
        for day in np.flatnonzero(random.random(days) < pace(customer))
    ]


def test_those_who_order_often_are_receptive_and_worth_more():
    told = _scores(_lines(lambda customer: 0.04 if customer % 2 else 0.004))
    often = [row for name, row in told.items() if int(name[1:]) % 2]
    seldom = [row for name, row in told.items() if not int(name[1:]) % 2]
    # Chance of an order in 90 days: 1 - .96^90 = .97, and 1 - .996^90 = .30; two in five seats differ by chance.
    assert np.mean([row["buy_probability"] for row in often]) == pytest.approx(0.97, abs=0.05)
    assert np.mean([row["buy_probability"] for row in seldom]) == pytest.approx(0.33, abs=0.1)
    assert np.mean([row["is_receptive"] for row in often]) > 0.95
    assert np.mean([row["is_receptive"] for row in seldom]) < 0.1
    assert np.mean([row["lifetime_cents"] for row in often]) > 4 * np.mean(
        [row["lifetime_cents"] for row in seldom]
    )
    # Half of those who order on one day in 25 have done so within 17 days.
    assert np.median([row["next_order_days"] for row in often]) == pytest.approx(17, abs=5)
    assert all(row["buy_low"] <= row["buy_probability"] <= row["buy_high"] for row in told.values())
    assert all(row["lifetime_low_cents"] <= row["lifetime_high_cents"] for row in told.values())
    assert "learned from" in often[0]["basis"]
    assert "more likely because" in often[0]["buy_reason"]


@pytest.mark.parametrize("seed", range(3))
def test_where_all_are_alike_hardly_anybody_is_receptive(seed):
    told = _scores(_lines(lambda _: 0.01, seed=seed))
    chances = [row["buy_probability"] for row in told.values()]
    assert np.mean(chances) == pytest.approx(1 - 0.99**90, abs=0.08)
    assert np.mean([row["is_receptive"] for row in told.values()]) < 0.1


def test_the_future_changes_nothing():
    lines = _lines(lambda customer: 0.03 if customer % 2 else 0.005, seats=150)
    cut = FROM + timedelta(days=300)
    past = [line for line in lines if line["ordered_at"] < cut]
    later = [
        {**line, "customer_id": "c0", "unit_price": 999.0} for line in lines if line["ordered_at"] >= cut
    ]
    one = _scores(past, as_of=cut.isoformat())
    other = _scores([*past, *later], as_of=cut.isoformat())
    assert one == other


def test_no_dates_no_scores_but_a_reason():
    lines = [
        {
            "order_id": f"o{n}",
            "customer_id": f"c{n % 30}",
            "product_id": "p",
            "quantity": 1.0,
            "ordered_at": None,
        }
        for n in range(60)
    ]
    for row in _scores(lines).values():
        assert row["buy_probability"] is None
        assert row["lifetime_cents"] is None
        assert row["next_order_days"] is None
        assert row["basis"].count("no order has a date") == 2


def test_short_or_few_data_say_what_is_missing():
    short = _scores(_lines(lambda _: 0.05, days=100))
    assert all("180 are needed" in row["basis"] for row in short.values())
    assert all(row["is_receptive"] is None for row in short.values())
    few = _scores(_lines(lambda _: 0.02, seats=8))
    assert all("customers can be learned from" in row["basis"] for row in few.values())
    assert all("lifetime value: not known, of 8 customers" in row["basis"] for row in few.values())


def test_no_orders_no_scores():
    assert _scores([]) == {}


def test_a_sample_learns_nearly_the_same():
    lines = _lines(lambda customer: 0.03 if customer % 2 else 0.003)
    whole, part = _scores(lines), _scores(lines, learn_from=200)
    assert part.keys() == whole.keys()
    both = np.array([(whole[name]["buy_probability"], part[name]["buy_probability"]) for name in whole])
    assert np.corrcoef(both.T)[0, 1] > 0.9
    assert all("learned from" in row["basis"] for row in part.values())


@pytest.mark.parametrize("model", ["bg/nbd", "pareto/nbd"])
def test_half_have_ordered_again_when_it_says(model):
    orders = shop(seed=3, customers=4000, weeks=104.0)
    cut = datetime(2024, 1, 1) + timedelta(weeks=52)
    past = orders.filter(pc.less(orders["ordered_at"], pa.scalar(cut)))
    fitted = Lifetime(model=model).fit(past, cut)
    days = fitted.next_order_days()
    later = orders.filter(pc.greater_equal(orders["ordered_at"], pa.scalar(cut)))
    first = {}
    for customer, at in zip(later["customer_id"].to_pylist(), later["ordered_at"].to_pylist(), strict=True):
        first[customer] = min(first.get(customer, at), at)
    soon = [
        first.get(customer, datetime.max) <= cut + timedelta(days=day)
        for customer, day in zip(fitted.histories_.customers.to_pylist(), days.to_pylist(), strict=True)
        if day is not None and day < 360
    ]
    assert len(soon) > 200
    assert np.mean(soon) == pytest.approx(0.5, abs=0.09)
    # An outlook over so many weeks says the same as the wait.
    weeks = fitted.rhythm_.waits(fitted._patterns, 0.4)
    place = int(np.argsort(weeks)[len(weeks) // 8])
    none = fitted.rhythm_.outlook(fitted._patterns, float(weeks[place])).none[place]
    assert 1 - none == pytest.approx(0.4, abs=0.03)
