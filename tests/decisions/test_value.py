"""The value of an offer, term by term and by hand."""

from dataclasses import fields, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passend.decisions.candidates import candidates, side
from passend.decisions.value import (
    BRINGS,
    BRINGS_NOTHING,
    DOES_HARM,
    MEASURED,
    PRIOR,
    UNKNOWN,
    Figures,
    appraise,
    sale_terms,
    worth,
)  # fmt: skip

#: A thing of 100.00 that costs 60.00, offered at 2 % more purchases, nothing lost anywhere.
PLAIN = {"effect": 0.02, "effect_low": 0.02, "effect_high": 0.02, "contacts": 500.0, "base": 0.01, "sale": 10_000.0,
         "cost": 6000.0, "told": np.nan}  # fmt: skip


def figures(**known):
    given = {**PLAIN, **known}
    values = {one.name: np.array([float(given.get(one.name, 0.0))]) for one in fields(Figures)}
    return Figures(**{**values, "basis": np.array([MEASURED], np.int8), "priced": np.array([True])})


def value(**known):
    return float(worth(figures(**known)).value_cents[0])


def test_margin_times_effect():
    assert value() == pytest.approx(0.02 * 4000)


def test_what_comes_back_takes_its_margin_the_handling_and_what_spoils():
    # .25 come back; each loses 4,000 of margin, 300 of handling, a fifth of the goods' 6,000.
    found = worth(figures(returned=0.25, return_cents=300.0, at_risk=6000.0))
    assert found.returns_cents[0] == pytest.approx(0.25 * (4000 + 300 + 1200))
    assert found.value_cents[0] == pytest.approx(0.02 * (4000 - 1375))
    # Never more than 95 in 100 are expected back, and never fewer than none.
    assert worth(figures(returned=7.0)).returns_cents[0] == pytest.approx(0.95 * 4000)
    assert worth(figures(returned=-0.1)).returns_cents[0] == 0


def test_half_of_the_worlds_in_which_it_comes_back_by_hand():
    """Sold, it stays or comes back; what comes back replaces nothing that is bought elsewhere."""
    known = {"moved": 0.2, "spends": 1e9, "returned": 0.5, "return_cents": 500.0, "at_risk": 1000.0, "anyway": 0.4,
             "service": 100.0}  # fmt: skip
    stays = 4000 - 0.2 * 4000 - 100
    back = -500 - 0.2 * 1000 - 100
    assert value(**known) == pytest.approx(0.02 * (1 - 0.4) * (0.5 * stays + 0.5 * back))


def test_own_sales_are_what_is_saved_elsewhere_and_what_would_have_come_anyway():
    elsewhere = worth(figures(moved=0.2, spends=1e9))
    assert elsewhere.own_sales_cents[0] == pytest.approx(800)
    # Nobody saves where nothing is spent.
    assert worth(figures(moved=0.2, spends=1000.0)).own_sales_cents[0] == pytest.approx(200)
    assert worth(figures(moved=0.2, spends=0.0)).own_sales_cents[0] == 0
    assert worth(figures(anyway=0.3, service=100.0)).own_sales_cents[0] == pytest.approx(0.3 * 3900)
    assert value(anyway=1.0, service=100.0) == pytest.approx(0)


def test_a_discount_costs_margin_and_goes_to_those_who_would_have_bought():
    found = worth(figures(discount=0.1, takes=0.5, base=0.03))
    assert found.margin_cents[0] == pytest.approx(3000)
    assert found.discount_cents[0] == pytest.approx(0.03 * 0.5 * 1000)
    assert found.value_cents[0] == pytest.approx(0.02 * 3000 - 15)


@pytest.mark.parametrize("name", ["contact", "annoyance"])
def test_what_a_contact_costs_is_taken_off_whatever_it_brings(name):
    assert value(**{name: 25.0}) == pytest.approx(80 - 25)
    assert value(**{name: 25.0}, effect=0.0) == pytest.approx(-25)


def test_a_lost_permission_is_no_part_of_the_value():
    assert value(lost=0.5) == value()


def test_service_is_paid_for_each_sale():
    assert value(service=150.0) == pytest.approx(0.02 * (4000 - 150))


def test_what_the_caller_tells_stands_alone():
    found = worth(figures(told=123.0, effect_low=0.0, effect_high=0.5, annoyance=9.0))
    assert (found.value_low_cents[0], found.value_cents[0], found.value_high_cents[0]) == (123, 123, 123)


@settings(max_examples=60)
@given(
    st.sampled_from(
        ["returned", "return_cents", "at_risk", "moved", "anyway", "service", "contact", "annoyance", "cost"]
    ),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 0.9),
    st.floats(0, 0.5),
)
def test_whatever_costs_never_raises_the_value_of_a_sale_that_earns(name, less, more, returned, anyway):
    scale = {"returned": 0.9, "moved": 1.0, "anyway": 1.0}.get(name, 300.0)
    common = {"returned": returned, "anyway": anyway, "spends": 3000.0, "moved": 0.2, "service": 50.0}
    low, high = sorted((less, more))
    one, two = (value(**{**common, name: part * scale}) for part in (low, high))
    each = figures(**{**common, name: high * scale})
    margin, returns, own = sale_terms(each)
    if margin - returns - own - each.service > 0:
        assert two <= one + 1e-9


@settings(max_examples=40)
@given(st.floats(-0.02, 0.2), st.floats(0, 0.1), st.floats(0, 0.1), st.floats(0, 0.9), st.floats(-2000, 9000))
def test_the_interval_holds_the_value_and_the_terms_add_up(effect, down, up, returned, cost):
    found = worth(figures(effect=effect, effect_low=effect - down, effect_high=effect + up, returned=returned,
                          cost=cost, moved=0.2, spends=500.0, anyway=0.2, contact=3.0, annoyance=2.0))  # fmt: skip
    assert found.value_low_cents[0] <= found.value_cents[0] <= found.value_high_cents[0]
    fixed = found.contact_cents + found.discount_cents + found.annoyance_cents
    assert found.value_cents[0] == pytest.approx((effect * found.each_cents - fixed)[0])


def test_rows_are_rows():
    two = replace(
        figures(), **{one.name: np.repeat(getattr(figures(), one.name), 3) for one in fields(Figures)}
    )
    assert len(two.rows(np.array([0, 2])).effect) == 2


def source(*rows):
    """Tells these figures, for as many candidates."""
    columns = [figures(**row) for row in rows]
    whole = Figures(**{
        one.name: np.concatenate([getattr(row, one.name) for row in columns]) for one in fields(Figures)
    })  # fmt: skip
    return lambda made: whole.rows(made.pair)


def candidates_for(count):
    ids = [f"c{one}" for one in range(count)]
    customers, products = pa.table({"customer_id": ids}), pa.table({"product_id": ["x"]})
    fits = pa.table({"customer_id": ids, "product_id": ["x"] * count})
    return candidates(
        side(customers, "customer_id"), side(products, "product_id"), fits, ("email",), datetime(2026, 1, 5)
    )


def test_what_an_interval_comes_from_by_hand():
    # 4,000 of margin, a quarter comes back (1,000 of it); what is left is 3,000 a sale, 2,700 after what comes anyway.
    known = {"returned": 0.25, "anyway": 0.1, "margin_doubt": 2000.0, "returned_doubt": 0.1, "return_cents": 300.0,
             "effect_low": 0.005, "effect_high": 0.05, "annoyance": 3.0}  # fmt: skip
    found = worth(figures(**known))
    each = float(found.each_cents[0])
    assert each == pytest.approx(0.9 * (4000 - 0.25 * 4300))
    doubt = found.doubt
    assert doubt.effect_low[0] == pytest.approx(0.015 * each)
    assert doubt.effect_high[0] == pytest.approx(0.03 * each)
    assert doubt.margin[0] == pytest.approx(0.02 * 2000 * 0.75 * 0.9)
    assert doubt.returns[0] == pytest.approx(0.02 * 0.1 * (4000 + 300))
    assert doubt.annoyance[0] == 3
    assert doubt.left[0] == pytest.approx(0.25)
    assert found.value_low_cents[0] == pytest.approx(found.value_cents[0] - doubt.low[0])
    assert found.value_high_cents[0] == pytest.approx(found.value_cents[0] + doubt.high[0])


def test_of_a_sale_that_costs_money_the_high_effect_is_the_bad_end():
    found = worth(
        figures(cost=12_000.0, effect_low=0.005, effect_high=0.05, return_cents=100.0, returned_doubt=0.1)
    )
    assert found.doubt.effect_low[0] == pytest.approx(0.03 * 2000)
    assert found.doubt.effect_high[0] == pytest.approx(0.015 * 2000)
    assert found.doubt.returns[0] == pytest.approx(0.02 * 0.1 * 100), "no margin is lost where there is none"


@pytest.mark.parametrize(("effect", "low", "left"), [(0.02, 0.0, 0.0), (0.02, -0.01, 1.0), (0.0, 0.0, 1.0),
                                                     (-0.01, -0.02, 1.0)])  # fmt: skip
def test_what_is_left_of_the_effect_at_its_low_end(effect, low, left):
    found = worth(figures(effect=effect, effect_low=low, effect_high=0.05, margin_doubt=1000.0))
    assert found.doubt.left[0] == left
    assert found.doubt.margin[0] == pytest.approx(abs(effect) * 1000)


def test_what_is_kept_of_each_value_and_what_was_learned():
    rows = [
        {"effect_high": 0.0596, "contact": 2.0, "lost": 0.3},
        {"effect": -0.01, "effect_low": -0.03, "effect_high": -0.001},
        {"effect": 0.0, "effect_low": -0.02, "effect_high": 0.02},
        {"effect": -0.01, "effect_low": -0.03, "effect_high": 0.0},
        {"cost": 10_000.0},
        {"cost": 9999.0},
    ]
    made = candidates_for(len(rows))
    whole = appraise(made, source(*rows))
    assert whole.learned.tolist() == [BRINGS, DOES_HARM, BRINGS_NOTHING, BRINGS_NOTHING, BRINGS, BRINGS]
    assert whole.value_cents[0] == pytest.approx(80 - 2)
    assert whole.error_cents[0] == pytest.approx((0.0596 - 0.02) / 3.92 * 4000)
    assert (whole.contact_cents[0], whole.lost[0]) == (2.0, pytest.approx(0.3))
    assert whole.has_margin.tolist() == [True, True, True, True, False, True]
    assert whole.priced.all()
    assert not whole.told
    parts = appraise(made, source(*rows), block=4)
    for name in vars(whole):
        assert np.array_equal(getattr(whole, name), getattr(parts, name)), name


def test_while_nothing_was_measured_nothing_was_learned_and_what_is_told_has_a_price():
    prior = replace(figures(effect=-0.01, effect_high=-0.001), basis=np.array([PRIOR], np.int8))
    assert appraise(candidates_for(1), lambda _: prior).learned.tolist() == [UNKNOWN]
    unpriced = replace(figures(), priced=np.array([False]))
    assert appraise(candidates_for(1), lambda _: unpriced).priced.tolist() == [False]
    told = replace(figures(told=5.0), priced=np.array([False]))
    assert appraise(candidates_for(1), lambda _: told).priced.tolist() == [True]
    assert worth(told).value_cents.tolist() == [5.0]
