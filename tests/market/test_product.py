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
from passend.market.play import last_contacts
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
BEFORE = ("owned_products", "latest_consents", "known_returns")
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
            player.decide(View(market, limits, last_contacts(market)), limits, np.random.default_rng(1))
        )
        market.step()
    return View(market, limits, last_contacts(market)), limits


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


def test_what_happens_after_the_date_changes_nothing():
    view, limits = monday("bicycle-shop", 4)
    later = view._market.twin()
    for _ in range(3):
        now = View(later, limits, last_contacts(later))
        later.send(Passend().decide(now, limits, np.random.default_rng(1)))
        later.step()
    after = View(later, limits, last_contacts(later))
    assert after.table("orders").num_rows > view.table("orders").num_rows
    assert after.table("returns").num_rows > view.table("returns").num_rows
    settings = Settings({"customers.as_of": view.today.isoformat()})
    one, two = (past_told(which, limits, settings) for which in (view, after))
    assert same(one, two) == []
    date = {"customers.as_of": view.today.isoformat()}
    assert planned(after, limits, 0.2, **date) == planned(view, limits, 0.2, **date)


@pytest.mark.parametrize(
    ("name", "weeks"), [("bicycle-shop", 4), ("b2b-parts", 3), ("insurer", 0), ("electronics", 0), ("gym", 0)]
)
def test_tables_and_market_make_the_same_past(name, weeks):
    view, limits = monday(name, weeks)
    past = past_told(view, limits, Settings())
    assert same(past, firm_past(view, rules_of(limits, 0.0)).past) == []
    assert min(len(past.sales.day), len(past.looks.week), len(past.touches.day), len(past.service.cents)) > 0


def past_told(view, limits, settings):
    """The past that the firm's tables tell."""
    engine = engine_of(view, settings)
    firm = firm_past(view, rules_of(limits, 0.0))
    sides = tuple(
        side(engine.fetch(table), key)
        for table, key in zip(SIDES, ("customer_id", "product_id"), strict=True)
    )
    if not settings.text("customers.as_of"):
        assert sides[0].ids.equals(firm.customers.ids)
    assert sides[1].ids.equals(firm.products.ids)
    costs = {row["kind"]: float(row["amount_cents"]) for row in view.table("costs").to_pylist()}
    assumed = replace(
        rules_of(limits, 0.0).values, order_cost_cents=costs["order"], return_cost_cents=costs["return"]
    )
    past = past_of(engine, sides, assumed, engine.fetch("decision_date")["as_of"][0].as_py())
    engine.close()
    return past


def same(one, two):
    """What differs between two pasts, but for the week in which they begin."""
    differ = [
        name
        for name in ("today", "customers", "item_cents", "return_cents")
        if getattr(one, name) != getattr(two, name)
    ]
    differ += [
        name for name in ("shelf", "department") if not np.array_equal(getattr(one, name), getattr(two, name))
    ]
    earlier = two.week - one.week
    for part in ("goods", "sales", "looks", "touches", "service"):
        for column in fields(getattr(one, part)):
            mine, other = (
                np.asarray(getattr(getattr(which, part), column.name), float) for which in (one, two)
            )
            moved = {"day": 7.0 * earlier, "week": earlier}.get(column.name, 0)
            if mine.shape != other.shape or not np.allclose(mine, other - moved, atol=1e-6, equal_nan=True):
                differ.append(f"{part}.{column.name}")
    return differ
