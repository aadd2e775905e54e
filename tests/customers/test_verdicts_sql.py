from datetime import timedelta

import pytest

from tests.worlds import START, baskets, intake, plan, rows_of, table


def _customer(name: str, orders: int, returned: int, *, own_number: str = "C") -> list[dict]:
    rows = []
    for number in range(orders):
        day = START + timedelta(days=20 * number)
        sale = {
            "order_id": f"{name}{number}",
            "customer_id": name,
            "product_id": "p001",
            "ordered_at": day,
            "quantity": 4.0,
        }
        rows.append(sale)
        if number < returned:
            back = f"{own_number}{name}{number}"
            rows.append({**sale, "order_id": back, "quantity": -4.0, "is_cancelled": True})
    return rows


@pytest.fixture(scope="module")
def verdicts():
    engine = intake(
        [
            *baskets(1, planted=[(5, 20, 0.6)]),
            *_customer("heavy", 12, 10),
            *_customer("once", 2, 1),
            *_customer("fair", 12, 1),
        ]
    )
    plan(engine)
    return {row["customer_id"]: row for row in rows_of(engine, "verdicts")}, rows_of(engine, "offers")


def test_a_heavy_returner_is_left_alone_and_gets_no_offer(verdicts):
    by_customer, offers = verdicts
    assert by_customer["heavy"]["verdict"] == "leave alone"
    assert "10 of 12 orders" in by_customer["heavy"]["reason"]
    assert "heavy" not in {row["customer_id"] for row in offers}


def test_one_return_brands_nobody(verdicts):
    by_customer, _ = verdicts
    assert by_customer["once"]["verdict"] == "offer"
    assert by_customer["fair"]["verdict"] == "offer"


@pytest.mark.parametrize("own_number", ["C", ""])
def test_facts_of_a_customer(own_number):
    """A return counts once, whether it has a number of its own or that of its order."""
    engine = intake(_customer("anna", 4, 1, own_number=own_number))
    plan(engine)
    (facts,) = rows_of(engine, "customer_facts")
    assert facts["orders"] == 4
    assert facts["revenue_cents"] == 4 * 4 * 500
    assert facts["returned_cents"] == 2000
    assert facts["returned_share"] == 0.25
    assert facts["orders_with_returns"] == 1


def test_a_persons_word_wins_until_it_is_taken_back():
    said = {"customer_id": "anna", "reason": "asked for it", "author": "Kim"}
    engine = intake([*baskets(1, planted=[(5, 20, 0.6)]), *_customer("anna", 12, 1)])
    for place, (word, verdict) in enumerate(
        [("leave alone", "leave alone"), ("up-sell instead", "up-sell instead"), ("automatic", "offer")]
    ):
        edits = rows_of(engine, "treatment_edits")
        edits.append({**said, "verdict": word, "edited_at": START + timedelta(days=place)})
        engine.load("treatment_edits", table("treatment_edits", edits))
        plan(engine)
        (row,) = [row for row in rows_of(engine, "verdicts") if row["customer_id"] == "anna"]
        assert row["verdict"] == verdict
        assert row["is_by_person"] == (word != "automatic")
        assert ("Kim decided: asked for it" in row["reason"]) == (word != "automatic")
