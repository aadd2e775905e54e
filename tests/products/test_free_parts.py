"""What came free is owned: it is never offered as new, and it never counts as a wish."""

from datetime import datetime, timedelta

import pytest

from tests.worlds import intake, plan, rows_of

START = datetime(2025, 1, 1)


def lines(number: int, product: str, price: float, **more) -> dict:
    return {
        "order_id": f"o{number}", "customer_id": f"c{number}", "product_id": product, "quantity": 1.0,
        "unit_price": price, "ordered_at": START + timedelta(days=number % 90), **more,
    }  # fmt: skip


def shop(free: dict) -> list[dict]:
    """Kettles are bought with a filter; half of the customers got theirs free, some have none, others buy else."""
    rows = []
    for number in range(240):
        if number % 4 == 3:
            rows += [lines(number, "TEA", 4.0), lines(number, f"CUP{number % 3}", 6.0)]
            continue
        rows.append(lines(number, "KETTLE", 60.0))
        if number % 4 == 0:
            rows.append(lines(number, "FILTER", 9.0))
        if number % 4 == 1:
            rows.append(lines(number, "FILTER", **({"price": 0.0} | free)))
    return rows


@pytest.fixture(scope="module", params=[{"price": 0.0}, {"price": 9.0, "discount": 9.0}], ids=["0", "100 %"])
def engine(request):
    made = intake(shop(request.param))
    plan(made)
    return made


def test_a_part_that_came_free_is_not_offered_as_new(engine):
    offered = {
        row["customer_id"] for row in rows_of(engine, "recommendations") if row["product_id"] == "FILTER"
    }
    assert not {f"c{number}" for number in range(240) if number % 4 in {0, 1}} & offered
    assert {f"c{number}" for number in range(240) if number % 4 == 2} <= offered, "those without still get it"


def test_a_part_that_came_free_is_no_wish(engine):
    gifts = {row["customer_id"] for row in rows_of(engine, "orders") if row["is_gift"]}
    assert gifts == {f"c{number}" for number in range(240) if number % 4 == 1}
    relation = next(row for row in rows_of(engine, "relations")
                    if (row["product_id"], row["other_id"]) == ("KETTLE", "FILTER"))  # fmt: skip
    assert relation["support"] == 60, "only those who paid for it"
