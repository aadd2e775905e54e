"""Discounts of whole orders, pieces and money that came back: what each line is left with."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds import intake, rows_of

LINE = {"order_id": "1", "customer_id": "k", "product_id": "A", "quantity": 1.0, "unit_price": 48.0}


def lines(*changes):
    return [{**LINE, "product_id": f"P{place}", **change} for place, change in enumerate(changes)]


def revenue(engine):
    return {row["product_id"]: row["revenue_cents"] for row in rows_of(engine, "orders")}


def test_the_discount_of_an_order_is_borne_by_its_lines_in_proportion():
    rows = lines({"quantity": 2.0, "unit_price": 20.0, "order_discount": 45.0}, {"unit_price": 50.0})
    assert revenue(intake(rows)) == {"P0": 2000, "P1": 2500}
    other = lines({"order_id": "2", "unit_price": 20.0})
    assert revenue(intake([*rows, *other[:0], {**other[0], "product_id": "P9"}]))["P9"] == 2000


def test_on_each_line_or_on_the_first_it_counts_once():
    rows = [{"unit_price": 60.0}, {"unit_price": 30.0}]
    first = lines({**rows[0], "order_discount": 9.0}, rows[1])
    each = lines(*({**row, "order_discount": 9.0} for row in rows))
    assert revenue(intake(first)) == revenue(intake(each)) == {"P0": 5400, "P1": 2700}


def test_where_it_includes_the_lines_discounts_only_the_rest_is_spread():
    rows = lines({"unit_price": 60.0, "discount": 6.0, "all_discounts": 14.0}, {"unit_price": 26.0})
    engine = intake(rows)
    assert sum(revenue(engine).values()) == 8600 - 1400
    assert revenue(engine)["P0"] == 5400 - 540


def test_it_never_takes_off_more_than_there_is_and_spares_gifts():
    rows = lines({"unit_price": 10.0, "order_discount": 25.0}, {"unit_price": 0.0})
    assert revenue(intake(rows)) == {"P0": 0, "P1": 0}


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 99_999)), min_size=1, max_size=8),
    st.floats(0.001, 0.999),
)
def test_the_parts_add_up_to_the_cent(parts, share):
    total = sum(pieces * cents for pieces, cents in parts)
    off = round(total * share)
    rows = lines(
        *(
            {"quantity": float(n), "unit_price": cents / 100, "order_discount": off / 100}
            for n, cents in parts
        )
    )
    engine = intake(rows)
    assert sum(revenue(engine).values()) == total - off
    assert sum(row["discount_cents"] for row in rows_of(engine, "orders")) == off


def test_a_returned_piece_takes_its_share_of_the_discount_along():
    sale = {**LINE, "quantity": 2.0, "discount": 19.2}
    engine = intake([sale, {**LINE, "order_id": "C1", "quantity": -1.0, "is_cancelled": True}])
    (back,) = rows_of(engine, "returns")
    assert (back["order_id"], back["amount_cents"], back["is_on_sale_row"]) == ("1", 3840, False)
    own_price = {**LINE, "order_id": "C1", "quantity": -1.0, "unit_price": 38.4, "is_cancelled": True}
    assert rows_of(intake([sale, own_price]), "returns")[0]["amount_cents"] == 3840


def test_pieces_told_on_the_sales_row_come_back_at_what_they_cost():
    engine = intake([{**LINE, "quantity": 2.0, "discount": 19.2, "returned_quantity": 1.0}])
    (back,) = rows_of(engine, "returns")
    assert (back["order_id"], back["order_line"], back["quantity"], back["amount_cents"]) == ("1", 1, 1, 3840)
    assert back["is_on_sale_row"]
    assert rows_of(engine, "orders")[0]["returned_quantity"] == 1


@pytest.mark.parametrize(("refund", "amount"), [(20.0, 2000), (500.0, 9600)])
def test_money_back_without_a_line_is_a_return_without_a_product(refund, amount):
    engine = intake(lines({"refund": refund}, {}))
    (back,) = rows_of(engine, "returns")
    assert (back["product_id"], back["order_id"], back["quantity"], back["amount_cents"]) == (
        None,
        "1",
        0,
        amount,
    )
    assert back["return_id"] != "1"


def test_money_back_that_lines_tell_of_is_not_given_back_twice():
    engine = intake(lines({"refund": 60.0, "returned_quantity": 1.0}, {}))
    assert sorted(row["amount_cents"] for row in rows_of(engine, "returns")) == [1200, 4800]
    whole = intake(lines({"refund": 96.0, "is_cancelled": True}, {"is_cancelled": True}))
    assert sorted(row["amount_cents"] for row in rows_of(whole, "returns")) == [4800, 4800]
