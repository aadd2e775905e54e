"""A plan keeps every rule and consent, does not depend on the order of rows, and tells what it is made of."""

from collections import Counter
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passend import Plan
from passend.decisions.given import yearly_margin
from passend.decisions.knowledge.answers import usual_effect
from passend.decisions.knowledge.patience import spoiled_by
from passend.errors import EmptyAnswer, InvalidInput, InvalidRules, NotFitted
from passend.settings import Settings
from passend.vocabulary import Channel
from tests.decisions.shops import RULES, offers, words

DAY = datetime(2026, 11, 20)


def planned(seed, rules=RULES, **more):
    consents, contacts = words(seed)
    plan = Plan(rules, **more)
    return plan, plan.choose(offers(seed), consents=consents, contacts=contacts, as_of=DAY).to_pylist()


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_no_plan_breaks_a_limit_or_a_consent(seed):
    consents, contacts = words(seed)
    facts = {(row["customer_id"], row["product_id"]): row for row in offers(seed).to_pylist()}
    plan, rows = planned(seed)
    made = [row for row in rows if row["chosen"]]
    # The plan as a whole.
    assert len(made) <= 90
    assert sum(row["contact_cents"] for row in made) <= 1200 + 1e-6
    channels = Counter(row["channel"] for row in made)
    assert channels["email"] <= 30
    assert channels["desk"] <= 30 // 7 + 60 // 7
    products = Counter(row["product_id"] for row in made)
    assert products["p03"] <= 4
    assert products["p05"] == 0
    categories = Counter(facts[row["customer_id"], row["product_id"]]["category"] for row in made)
    assert categories["A"] <= 0.4 * len(made)
    assert categories["B"] <= 25
    # Each customer, the hold-out included.
    said = {(row["customer_id"], row["channel"]): row for row in consents.to_pylist()}
    sent = contacts.to_pylist()
    per_customer = Counter(row["customer_id"] for row in rows)
    assert max(per_customer.values(), default=0) <= 2
    for (customer, channel), count in Counter((row["customer_id"], row["channel"]) for row in rows).items():
        recent = [row for row in sent if row["customer_id"] == customer and row["days_ago"] < 30]
        assert per_customer[customer] + len(recent) <= 3
        assert all(row["days_ago"] >= 2 for row in recent)
        assert count <= (2 if channel == "onsite" else 1)
    for row in rows:
        fact = facts[row["customer_id"], row["product_id"]]
        word = said.get((row["customer_id"], row["channel"]))
        assert word is None or word["is_given"]
        if row["channel"] == "phone":
            assert word is not None
        if row["channel"] == "email":
            mine = [
                one for one in sent if (one["customer_id"], one["channel"]) == (row["customer_id"], "email")
            ]
            assert all(one["days_ago"] >= 7 for one in mine)
            if row["legal_basis"] == "existing customer":
                assert row["similar_to"] == fact["because_of"]
            else:
                assert word["basis"] == row["legal_basis"] == "double opt-in"
            assert 8 <= row["send_at"].hour < 20
        assert fact["segment"] != "staff"
        assert fact["category"] != "C" or DAY.year - fact["birth_year"] - 1 >= 18
        assert row["value_cents"] > 0
        assert 0 < row["probability"] <= 1
    for customer in per_customer:
        assert not {"p01", "p02"} <= {row["product_id"] for row in rows if row["customer_id"] == customer}
    assert plan.totals_.explore_cost_cents <= 0.1 * plan.totals_.bound_cents + 1e-6


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_the_plan_does_not_depend_on_the_order_of_rows(seed):
    consents, contacts = words(seed)
    table = offers(seed)
    order = np.random.default_rng(seed).permutation(table.num_rows)
    one = Plan(RULES).choose(table, consents=consents, contacts=contacts, as_of=DAY)
    turned = consents.take(pa.array(np.arange(consents.num_rows)[::-1]))
    two = Plan(RULES).choose(table.take(pa.array(order)), consents=turned, contacts=contacts, as_of=DAY)
    assert one.equals(two)


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from([2.0, 8.0]))
def test_twice_the_budget_never_lowers_the_value(seed, money):
    rules = {**RULES, "budget": {"money": money}, "explore": {"share": 0}}
    twice = {**rules, "budget": {"money": 2 * money}}
    one, two = planned(seed, rules)[0].totals_, planned(seed, twice)[0].totals_
    assert two.value_cents >= one.value_cents - two.gap * two.bound_cents - 1e-6


def test_the_terms_add_up_and_can_be_seen():
    plan, rows = planned(1)
    for row in rows:
        each = row["margin_cents"] - row["returns_cents"] - row["own_sales_cents"] - row["service_cents"]
        fixed = row["contact_cents"] + row["discount_cents"] + row["annoyance_cents"]
        assert row["value_cents"] == pytest.approx(row["effect"] * each - fixed)
        assert row["value_low_cents"] <= row["value_cents"] <= row["value_high_cents"]
        assert row["basis"] == "prior, not measured"
    terms = plan.explain(rows[0]["customer_id"], rows[0]["product_id"])
    assert {one["channel"] for one in terms} == {"email", "onsite", "desk", "phone"}
    assert all(one["why"] for one in terms)


def test_the_funnel_accounts_for_every_offer_and_customer():
    plan, rows = planned(2)
    funnel = plan.funnel_.to_pylist()
    left = [row["offers"] for row in funnel if not row["reason_code"]]
    lost = sum(row["offers"] for row in funnel if row["reason_code"])
    assert left == sorted(left, reverse=True)
    assert left[0] - lost == left[-1] == sum(row["chosen"] for row in rows)
    with_offers = {row["customer_id"] for row in rows if row["chosen"]}
    without = set(plan.why_not_["customer_id"].to_pylist())
    assert not with_offers & without
    assert with_offers | without == set(offers(2)["customer_id"].to_pylist())
    assert all(row["reason"] for row in plan.why_not_.to_pylist())


def test_probabilities_are_those_of_the_draws():
    rules = {
        "customer": {"most_offers": 1},
        "explore": {"share": 0.2, "hope": 2, "most_cost_share": 0.1},
    }
    table = offers(3, customers=40)
    counts: Counter = Counter()
    chances = {}
    for salt in range(100):
        plan = Plan(rules, holdout_share=0.0, salt=str(salt))
        for row in plan.choose(table, as_of=DAY).to_pylist():
            counts[row["customer_id"], row["product_id"]] += 1
            chances[row["customer_id"], row["product_id"]] = row["probability"]
    drawn = [key for key, chance in chances.items() if chance < 1]
    assert len(drawn) > 30
    for key in drawn:
        chance = chances[key]
        assert abs(counts[key] / 100 - chance) < 5 * np.sqrt(chance * (1 - chance) / 100) + 0.01


def test_without_a_word_on_consent_only_free_channels_are_used():
    plan = Plan()
    rows = plan.choose(offers(4), as_of=DAY).to_pylist()
    assert {row["channel"] for row in rows} == {"onsite"}
    assert "needs consent: email" in plan.funnel_["reason_code"].to_pylist()


def test_measured_effects_take_the_place_of_priors():
    table = pa.table({"customer_id": ["a", "b"], "product_id": ["x", "x"], "effect": [0.01, None],
                      "effect_low": [0.005, None], "effect_high": [0.02, None], "price_cents": [1000] * 2})  # fmt: skip
    plan = Plan(holdout_share=0.0)
    one, two = plan.choose(table).to_pylist()
    assert (one["basis"], two["basis"]) == ("measured", "prior, not measured")
    assert one["effect"] == 0.01
    assert two["effect"] == pytest.approx(0.3 * usual_effect(Channel.ONSITE))
    assert "measured" in plan.totals_.basis


def test_effects_by_channel_and_what_was_learned_decide():
    rows = [
        {"customer_id": name, "product_id": "x", "price_cents": 3000, "onsite_effect": effect,
         "onsite_low": effect - 0.0025, "onsite_high": effect + 0.0025, "onsite_contacts": contacts}
        for name, effect, contacts in [
            ("good", 0.01, 500.0), ("like it", 0.008, 20.0), ("nothing", -0.001, 500.0), ("harm", -0.05, 500.0),
            ("dear", 0.00001, 500.0)]
    ] + [{"customer_id": "unknown", "product_id": "x", "price_cents": 3000, "type": "complement"}]  # fmt: skip
    plan = Plan({"channels": {"email": {"use": False}}}, holdout_share=0.0)
    chosen = {row["customer_id"]: row for row in plan.choose(pa.Table.from_pylist(rows)).to_pylist()}
    assert {name: row["basis"] for name, row in chosen.items()} == {
        "good": "measured", "like it": "hierarchical, from contacts like it", "unknown": "prior, not measured",
    }  # fmt: skip
    assert "1 purchases within a week (0.75 to 1.2), measured on 500" in chosen["good"]["evidence"]
    assert "assumed" in chosen["unknown"]["evidence"]
    why_not = {row["customer_id"]: row for row in plan.why_not_.to_pylist()}
    assert why_not["harm"]["reason_code"] == "does harm"
    assert why_not["nothing"]["reason_code"] == "brings nothing"
    assert why_not["dear"]["reason_code"] == "measured to cost more"
    assert "of the value measured" in plan.totals_.basis
    with_desk = Plan({"channels": {"email": {"use": False}, "desk": {"use": True}}}, holdout_share=0.0)
    others = with_desk.choose(pa.Table.from_pylist(rows)).to_pylist()
    assert {row["basis"] for row in others if row["channel"] == "desk"} <= {"prior, not measured"}


def test_an_offer_that_would_bring_little_beside_the_others_is_not_worth_the_attention():
    rows = [
        {"customer_id": name, "product_id": "x", "price_cents": 3000, "effect": effect}
        for name, effect in [("a", 0.1), ("b", 0.1), ("little", 0.005)]
    ]
    plan = Plan({"channels": {"email": {"use": False}}}, holdout_share=0.0)
    assert plan.choose(pa.Table.from_pylist(rows))["customer_id"].to_pylist() == ["a", "b"]
    assert plan.why_not_["reason_code"].to_pylist() == ["too little"]


#: Round figures, as a firm states them.
STATED = {"margin_share": 0.4, "return_cost_cents": 300}


def _alone(values=STATED, **facts):
    """The one offer of a plan for one customer, at the desk."""
    row = {"customer_id": "a", "product_id": "x", "price_cents": 10_000, "effect": 0.1, "effect_low": 0.1,
           "effect_high": 0.1, "unit_cost_cents": 4000, **facts}  # fmt: skip
    rules = {
        "channels": {"desk": {"unsubscribe_share": 0.01}, "onsite": {"use": False}, "email": {"use": False}},
        "values": values,
    }
    plan = Plan(rules, holdout_share=0.0)
    (one,) = plan.choose(pa.Table.from_pylist([row])).to_pylist()
    return one


def _interval(**facts):
    one = _alone(**facts)
    return one["value_cents"] - one["value_low_cents"], one["value_high_cents"] - one["value_cents"]


def test_the_interval_of_a_value_by_hand_source_by_source():
    assert _interval() == pytest.approx((0, 0))
    # Of a popular product .3 of the sales would have come anyway: .7 of 6,000 cents are left.
    assert _interval(effect_low=0.05, effect_high=0.2) == pytest.approx((0.05 * 4200, 0.1 * 4200))
    # With an assumed margin: squares add up upwards; downwards no more than the low effect at the low margin.
    both = _interval(effect_low=0.01, effect_high=0.2, unit_cost_cents=None)
    assert both == pytest.approx((0.09 * 2800 + 0.01 * 1400, np.hypot(0.1 * 2800, 0.1 * 1400)))
    # A contact at which one in a hundred withdraws spoils .35 weeks of 100 cents; twice as much, or half.
    assert _interval(revenue_cents=13_000) == pytest.approx((35, 17.5))
    # Cost unknown: a margin of 40 give or take 20 points of 10,000 cents, .7 of which are left.
    assert _interval(unit_cost_cents=None) == pytest.approx((0.1 * 1400,) * 2)
    # A fifth comes back, told by 13 orders: each return costs the margin and 300.
    half = 1.96 * np.sqrt(0.2 * 0.8 / 14)
    assert _interval(returned_share=0.2, orders=10) == pytest.approx((0.1 * half * 6300,) * 2)


def test_every_term_of_an_offer_from_a_table_by_hand():
    one = _alone(returned_share=0.2, revenue_cents=26_000, base_probability=0.02)
    # 26,000 a year at .4: 10,400; half a year 5,200, of which .2 is saved elsewhere: 1,040.
    returns = 0.2 * (6000 - 1040 + 300)
    left = 6000 - 1040 - returns
    assert one["margin_cents"] == pytest.approx(6000)
    assert one["returns_cents"] == pytest.approx(returns)
    assert one["own_sales_cents"] == pytest.approx(1040 + 0.3 * left)
    assert one["service_cents"] == 0
    assert one["contact_cents"] == pytest.approx(60)
    assert one["discount_cents"] == 0
    assert one["annoyance_cents"] == pytest.approx(0.35 * 200)
    assert one["value_cents"] == pytest.approx(0.1 * 0.7 * left - 60 - 70)


@pytest.mark.parametrize(
    ("price", "values", "handling"),
    [(10_000, {}, 1124), (1000, {}, 500), (1000, {"return_cost_cents": 1124}, 1124), (2248, {}, 1124)],
)
def test_an_assumed_handling_of_a_return_costs_at_most_half_the_price_and_a_stated_one_what_is_stated(
    price, values, handling
):
    sure = dict.fromkeys(("effect", "effect_low", "effect_high"), 0.9)
    one = _alone(values, price_cents=price, unit_cost_cents=0, returned_share=0.2, **sure)
    assert one["returns_cents"] == pytest.approx(0.2 * (price + handling))


def test_the_assumed_margin_is_that_of_the_settings():
    share = Settings().number("customers.margin_share")
    assert _alone({}, unit_cost_cents=None)["margin_cents"] == pytest.approx(10_000 * share)


def test_what_is_wrong_with_all_offers_does_not_average_out():
    def width(count, **facts):
        rows = [{"customer_id": f"c{one}", "product_id": "x", "price_cents": 10_000, "effect": 0.1,
                 "unit_cost_cents": 4000, **facts} for one in range(count)]  # fmt: skip
        plan = Plan({"explore": {"share": 0}}, holdout_share=0.0)
        values = [row["value_cents"] for row in plan.choose(pa.Table.from_pylist(rows)).to_pylist()]
        totals = plan.totals_
        # Nothing of the past is known: the total is the sum, and says that it rests on assumptions.
        assert totals.value_cents == pytest.approx(sum(values))
        assert 0 < totals.low_cents < totals.value_cents / 2 < totals.high_cents / 4
        return (totals.high_cents - totals.low_cents) / totals.value_cents

    assert width(100) == pytest.approx(width(1), rel=0.01)
    assert width(100, unit_cost_cents=None) == pytest.approx(width(1, unit_cost_cents=None), rel=0.01)
    assert width(1, unit_cost_cents=None) > 1.02 * width(1)


def test_a_firm_without_prices_gets_a_plan_without_money():
    plan = Plan(holdout_share=0.0)
    rows = plan.choose(
        pa.table({"customer_id": ["a"], "product_id": ["x"], "type": ["complement"]})
    ).to_pylist()
    assert len(rows) == 1
    assert rows[0]["value_cents"] is None
    assert plan.totals_.value_cents is None
    dear = {"channels": {"onsite": {"cost_cents": 1000}}}
    table = pa.table({"customer_id": ["a"], "product_id": ["x"], "type": ["complement"]})
    with pytest.warns(EmptyAnswer, match="so little"):
        assert not Plan(dear, holdout_share=0.0).choose(table).num_rows, (
            "and nothing is said to cost too much"
        )


def test_a_negative_margin_is_never_offered_and_told():
    table = pa.table(
        {"customer_id": ["a"], "product_id": ["x"], "price_cents": [100], "unit_cost_cents": [500]}
    )
    plan = Plan(holdout_share=0.0)
    with pytest.warns(EmptyAnswer, match="earns nothing"):
        assert plan.choose(table).num_rows == 0
    assert "earns nothing" in plan.why_not_["reason"][0].as_py()


def test_zero_capacity_is_told():
    table = offers(6)
    plan = Plan({"channels": {"onsite": {"capacity": 0}, "desk": {"capacity": 0}}})
    with pytest.warns(EmptyAnswer, match="Nothing is offered"):
        assert plan.choose(table).filter(pa.compute.field("chosen")).num_rows == 0
    assert {"capacity: onsite", "capacity: desk"} & set(plan.why_not_["reason_code"].to_pylist())


def test_the_price_of_a_limit_is_what_one_more_would_earn():
    def value(capacity):
        plan = Plan({"channels": {"desk": {"capacity": capacity, "cost_cents": 1}}, "explore": {"share": 0}},
                    holdout_share=0.0)  # fmt: skip
        plan.choose(offers(7, customers=300))
        return plan.totals_.value_cents, plan.limits_["price_cents"][0].as_py()

    one, price = value(50)
    two, _ = value(70)
    assert 0.7 * price <= (two - one) / 20 <= 1.1 * price
    plan = Plan({"budget": {"money": 10_000}})
    plan.choose(offers(7))
    assert "does not bind" in plan.limits_["says"][0].as_py()


@pytest.mark.parametrize(
    ("money", "more", "cents"), [(0.5, "a hundredth more unit", 1), (25, "one more unit", 100)]
)
def test_the_price_of_a_small_budget_is_told_by_its_hundredths(money, more, cents):
    plan = Plan({"budget": {"money": money}, "explore": {"share": 0}}, holdout_share=0.0)
    plan.choose(offers(7, customers=300))
    [limit] = [one for one in plan.limits_.to_pylist() if one["kind"] == "money"]
    earns = f"{limit['price_cents'] * cents / 100:,.2f}"
    assert limit["says"] in {
        f"{more} for contacts would earn {earns}",
        "the budget does not bind: more of it would earn nothing",
    }
    assert money > 1 or limit["says"].startswith(more)


def test_what_cannot_be_planned_is_said():
    with pytest.raises(InvalidInput, match="product_id"):
        Plan().choose(pa.table({"customer_id": ["a"]}))
    with pytest.raises(InvalidInput, match="twice"):
        Plan().choose(pa.table({"customer_id": ["a", "a"], "product_id": ["x", "x"]}))
    with pytest.raises(InvalidRules, match="line"):
        Plan("channels:\n  phone:\n    legal_basis: existing customer\n")
    with pytest.raises(NotFitted, match="not fitted yet"):
        Plan().explain("a", "x")
    nothing = pa.table({"customer_id": pa.array([], pa.string()), "product_id": pa.array([], pa.string())})
    with pytest.warns(EmptyAnswer, match="no row"):
        empty = Plan().choose(nothing)
    assert empty.num_rows == 0


def test_a_contact_spoils_some_weeks_of_what_the_customer_brings():
    plan = Plan({"values": STATED}, holdout_share=0.0)
    table = pa.table({"customer_id": ["a"], "product_id": ["x"], "price_cents": [1000], "revenue_cents": [100_000],
                      "first_order_at": [datetime(2024, 11, 20)]})  # fmt: skip
    plan.choose(table, as_of=DAY)
    found = plan.decision_
    yearly = 100_000 / (730 / 365) * 0.4
    assert yearly_margin(found.made.customers, 0.4)[0] == pytest.approx(yearly, rel=0.01)
    terms = found.terms(np.arange(len(found.made)))
    email = found.made.channel == found.made.channels.index("email")
    assert terms.annoyance_cents[email] == pytest.approx(spoiled_by(0.002) * yearly / 52, rel=0.01)


def test_who_buys_at_deep_discounts_only_gets_an_offer_without_one():
    facts = {"type": "complement", "score": 1.0, "price_cents": 5000, "unit_cost_cents": 2000, "effect": 0.05}
    rows = [
        {"customer_id": f"c{number}", "product_id": "p", "treatment": treatment, **facts}
        for number, treatment in enumerate(["none", "no discounts"])
    ]
    plan = Plan({"channels": {"onsite": {"use": True}}, "values": {"discount_share": 0.1}}, holdout_share=0.0)
    usual, without = plan.choose(pa.Table.from_pylist(rows)).sort_by("customer_id").to_pylist()
    assert (usual["discount_share"], without["discount_share"]) == (0.1, 0.0)
    assert usual["margin_cents"] == pytest.approx(2500)
    assert without["margin_cents"] == pytest.approx(3000)
    assert usual["discount_cents"] == pytest.approx(0.01 * 500)
    assert without["discount_cents"] == 0
