"""Which purchase speaks for an offer that no relation leads to: buyers are planted, and counted by hand."""

from contextlib import closing
from datetime import datetime

import pyarrow as pa
import pytest

from passend.engines import DuckDBEngine
from passend.flow.steps import STEPS, run_steps
from passend.language import retold, speaking
from passend.ports import Silence
from passend.settings import load_settings

_STEPS = [
    one
    for one in STEPS
    if one.table in {"bought_products", "unexplained_offers", "offer_ties", "offer_reasons"}
]
_DAY = datetime(2025, 3, 1)


@pytest.fixture
def told(tmp_path):
    """Why kim is offered a product, where 15 of the lamp's 21 buyers have a bulb, as 5 of the 80 others do."""

    def told(
        product: str,
        *,
        lamp_cents: int = 4000,
        because: str | None = None,
        has: tuple[str, ...] = ("lamp", "mug"),
    ):
        bought = [("kim", one) for one in has]
        bought += [(f"k{n}", "lamp") for n in range(20)] + [
            (f"k{n}", "bulb") for n in (*range(15), *range(40, 45))
        ]
        bought += [(f"k{n}", "mug") for n in range(100)] + [(f"k{n}", "rug") for n in range(4)]
        orders = [
            {"order_id": f"o{n}", "customer_id": who, "product_id": what, "ordered_at": _DAY, "quantity": 1.0,
             "returned_quantity": 0.0}
            for n, (who, what) in enumerate(bought)
        ]  # fmt: skip
        prices = {"lamp": lamp_cents, "bulb": 900, "mug": 900, "rug": 900}
        with closing(DuckDBEngine(scratch=tmp_path)) as engine:
            engine.load("orders", pa.Table.from_pylist(orders))
            engine.load("products", pa.table(
                {"product_id": list(prices), "name": ["Lamp", "Bulb", "Mug", "Rug"],
                 "price_cents": list(prices.values())}
            ))  # fmt: skip
            chosen = {"customer_id": ["kim"], "product_id": [product], "type": ["popular"]}
            engine.load("chosen_offers", pa.table({**chosen, "because_of": pa.array([because], pa.string())}))
            engine.load("relations", _empty("product_id", "other_id", "type", "reason"))
            events = _empty("customer_id", "product_id", "kind")
            engine.load("events", events.append_column("happened_at", pa.array([], pa.timestamp("us"))))
            run_steps(engine, _STEPS, load_settings(tmp_path), Silence())
            [row] = engine.fetch("offer_reasons").to_pylist()
        return row["reason"]

    return told


def _empty(*names: str) -> pa.Table:
    return pa.table({name: pa.array([], pa.string()) for name in names})


def test_the_purchase_whose_buyers_have_it_most_surprisingly_speaks_and_is_told_in_german(told):
    reason = told("bulb")
    assert reason == "bought Lamp on 2025-03-01; 15 of its 21 buyers have it, too"
    with speaking("de"):
        assert retold(reason) == "am 01.03.2025 „Lamp“ gekauft; 15 von 21 Käufern haben es auch"


def test_what_everybody_buys_speaks_for_nothing(told):
    assert told("bulb", has=("mug",)) == "often bought by customers with such purchases"


def test_four_buyers_are_no_evidence_even_where_all_of_them_have_both(told):
    assert told("rug") == "often bought by customers with such purchases"


@pytest.mark.parametrize(("cents", "speaks"), [(600, True), (599, False)])
def test_a_cheap_thing_speaks_for_none_that_costs_far_more(told, cents, speaks):
    assert ("have it, too" in told("bulb", lamp_cents=cents)) is speaks


def test_an_offer_that_a_relation_leads_to_asks_no_other_purchase(told):
    assert told("bulb", because="lamp") == "often bought by customers with such purchases"


def test_what_the_customer_has_already_is_told_as_such(told):
    assert told("lamp") == "bought it on 2025-03-01, and may need it again"


def test_an_offer_to_whom_nothing_was_sold_has_no_purchase_to_speak_for_it(told):
    assert told("bulb", has=()) == "among what customers buy most"
