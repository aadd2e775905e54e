"""What is never recommended: sold out, a substitute of what is owned, forbidden, a second variant of one product."""

from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from passend.tables import contract
from tests.worlds import intake, plan, rows_of, table

START = datetime(2024, 1, 1)


def orders() -> list[dict]:
    """Tea is bought with one of two mugs, in red or blue; some customers buy the tea alone."""
    rows = []
    for n in range(500):
        wanted = {
            0: ["TEA", "RED"],
            1: ["TEA", "BLUE"],
            2: ["TEA"],
            3: [f"X{n % 7}"],
            4: [f"X{n % 5}", f"X{n % 3 + 4}"],
        }[n % 5]
        rows += [
            {"order_id": f"o{n}", "customer_id": f"c{n}", "product_id": code, "quantity": 1.0,
             "product_name": {"RED": "Mug with handle red", "BLUE": "Mug with handle blue"}.get(code, code),
             "ordered_at": START + timedelta(days=n % 200)}
            for code in dict.fromkeys(wanted)
        ]  # fmt: skip
    return rows


def offers(change=None, edits=()) -> dict[str, list[str]]:
    engine = intake(orders())
    rows = engine.fetch("products").to_pylist()
    rows = [row | (change or {}).get(row["product_id"], {}) for row in rows]
    engine.load("products", pa.Table.from_pylist(rows, schema=contract("products").schema))
    engine.load("relation_edits", table("relation_edits", edits))
    plan(engine)
    found: dict[str, list[str]] = {}
    for row in sorted(rows_of(engine, "recommendations"), key=lambda row: row["rank"]):
        found.setdefault(row["customer_id"], []).append(row["product_id"])
    return found


def test_of_two_variants_one_is_offered():
    mugs = {"RED", "BLUE"}
    given = offers()
    assert {
        len(mugs & set(products)) for customer, products in given.items() if int(customer[1:]) % 5 == 2
    } == {1}


@pytest.mark.parametrize("change", [{"stock": 0.0}, {"is_active": False}])
def test_what_is_sold_out_or_inactive_is_not_offered(change):
    given = offers({"RED": change})
    assert "RED" not in {product for products in given.values() for product in products}
    assert "BLUE" in given["c2"]


def test_stock_that_is_not_known_is_no_reason_against():
    assert offers() == offers({"RED": {"stock": None}, "BLUE": {"stock": 5.0}})


def test_what_people_forbade_is_not_offered_to_owners_even_as_a_best_seller():
    forbidden = [
        {"product_id": "TEA", "other_id": code, "action": "forbid"} for code in ("RED", "BLUE", "X1")
    ]
    given = offers(edits=forbidden)
    owners = [customer for customer in given if int(customer[1:]) % 5 == 2]
    assert owners
    assert not {"RED", "BLUE", "X1"} & {product for customer in owners for product in given[customer]}


def test_a_substitute_of_what_is_owned_is_not_offered():
    pinned = [{"product_id": "TEA", "other_id": "X1", "action": "retype", "type": "substitute"}]
    given = offers(edits=pinned)
    owners = [customer for customer in given if int(customer[1:]) % 5 == 2]
    assert "X1" not in {product for customer in owners for product in given[customer]}


def test_owned_products_are_not_offered_again_and_everybody_gets_something():
    rows = orders()
    owned = {(row["customer_id"], row["product_id"]) for row in rows}
    given = offers()
    assert not owned & {(customer, product) for customer, products in given.items() for product in products}
    assert set(given) == {row["customer_id"] for row in rows}
