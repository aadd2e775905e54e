from datetime import timedelta

import numpy as np
import pytest
from scipy import stats

from passend.settings import Settings
from tests.customers.kinds_world import KINDS, START, engine_of, shop
from tests.worlds import compute, rows_of, table


@pytest.fixture(scope="module")
def judged():
    """What is found, and what is true, in three shops after one year."""
    found, truth = {}, {}
    for seed in range(3):
        world = shop(seed)
        for row in rows_of(engine_of(world.tables), "customer_kinds"):
            found[seed, row["customer_id"]] = row
        truth |= {(seed, name): kind for name, kind in world.truth.items()}
    return found, truth


@pytest.mark.parametrize("kind", KINDS)
def test_the_planted_kinds_are_found_after_a_year(judged, kind):
    found, truth = judged
    named = {key for key, row in found.items() if row["kind"] == kind}
    true = {key for key, told in truth.items() if told == kind}
    assert len(named & true) / len(named) >= 0.8
    assert len(named & true) / len(true) >= 0.6


def test_where_nobody_is_costly_hardly_anybody_is_named():
    kinds = rows_of(engine_of(shop(9, share=0.0).tables), "customer_kinds")
    assert np.mean([row["kind"] is not None for row in kinds]) < 0.01


def test_probabilities_mean_what_they_say(judged):
    found, truth = judged
    for kind in KINDS:
        column = kind.replace(" ", "_") + "_probability"
        sure = [truth[key] == kind for key, row in found.items() if row[column] > 0.9]
        unlikely = [truth[key] == kind for key, row in found.items() if row[column] < 0.1]
        assert np.mean(sure) > 0.8
        assert np.mean(unlikely) < 0.02


def _traits(**changes):
    plain = {
        "customer_id": "c", "orders": 10, "periods": 6, "is_undated": False, "revenue_cents": 10_000.0,
        "returned_cents": 500.0, "returned_orders": 0.5, "returned_orders_squared": 0.1, "orders_with_returns": 1,
        "periods_with_returns": 1, "lines": 20, "lines_squared": 44.0, "discounted_lines": 2,
        "discounted_lines_squared": 1.5, "orders_with_discounts": 1, "periods_with_discounts": 1, "service_contacts": 1,
        "periods_with_service": 1, "service_cost_cents": 800.0, "spending_periods": 6, "xx": 1.0, "yy": 1.2,
        "xy": 1.0, "profit_periods": 6, "bb": 2.0, "pp": 4.0, "bp": 1.0, "spending_cents": 1700.0,
        "profit_cents": 3000.0,
    }  # fmt: skip
    return {**plain, **changes}


def _judged(rows):
    import pyarrow as pa

    from passend.engines import DuckDBEngine

    engine = DuckDBEngine()
    engine.load("customer_traits", pa.Table.from_pylist(rows))
    compute(engine, "customers", "firm_habits", "customer_habits", "customer_kinds")
    return engine


def test_one_heavy_return_brands_nobody():
    others = [_traits(customer_id=f"c{number}") for number in range(50)]
    once = _traits(
        customer_id="once", orders=3, returned_orders=3.0, returned_orders_squared=3.0, orders_with_returns=3,
        periods_with_returns=1, returned_cents=9000.0,
    )  # fmt: skip
    rows = {row["customer_id"]: row for row in rows_of(_judged([*others, once]), "customer_kinds")}
    assert rows["once"]["kind"] is None


@pytest.mark.parametrize("usual", [0.02, 0.12, 0.3, 0.6])
@pytest.mark.parametrize("by_line", [False, True])
def test_however_usual_bargains_are_nobody_is_named_for_what_all_do(usual, by_line):
    world = shop(int(usual * 100), share=0.0, bargains=(usual, by_line))
    kinds = rows_of(engine_of(world.tables), "customer_kinds")
    assert np.mean([row["kind"] == "promotion maximiser" for row in kinds]) <= 0.02


def test_lines_of_an_order_count_as_much_as_they_tell():
    coupons, promotions = (
        engine_of(shop(5, customers=300, bargains=(0.12, by_line)).tables) for by_line in (False, True)
    )
    assert rows_of(coupons, "firm_habits")[0]["lines_alike"] == pytest.approx(1, abs=0.02)
    assert rows_of(promotions, "firm_habits")[0]["lines_alike"] == pytest.approx(0, abs=0.1)


def test_a_bargain_beside_dear_things_in_the_basket_is_seen():
    order = {"customer_id": "a", "quantity": 1.0, "returned_quantity": 0.0, "currency": "EUR"}
    dear = {
        "line": 1,
        "product_id": "p1",
        "unit_price_cents": 9000,
        "discount_cents": 0,
        "revenue_cents": 9000,
    }
    cheap = {
        "line": 2,
        "product_id": "p2",
        "unit_price_cents": 1000,
        "discount_cents": 200,
        "revenue_cents": 800,
    }
    orders = [
        {**order, **line, "order_id": f"o{number}", "ordered_at": START + timedelta(days=40 * number)}
        for number in range(4)
        for line in (dear, cheap)
    ]
    traits = rows_of(engine_of({"orders": table("orders", orders)}), "customer_traits")[0]
    assert (traits["lines"], traits["discounted_lines"]) == (8, 4)
    assert (traits["lines_squared"], traits["discounted_lines_squared"]) == (16, 2)
    assert (traits["orders_with_discounts"], traits["periods_with_discounts"]) == (4, 4)


def _pairs_of_lines(bargains):
    """The counts of a customer whose orders have two lines each, of which so many are bargains."""
    orders = len(bargains)
    return {
        "lines": 2 * orders, "lines_squared": 4.0 * orders, "discounted_lines": int(bargains.sum()),
        "discounted_lines_squared": float((bargains**2).sum() / 2), "orders_with_discounts": int((bargains > 0).sum()),
    }  # fmt: skip


def test_tail_probabilities_are_those_of_the_exact_posteriors():
    random = np.random.default_rng(3)
    rows = [
        _traits(
            customer_id=f"c{number}",
            orders=(orders := int(random.integers(2, 60))),
            returned_orders=float(random.binomial(orders, 0.3)),
            service_contacts=int(random.poisson(orders * 0.8)),
            **_pairs_of_lines(random.binomial(2, random.beta(0.5, 0.5, orders))),
        )
        for number in range(300)
    ]
    engine = _judged(rows)
    firm = rows_of(engine, "firm_habits")[0]
    settings = Settings()
    for trait, habit in zip(
        sorted(rows, key=lambda row: row["customer_id"]),
        sorted(rows_of(engine, "customer_habits"), key=lambda row: row["customer_id"]),
        strict=True,
    ):
        n = trait["orders"]
        for name, limit, count in (
            (
                "returns",
                max(settings.number("customers.return_share"), 2 * firm["returns_mean"]),
                "returned_orders",
            ),
            (
                "discounts",
                max(
                    settings.number("customers.discount_lines_share"),
                    min(2 * firm["discounts_mean"], (1 + firm["discounts_mean"]) / 2),
                ),
                "discounted_lines",
            ),
        ):
            mean, weight, k = firm[f"{name}_mean"], firm[f"{name}_weight"], trait[count]
            trials: float = n
            if name == "discounts":
                trials = 2 * n / (1 + firm["lines_alike"])
                k *= trials / (2 * n)
            exact = stats.beta.sf(min(limit, 0.98), weight * mean + k, weight * (1 - mean) + trials - k)
            assert stats.norm.cdf(habit[f"{name}_z"]) == pytest.approx(exact, abs=0.02)
        limit = max(
            2 * firm["service_mean"], 0.33 * firm["order_profit_cents"] / firm["service_contact_cents"]
        )
        exact = stats.gamma.sf(
            limit * (firm["service_weight"] + n),
            firm["service_weight"] * firm["service_mean"] + trait["service_contacts"],
        )
        assert stats.norm.cdf(habit["service_z"]) == pytest.approx(exact, abs=0.02)


def test_whether_profit_fell_is_judged_by_the_few_periods_there_are():
    random = np.random.default_rng(4)
    rows = [
        _traits(
            customer_id=f"c{number:03d}",
            profit_periods=int(random.integers(2, 14)),
            pp=400.0,
            bp=random.normal(0, 15),
        )
        for number in range(100)
    ]
    kinds = sorted(rows_of(_judged(rows), "customer_kinds"), key=lambda row: row["customer_id"])
    for trait, kind in zip(rows, kinds, strict=True):
        free = trait["profit_periods"] - 2
        rest = max(trait["pp"] - trait["bp"] ** 2 / trait["bb"], 1)
        exact = stats.t.cdf(-trait["bp"] / np.sqrt(trait["bb"] * rest / free), free) if free else 0.5
        assert kind["profit_fell_probability"] == pytest.approx(exact, abs=0.01)


def test_profit_adds_up():
    engine = engine_of(shop(4, customers=40).tables)
    for row in rows_of(engine, "customer_profit"):
        costs = ("returned", "goods_cost", "return_cost", "service_cost", "contact_cost")
        left = row["revenue_cents"] - sum(row[f"{name}_cents"] for name in costs)
        assert row["profit_cents"] == left
    orders = rows_of(engine, "orders")
    told = sum(row["revenue_cents"] for row in rows_of(engine, "customer_profit"))
    assert told == sum(row["revenue_cents"] for row in orders)


def test_costs_come_from_the_contact_then_the_table_then_the_settings():
    from passend.engines import DuckDBEngine
    from tests.customers.kinds_world import START, load

    engine = DuckDBEngine()
    base = {"customer_id": "a", "direction": "in", "purpose": "service", "happened_at": START}
    contacts = table(
        "contacts",
        [
            {**base, "contact_id": "given", "channel": "phone", "cost_cents": 99},
            {**base, "contact_id": "minutes", "channel": "phone", "minutes": 10.0},
            {**base, "contact_id": "default", "channel": "desk"},
            {**base, "contact_id": "mail", "channel": "email", "direction": "out", "purpose": "offer"},
            {**base, "contact_id": "none", "channel": "email", "direction": "out", "purpose": "offer",
             "outcome": "held-out"},
        ],
    )  # fmt: skip
    costs = table("costs", [{"kind": "service", "name": "phone", "amount_cents": 80}])
    load(engine, {"contacts": contacts, "costs": costs})
    compute(engine, "customers", "decision_date", "customer_contacts")
    told = {row["contact_id"]: row["cost_cents"] for row in rows_of(engine, "customer_contacts")}
    assert told == {"given": 99, "minutes": 800, "default": 801, "mail": 1, "none": 0}
