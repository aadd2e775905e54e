"""A plan earns nothing before one of its offers was made; then it is measured with all whom it names."""

from datetime import timedelta

import pyarrow as pa
import pytest

from passend.flow import ImportRequest, import_sources, make_plan
from passend.flow.results import measure_workspace
from passend.flow.results_shown import stored_results
from passend.flow.standing import take_stock
from passend.market.sample import write_sample
from passend.ports import Silence
from passend.results.promises import Promise, kept_share
from passend.tables import contract
from passend.workspace import Workspace


@pytest.fixture
def planned(tmp_path):
    write_sample(tmp_path / "orders.csv", customers=200, seed=6)
    place = Workspace(tmp_path / "ws", ["products.min_together=3"])
    import_sources(place, [ImportRequest(tmp_path / "orders.csv")], Silence())
    make_plan(place, Silence())
    return place


def contacted(place, rows, *, days=1, purpose="offer", outcome="none"):
    """Log contacts with the offers given, so many days after the plan."""
    as_of = place.read("plans")["as_of"][0].as_py()
    kept = [
        {
            "contact_id": f"k{number}", "customer_id": row["customer_id"], "product_id": row["product_id"],
            "happened_at": as_of + timedelta(days=days), "direction": "out", "channel": "onsite", "purpose": purpose,
            "outcome": outcome, "cost_cents": 0, "probability": 0.9,
        }
        for number, row in enumerate(rows)
    ]  # fmt: skip
    with place.change("contacts") as change, place.engine() as engine:
        engine.load("contacts", pa.Table.from_pylist(kept, schema=contract("contacts").schema))
        change.write(engine, "contacts")


def test_a_plan_of_which_nothing_was_sent_has_no_figure(planned):
    service = [{"customer_id": planned.read("offers")["customer_id"][0].as_py(), "product_id": None}]
    contacted(planned, service, days=9, purpose="service")  # time went on, and somebody was called
    standing = take_stock(planned, Silence())
    found = {one.campaign: one for one in standing.results.measured}
    assert found["plan 1"].verdict == "no data"
    assert found["plan 1"].effects == {}
    assert "programme" not in found
    assert standing.results.promises == []
    row = stored_results(planned).campaigns[0]
    assert (row["verdict"], row["total"]) == ("no data", None)
    assert row["reason"] == "No data: nothing of it was sent or shown yet."
    assert [one.what for one in standing.actions] == ["carry out"]


def test_a_plan_is_measured_from_the_first_offer_that_was_made(planned):
    contacted(planned, planned.read("offers").to_pylist()[:5])
    found = {one.campaign: one for one in measure_workspace(planned, Silence()).measured}
    assert found["plan 1"].effects
    assert found["programme"].people == found["plan 1"].people


def test_would_be_contacts_of_the_held_out_carry_no_plan_out(planned):
    contacted(planned, planned.read("offers").to_pylist()[:5], outcome="held-out")
    found = {one.campaign: one for one in measure_workspace(planned, Silence()).measured}
    assert found["plan 1"].verdict == "no data"


def test_what_one_plan_kept_has_the_interval_of_its_row():
    one = Promise(1, 3737.0, 303.0, -22133.0, 369.0)
    assert kept_share([one]) == pytest.approx((303 / 3737, -22133 / 3737, 369 / 3737))
    two = kept_share([one, Promise(2, 3737.0, 303.0, 203.0, 403.0)])
    assert two[0] == pytest.approx(303 / 3737)
    assert -22133 / 3737 < two[1] < -1
