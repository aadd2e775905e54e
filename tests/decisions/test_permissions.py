"""Permissions are a limit with a price: it binds, its price shows, and what is only assumed binds nothing."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from passend.decisions.candidates import candidates, side
from passend.decisions.deciding import Firm, decide
from passend.decisions.given import Given
from passend.decisions.knowledge.patience import Patience
from passend.decisions.permissions import Permissions, permission_limit, permissions_of, worth_of_permission
from passend.decisions.rules import load_rules

COUNT = 40
RULES = load_rules(
    {
        "customer": {"most_offers": 1, "gap_days": 28},
        "channels": {
            "email": {"unsubscribe_share": 0.01, "cost_cents": 0},
            "onsite": {"use": False},
        },
        "permissions": {"worth_weeks": 0, "most_lost_share": 0.5},
        "explore": {"share": 0},
    }
)
WORDS = pa.table(
    {
        "customer_id": [f"c{one:02d}" for one in range(COUNT)],
        "channel": ["email"] * COUNT,
        "is_given": [True] * COUNT,
        "basis": ["double opt-in"] * COUNT,
    }
)


def made():
    customers = pa.table({"customer_id": WORDS["customer_id"], "is_holdout": [False] * COUNT})
    products = pa.table({"product_id": ["x"], "price_cents": [10_000], "unit_cost_cents": [4000]})
    fits = pa.table(
        {
            "customer_id": WORDS["customer_id"],
            "product_id": ["x"] * COUNT,
            "effect": [0.01 + 0.0005 * one for one in range(COUNT)],
        }
    )
    return candidates(
        side(customers, "customer_id"), side(products, "product_id"), fits, ("email",), datetime(2026, 1, 5)
    )


def decided(permissions, rules=RULES):
    return decide(made(), Given(rules), rules, Firm(consents=WORDS, permissions=permissions))


def test_the_limit_binds_and_its_price_shows():
    free = decided(Permissions())
    assert len(free.chosen) == COUNT
    assert "permissions" not in [one.kind for one in free.limits]
    # Each e-mail costs .01 of a permission, all that is expected was seen: half of .3 allows fifteen.
    found = decided(Permissions(0.3, 1.0))
    assert len(found.chosen) == 15
    assert set(found.chosen.tolist()) == set(range(COUNT - 15, COUNT)), "the best ones"
    (place,) = [at for at, one in enumerate(found.limits) if one.kind == "permissions"]
    assert found.allocation.usage[place] == pytest.approx(0.15, abs=1e-6)
    price = found.allocation.prices[place]
    edge = found.appraisal.value_cents[[COUNT - 16, COUNT - 15]] / 0.01
    assert edge[0] - 1 <= price <= edge[1] + 1


def test_losses_that_are_only_assumed_bind_nothing():
    assert permission_limit(made(), np.full(COUNT, 0.01, np.float32), RULES, Permissions(0.0, 0.0)) == []
    assert len(decided(Permissions(0.0, 0.0)).chosen) == COUNT
    # Where a half of it was seen, half of it counts.
    assert len(decided(Permissions(0.3, 0.5)).chosen) == 30


def test_none_may_be_lost_where_none_may_be_lost():
    assert len(decided(Permissions(0.0, 1.0)).chosen) == 0


def test_a_lost_permission_costs_at_least_some_weeks_of_good_offers():
    value = np.linspace(10, 20, COUNT)
    rules = load_rules({"permissions": {"worth_weeks": 30}})
    assert worth_of_permission(made(), value, rules) == pytest.approx(30 / 3 * 15)
    # An offer that is worth less than the permission that it risks is not made.
    dear = load_rules({"channels": {"email": {"unsubscribe_share": 0.5, "cost_cents": 0}, "onsite": {"use": False}},
                       "permissions": {"worth_weeks": 520}})  # fmt: skip
    found = decided(Permissions(), dear)
    assert found.permission_cents > 0
    assert len(found.chosen) == 0


def test_how_many_a_firm_without_restraint_would_lose():
    patience = Patience(np.zeros(COUNT), 0.002, 0.5)
    everybody = permissions_of(made(), RULES, WORDS, patience)
    assert everybody.seen == 0.5
    assert everybody.most > 0
    half = WORDS.set_column(2, "is_given", pa.array([one % 2 == 0 for one in range(COUNT)]))
    assert permissions_of(made(), RULES, half, patience).most == pytest.approx(everybody.most / 2)
    nobody = WORDS.set_column(2, "is_given", pa.array([False] * COUNT))
    assert permissions_of(made(), RULES, nobody, patience).most == 0
