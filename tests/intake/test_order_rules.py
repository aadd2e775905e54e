"""What becomes of each line: order, return, or quarantine with a reason."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from passend.settings import Settings
from tests.worlds import START, intake, rows_of

SALE = {"order_id": "1", "customer_id": "k", "product_id": "A1", "quantity": 3.0}


def reasons(engine):
    return {row["row"]: row["reason"] for row in rows_of(engine, "quarantine")}


def test_a_cancellation_reverses_the_customers_latest_sale_of_as_many_pieces():
    day = [START + timedelta(days=n) for n in range(10)]
    engine = intake(
        [
            {**SALE, "order_id": "1", "ordered_at": day[0]},
            {**SALE, "order_id": "2", "ordered_at": day[1]},
            {**SALE, "order_id": "3", "ordered_at": day[2], "quantity": 5.0},
            {**SALE, "order_id": "4", "ordered_at": day[8]},
            {**SALE, "order_id": "C9", "ordered_at": day[4], "quantity": -3.0, "is_cancelled": True},
        ]
    )
    (back,) = rows_of(engine, "returns")
    assert (back["order_id"], back["order_line"], back["quantity"], back["amount_cents"]) == (
        "2",
        1,
        3.0,
        1500,
    )
    returned = {row["order_id"]: row["returned_quantity"] for row in rows_of(engine, "orders")}
    assert returned == {"1": 0, "2": 3, "3": 0, "4": 0}


def test_a_guests_cancellation_finds_its_sale_by_the_order_number():
    engine = intake(
        [
            {**SALE, "customer_id": None, "order_id": "77"},
            {**SALE, "customer_id": None, "order_id": "C77", "quantity": -1.0, "is_cancelled": True},
        ]
    )
    assert rows_of(engine, "returns")[0]["order_id"] == "77"
    assert rows_of(engine, "orders")[0]["returned_quantity"] == 1


def test_a_return_without_its_sale_is_kept_and_says_so():
    engine = intake([{**SALE, "quantity": -1.0}])
    (back,) = rows_of(engine, "returns")
    assert back["order_id"] is None
    assert rows_of(engine, "orders") == []


def test_an_order_under_the_letters_of_a_return_is_one():
    engine = intake([{**SALE, "is_cancelled": True}])
    (back,) = rows_of(engine, "returns")
    assert (back["order_id"], back["order_line"]) == ("1", None)


def test_a_sale_that_says_it_came_back_is_a_sale_and_its_return():
    engine = intake([{**SALE, "returned_quantity": 2.0, "discount": 3.0}, {**SALE, "order_id": "2"}])
    (back,) = rows_of(engine, "returns")
    assert (back["order_id"], back["order_line"], back["quantity"], back["amount_cents"]) == (
        "1",
        1,
        2.0,
        800,
    )
    assert {row["order_id"]: row["returned_quantity"] for row in rows_of(engine, "orders")} == {
        "1": 2,
        "2": 0,
    }


def test_a_negative_amount_takes_the_sale_before_it_back():
    later = {"ordered_at": START + timedelta(days=3), "unit_price": -5.0, "quantity": 1.0}
    engine = intake([SALE, {**SALE, **later}, {**SALE, **later, "product_id": "A2"}])
    (back,) = rows_of(engine, "returns")
    assert (back["order_id"], back["product_id"], back["quantity"], back["amount_cents"]) == (
        "1",
        "A1",
        1.0,
        500,
    )
    assert reasons(engine) == {4: "the price is negative: a correction, not a sale"}


def test_what_is_not_paid_after_two_weeks_never_was():
    at = [START + timedelta(days=day) for day in (0, 10, 20)]
    rows = [{**SALE, "order_id": str(day), "ordered_at": day, "is_pending": True} for day in at]
    engine = intake(rows)
    assert list(reasons(engine).values()) == ["never paid: still waiting for payment long after the order"]
    assert len(rows_of(engine, "orders")) == 2


def test_lines_with_another_option_are_pieces_of_their_own():
    rows = [{**SALE, "option": option} for option in ("Tom", "Eva", "Eva")]
    assert reasons(intake(rows)) == {4: "the same line was read before"}


def test_repeated_lines_are_set_aside_unless_each_is_a_piece_or_the_user_keeps_them():
    twice = [SALE, SALE, {**SALE, "quantity": 4.0}]
    assert reasons(intake(twice)) == {3: "the same line was read before"}
    assert reasons(intake(twice, counts_pieces=True)) == {}
    assert reasons(intake(twice, Settings({"intake.duplicates": "keep"}))) == {}


def test_stock_corrections_gifts_and_negative_prices():
    engine = intake(
        [
            SALE,
            {**SALE, "product_id": "A2", "unit_price": 0.0},
            {**SALE, "order_id": "2", "customer_id": None, "quantity": -50.0, "unit_price": 0.0},
            {**SALE, "order_id": "3", "customer_id": None, "unit_price": 0.0},
            {**SALE, "order_id": "4", "unit_price": -11062.06},
        ]
    )
    assert reasons(engine) == {
        4: "a stock correction, not a sale",
        5: "a stock correction, not a sale",
        6: "the price is negative: a correction, not a sale",
    }
    assert {row["product_id"]: row["is_gift"] for row in rows_of(engine, "orders")} == {
        "A1": False,
        "A2": True,
    }


def test_postage_is_no_product():
    rows = [
        {**SALE, "order_id": str(n), "product_id": f"{85000 + n}", "product_name": f"Lamp {n}"}
        for n in range(20)
    ]
    engine = intake([*rows, {**SALE, "product_id": "POST", "product_name": "POSTAGE"}])
    assert "POST" not in {row["product_id"] for row in rows_of(engine, "products")}
    assert len(rows_of(engine, "quarantine")) == 1


def test_money_is_in_minor_units_of_its_currency():
    engine = intake(
        [
            {**SALE, "order_id": "1", "unit_price": 2.55, "currency": "GBP"},
            {**SALE, "order_id": "2", "unit_price": 300.0, "currency": "JPY"},
            {**SALE, "order_id": "3", "unit_price": 1.234, "currency": "KWD"},
        ]
    )
    cents = {
        row["currency"]: (row["unit_price_cents"], row["revenue_cents"]) for row in rows_of(engine, "orders")
    }
    assert cents == {"GBP": (255, 765), "JPY": (300, 900), "KWD": (1234, 3702)}


def test_a_products_name_is_the_one_most_used_and_no_remark():
    engine = intake(
        [
            *[{**SALE, "order_id": f"{n}", "product_name": "White lamp"} for n in range(3)],
            *[{**SALE, "order_id": f"x{n}", "product_name": "damaged"} for n in range(5)],
        ]
    )
    (product,) = rows_of(engine, "products")
    assert product["name"] == "White lamp"


line = st.fixed_dictionaries(
    {
        "order_id": st.sampled_from(["1", "2", "C1"]),
        "customer_id": st.sampled_from([None, "k", "l"]),
        "product_id": st.sampled_from(["A1", "A2", "POST"]),
        "quantity": st.sampled_from([-2.0, -1.0, 1.0, 2.0]),
        "unit_price": st.sampled_from([None, -1.0, 0.0, 2.5]),
        "is_cancelled": st.booleans(),
        "problem": st.sampled_from([None, None, "the quantity is not a number"]),
    }
)


@given(st.lists(line, max_size=25))
def test_every_line_is_accounted_for(rows):
    engine = intake(rows)
    counts = [len(rows_of(engine, name)) for name in ("orders", "returns", "quarantine")]
    engine.close()
    assert sum(counts) == len(rows)
