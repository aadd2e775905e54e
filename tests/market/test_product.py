"""The one decision: the player's offers of a Monday are the plan's on the same tables."""

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pyarrow as pa
import pytest

from passend.decisions.candidates import side
from passend.engines import DuckDBEngine
from passend.flow.deciding import Deciding, choose_offers
from passend.flow.pasts import past_of
from passend.flow.steps import STEPS, facts_steps, run_steps
from passend.market.offers import limits_of
from passend.market.parameters import CHANNELS
from passend.market.play import _last_contacts
from passend.market.policies.firm import firm_past
from passend.market.policies.product import Passend, rules_of
from passend.market.view import View
from passend.market.world import Market
from passend.ports import Silence
from passend.settings import Settings
from passend.tables import contract
from passend.workspace import OPTIONAL
from tests.market.worlds import small

#: What leads from facts to the decision's tables. Verdicts are neutral: everybody may be offered anything, and what the
#: other rooms relate (for words, and for what is barred) is empty, since the player has no such rooms.
BEFORE = ("owned_products", "latest_consents")
AFTER = ("decision_customers", "decision_products", "barred_offers", "lifted_offers", "recent_contacts")
SIDES = ("decision_customers", "decision_products")


def steps(*names):
    return [step for step in STEPS if step.table in names]


@cache
def monday(name, weeks, **changes):
    """A market after some weeks of play, as its firm sees it."""
    market = Market(small(name, **changes), 1)
    limits = limits_of(market.scenario)
    player = Passend()
    for _ in range(weeks):
        market.send(
            player.decide(View(market, limits, _last_contacts(market)), limits, np.random.default_rng(1))
        )
        market.step()
    return View(market, limits, _last_contacts(market)), limits


def engine_of(view, settings):
    """The firm's tables, and what the decision reads of them."""
    engine = DuckDBEngine()
    tables = view._market.tables()
    empty = {"recommendations", "relations", "scores", "compatibility", *OPTIONAL} - set(tables)
    for name, table in (tables | {name: contract(name).empty() for name in empty}).items():
        engine.load(name, table)
    engine.load(
        "kept_apart", pa.table({name: pa.array([], pa.string()) for name in ("product_id", "other_id")})
    )
    owned_fits = pa.table({name: pa.array([], pa.string()) for name in ("customer_id", "rule", "value")})
    engine.load("owned_fits", owned_fits)
    run_steps(engine, [*facts_steps(), *steps(*BEFORE)], settings, Silence())
    neutral = [
        {"customer_id": one, "verdict": "offer", "treatment": "none"}
        for one in engine.fetch("customer_facts")["customer_id"].to_pylist()
    ]
    engine.load("verdicts", pa.Table.from_pylist(neutral, schema=contract("verdicts").schema))
    run_steps(engine, steps(*AFTER), settings, Silence())
    return engine


def planned(view, limits, explored, **more):
    """By customer what the plan offers: product, channel and discount; value and probability."""
    settings = Settings({"decisions.holdout_share": Passend.holdout_share, **more})
    engine = engine_of(view, settings)
    choose_offers(engine, settings, Deciding(rules_of(limits, explored)))
    rows = engine.fetch("chosen_offers").to_pylist()
    engine.close()
    return {
        row["customer_id"]: (
            (row["product_id"], row["channel"], row["discount_share"]), (row["value_cents"], row["probability"])
        )
        for row in rows if row["chosen"]
    }  # fmt: skip


def played(view, limits, explored):
    """The same of the player."""
    player = Passend()
    player.explored = explored
    found = player.decide(view, limits, np.random.default_rng(1))
    names = view.table("products")["product_id"].to_pylist()
    return {
        f"K{1000 + customer}": ((names[product], CHANNELS[channel], discount), (score, probability))
        for customer, product, channel, discount, score, probability in zip(
            *(getattr(found, name).tolist() for name in
              ("customer", "product", "channel", "discount", "score", "probability")),
            strict=True,
        )
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "weeks", "explored"),
    [("bicycle-shop", 4, 0.2), ("b2b-parts", 3, 0.0), ("insurer", 0, 0.2)],
)
def test_the_players_offers_of_a_monday_are_those_of_the_plan(name, weeks, explored):
    view, limits = monday(name, weeks)
    plan, player = planned(view, limits, explored), played(view, limits, explored)
    assert len(plan) > 10
    assert {who: what for who, (what, _) in plan.items()} == {who: what for who, (what, _) in player.items()}
    for who, (_, numbers) in plan.items():
        assert numbers == pytest.approx(player[who][1], abs=1e-6)


def test_the_plan_is_the_same_whether_the_date_is_given_or_found():
    view, limits = monday("bicycle-shop", 4)
    given = planned(view, limits, 0.2, **{"customers.as_of": view.today.isoformat()})
    assert given == planned(view, limits, 0.2)


@pytest.mark.parametrize(
    ("name", "weeks"), [("bicycle-shop", 4), ("b2b-parts", 3), ("insurer", 0), ("electronics", 0), ("gym", 0)]
)
def test_tables_and_market_make_the_same_past(name, weeks):
    view, limits = monday(name, weeks)
    engine = engine_of(view, Settings())
    rules = rules_of(limits, 0.0)
    firm = firm_past(view, rules)
    sides = tuple(
        side(engine.fetch(table), key)
        for table, key in zip(SIDES, ("customer_id", "product_id"), strict=True)
    )
    costs = {row["kind"]: float(row["amount_cents"]) for row in view.table("costs").to_pylist()}
    assumed = replace(rules.values, order_cost_cents=costs["order"], return_cost_cents=costs["return"])
    past = past_of(engine, sides, assumed, engine.fetch("decision_date")["as_of"][0].as_py())
    engine.close()
    assert sides[0].ids.equals(firm.customers.ids)
    assert sides[1].ids.equals(firm.products.ids)
    earlier = firm.past.week - past.week
    assert past.today == firm.past.today
    for part in ("goods", "sales", "looks", "touches", "service"):
        for one in fields(getattr(past, part)):
            mine, other = (
                np.asarray(getattr(getattr(which, part), one.name), float) for which in (past, firm.past)
            )
            moved = {"day": 7.0 * earlier, "week": earlier}.get(one.name, 0)
            np.testing.assert_allclose(mine, other - moved, atol=1e-6, err_msg=f"{part}.{one.name}")
        assert len(mine), part
    for what in ("shelf", "department", "item_cents", "return_cents", "customers"):
        assert np.array_equal(getattr(past, what), getattr(firm.past, what)), what
