"""Which purchase speaks for an offer that no relation leads to: buyers are planted, and counted by hand."""

from contextlib import closing
from datetime import datetime, timedelta

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
    if one.table in {"decision_date", "bought_products", "unexplained_offers", "offer_ties", "offer_reasons"}
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
        lights: tuple[str, ...] = (),
        relation: str = "popular",
        weeks: tuple[float, float] | None = None,
        days: int = 0,
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
        orders.append(
            {**orders[-1], "order_id": "late", "customer_id": None, "ordered_at": _DAY + timedelta(days=days)}
        )
        prices = {"lamp": lamp_cents, "bulb": 900, "mug": 900, "rug": 900}
        with closing(DuckDBEngine(scratch=tmp_path)) as engine:
            engine.load("orders", pa.Table.from_pylist(orders))
            engine.load("returns", pa.table({"returned_at": pa.array([], pa.timestamp("us"))}))
            engine.load("contacts", pa.table({"happened_at": pa.array([], pa.timestamp("us"))}))
            engine.load("products", pa.table(
                {"product_id": list(prices), "name": ["Lamp", "Bulb", "Mug", "Rug"],
                 "category": pa.array(["Lights" if one in lights else None for one in prices], pa.string()),
                 "price_cents": list(prices.values())}
            ))  # fmt: skip
            chosen = {"customer_id": ["kim"], "product_id": [product], "type": [relation]}
            usual, over = weeks or (None, None)
            columns = {"because_of": pa.array([because], pa.string()), "usual_weeks": pa.array([usual], pa.float64()),
                       "over_weeks": pa.array([over], pa.float64())}  # fmt: skip
            engine.load("chosen_offers", pa.table({**chosen, **columns}))
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


def test_what_everybody_buys_speaks_for_nothing_and_the_number_of_buyers_is_told(told):
    reason = told("bulb", has=("mug",))
    assert reason == "20 of 101 customers have it"
    with speaking("de"):
        assert retold(reason) == "20 von 101 Kunden haben es"


def test_four_buyers_are_no_evidence_even_where_all_of_them_have_both(told):
    assert told("rug") == "4 of 101 customers have it"


def test_whoever_buys_of_the_category_is_told_how_many_of_its_buyers_have_it(told):
    """The lamp's buyers are all who buy lights: among these they take no more bulbs than others do."""
    reason = told("bulb", lights=("lamp", "bulb"), has=("lamp", "mug"))
    assert reason == "bought from Lights; 20 of its 26 buyers have it, too"
    with speaking("de"):
        assert retold(reason) == "aus „Lights“ gekauft; 20 von 26 Käufern haben es auch"
    # Beside lights of another kind it is as surprising as before.
    assert (
        told("bulb", lights=("bulb", "rug")) == "bought Lamp on 2025-03-01; 15 of its 21 buyers have it, too"
    )


@pytest.mark.parametrize(("cents", "speaks"), [(600, True), (599, False)])
def test_a_cheap_thing_speaks_for_none_that_costs_far_more(told, cents, speaks):
    assert ("have it, too" in told("bulb", lamp_cents=cents)) is speaks


def test_an_offer_that_a_relation_leads_to_asks_no_other_purchase(told):
    assert told("bulb", because="lamp") == "20 of 101 customers have it"


def test_a_larger_pack_names_the_smaller_one(told):
    reason = told("bulb", because="lamp", relation="upgrade")
    assert reason == "bought Lamp on 2025-03-01; this is a larger pack of the same"
    with speaking("de"):
        assert retold(reason) == "am 01.03.2025 „Lamp“ gekauft; das ist die größere Packung davon"


_ONCE = "bought it once, on 2025-03-01, and not for {}; who buys it again does so after about {} days"
_EINMAL = "einmal gekauft, am 01.03.2025, seit {} nicht mehr; wer es wieder kauft, tut das nach etwa {} Tagen"


@pytest.mark.parametrize(
    ("days", "weeks", "reason", "german"),
    [
        (0, None, "bought it on 2025-03-01, and may need it again",
         "am 01.03.2025 gekauft, könnte wieder gebraucht werden"),
        (50, (6.0, 24.0), "bought it on 2025-03-01, and may need it again; usually after about 42 days",
         "am 01.03.2025 gekauft, könnte wieder gebraucht werden; meist nach etwa 42 Tagen"),
        (110, (2.0, 15.0), _ONCE.format("15 weeks", 14), _EINMAL.format("15 Wochen", 14)),
        (430, (6.0, 24.0), _ONCE.format("14 months", 42), _EINMAL.format("14 Monaten", 42)),
    ],
)  # fmt: skip
def test_what_was_bought_once_is_due_or_long_over(told, days, weeks, reason, german):
    found = told("lamp", days=days, weeks=weeks)
    assert found == reason
    with speaking("de"):
        assert retold(found) == german


@pytest.mark.parametrize(
    ("days", "weeks", "reason", "german"),
    [
        (0, None, "bought it 2 times, last on 2025-03-01", "schon 2-mal gekauft, zuletzt am 01.03.2025"),
        (168, (6.0, 24.0), "bought it 2 times, last on 2025-03-01, usually after about 42 days",
         "schon 2-mal gekauft, zuletzt am 01.03.2025, meist nach etwa 42 Tagen"),
        (169, (6.0, 24.0), "bought it 2 times until 2025-03-01, usually after about 42 days, and not for 5 months",
         "früher 2-mal gekauft, meist nach etwa 42 Tagen, zuletzt am 01.03.2025: seit 5 Monaten nicht mehr"),
    ],
)  # fmt: skip
def test_what_was_bought_again_and_again_is_due_or_long_over(told, days, weeks, reason, german):
    found = told("lamp", days=days, weeks=weeks, has=("lamp", "lamp", "mug"))
    assert found == reason
    with speaking("de"):
        assert retold(found) == german


def test_an_offer_to_whom_nothing_was_sold_has_no_purchase_to_speak_for_it(told):
    assert told("bulb", has=()) == "20 of 100 customers have it"
