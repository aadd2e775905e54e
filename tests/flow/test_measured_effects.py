"""What logged contacts did reaches the plan: what works is offered, what harms is not, and nothing is made up."""

from datetime import timedelta

import numpy as np
import pytest

from passend.decisions.rules import load_rules
from passend.flow.deciding import Deciding
from passend.tables import contract
from tests.worlds import START, intake, plan, rows_of, table

CUSTOMERS, WEEKS, FROM = 900, 50, 26
#: A bicycle, which everybody buys, two goods that go with it, and others.
PRODUCTS = ("bike", "works", "harms", *(f"other{one}" for one in range(6)))
PACE = np.array([0.03, 0.012, 0.03, *(0.006,) * 6])
ONSITE = Deciding(load_rules({"channels": {"desk": {"use": False}, "email": {"use": False}}}))


def _shop(seed, adds=0.0, spoils=0.0, held=0.25, aimed=False):
    """Order lines and contacts: on the firm's pages 'works' adds purchases, 'harms' spoils them."""
    rng = np.random.default_rng(seed)
    wanted = rng.random((WEEKS, CUSTOMERS, len(PRODUCTS))) < PACE
    lines, contacts = [], []
    for week in range(WEEKS):
        monday = START + timedelta(weeks=week)
        with_bike = wanted[week, :, 0] & (rng.random(CUSTOMERS) < 0.5)
        wanted[week, with_bike, rng.integers(1, 3, CUSTOMERS)[with_bike]] = True
        asked = rng.random(CUSTOMERS) < (1.0 if aimed else 0.35)
        for who in np.flatnonzero(asked & (week >= FROM) & (week < WEEKS - 1)).tolist():
            what = int(rng.integers(1, 3))
            out = rng.random() < held
            if not out and what == 1:
                wanted[week, who, 1] |= rng.random() < adds
            elif not out:
                wanted[week, who, 2] &= rng.random() >= spoils
            contacts.append({
                "contact_id": f"k{len(contacts):06d}", "customer_id": f"c{who:04d}", "happened_at": monday,
                "direction": "out", "channel": "onsite", "purpose": "offer", "product_id": PRODUCTS[what],
                "probability": None if aimed else 0.5, "outcome": "held-out" if out else "none",
            })  # fmt: skip
        for who in np.flatnonzero(wanted[week].any(axis=1)).tolist():
            at = monday + timedelta(days=int(rng.integers(1, 7)))
            lines += [
                {"order_id": f"o{week}-{who}", "customer_id": f"c{who:04d}", "product_id": PRODUCTS[what],
                 "product_name": PRODUCTS[what], "ordered_at": at, "quantity": 1.0, "unit_price": 20.0}
                for what in np.flatnonzero(wanted[week, who])
            ]  # fmt: skip
    return lines, table("contacts", contacts)


def _planned(lines, contacts):
    engine = intake(lines)
    engine.load("contacts", contacts)
    plan(engine, how=ONSITE)
    names = (
        "offers",
        "learned_effects",
        "offer_effects",
        "recommendations",
        "plan_totals",
        "funnel",
        "why_not",
    )
    found = {name: rows_of(engine, name) for name in names}
    engine.close()
    return found


def _learned(found, product):
    rows = [one for one in found["learned_effects"] if one["subject"] == f"product {product}"]
    return max(rows, key=lambda one: one["contacts"])


@pytest.mark.parametrize("seed", [1, 2])
def test_the_plan_offers_what_works_and_drops_what_harms(seed):
    found = _planned(*_shop(seed, adds=0.06, spoils=1.0))
    asked = {one["product_id"] for one in found["recommendations"]}
    assert {"works", "harms"} <= asked
    works, harms = _learned(found, "works"), _learned(found, "harms")
    assert works["effect_low"] < 0.06 < works["effect_high"]
    assert works["effect_low"] > 0.03
    assert harms["effect_high"] < 0
    offered = [one["product_id"] for one in found["offers"]]
    fits = [one["product_id"] for one in found["recommendations"]]
    assert offered.count("works") > 0.9 * fits.count("works") > 20
    assert "harms" not in offered
    told = [one for one in found["offers"] if one["product_id"] == "works"]
    assert {one["basis"] for one in told} == {"measured"}
    assert "measured on" in told[0]["reason"]
    assert "customers held out" in found["plan_totals"][0]["basis"]
    assert "measured" in found["plan_totals"][0]["basis"]
    assert any(one["reason_code"] == "does harm" for one in found["funnel"])
    value = found["plan_totals"][0]
    assert value["value_low_cents"] < value["value_cents"] < value["value_high_cents"]


@pytest.mark.parametrize("seed", [3, 4])
def test_where_contacts_change_nothing_no_effect_is_claimed(seed):
    found = _planned(*_shop(seed))
    assert len(found["learned_effects"]) > 2
    for product in ("works", "harms"):
        one = _learned(found, product)
        assert one["effect_low"] < 0 < one["effect_high"]
        assert abs(one["effect"]) < 0.008
    assert found["plan_totals"][0]["value_low_cents"] < 0 or not found["offers"]


def test_without_contacts_the_priors_hold():
    lines, _ = _shop(5)
    found = _planned(lines, contract("contacts").empty())
    assert found["learned_effects"] == found["offer_effects"] == []
    assert {one["basis"] for one in found["offers"]} == {"prior, not measured"}
    assert found["plan_totals"][0]["basis"] == "prior, not measured"
    assert not any("contacts add" in one["reason"] for one in found["offers"])


def test_contacts_to_everybody_cannot_be_measured_and_the_plan_says_so():
    found = _planned(*_shop(6, adds=0.06, held=0.0, aimed=True))
    assert found["offer_effects"] == []
    assert {one["basis"] for one in found["offers"]} == {"prior, not measured"}
    assert "cannot be measured: Everybody was contacted" in found["plan_totals"][0]["basis"]


def test_the_order_of_contacts_does_not_matter():
    lines, contacts = _shop(7, adds=0.06)
    one = _planned(lines, contacts)
    order = np.random.default_rng(1).permutation(contacts.num_rows)
    two = _planned(lines, contacts.take(order))
    assert one["offer_effects"] == two["offer_effects"]
    assert one["offers"] == two["offers"]
