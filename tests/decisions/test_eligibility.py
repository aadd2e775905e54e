"""Which offers may be made at all: verdicts, what is on sale, and the firm's own rules, condition by condition."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from passend.decisions.candidates import candidates, side
from passend.decisions.reasons import Losses
from passend.decisions.rules import load_rules
from passend.decisions.rules.eligibility import stop_ineligible

#: Born in these years; 2026 is the year of the plan.
BORN = {"anna": 2008, "ben": 2007, "cleo": 1950, "dora": None}


def made(rows=None, **facts):
    """Offers: customer, product, type; by default of one bottle to everybody on two channels."""
    rows = rows or [(one, "wine", "next") for one in BORN]
    customers = pa.table(
        {"customer_id": list(BORN), "birth_year": pa.array(BORN.values(), pa.int64()), **facts}
    )
    products = pa.table({"product_id": ["wine", "red", "winery", "old"],
                         "category": ["Wine", "Wine > Red", "Winery tours", "Beer"],
                         "is_active": [True, True, True, False]})  # fmt: skip
    names = ("customer_id", "product_id", "type")
    fits = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    return candidates(
        side(customers, "customer_id"),
        side(products, "product_id"),
        fits,
        ("email", "onsite"),
        datetime(2026, 6, 1),
    )


def stopped(offers, rules=None, owned=None):
    """By candidate the code of what stops it, or nothing."""
    losses = Losses(np.full(len(offers), -1, np.int16))
    stop_ineligible(offers, load_rules(rules), losses, owned)
    assert {one.step for one in losses.reasons} <= {"eligible"}
    return [losses.reasons[one].code if one >= 0 else "" for one in losses.why]


def whom(rules, owned=None, **facts):
    """The customers whose bottle is stopped, on both channels alike."""
    offers = made(**facts)
    found = [bool(one) for one in stopped(offers, rules, owned)]
    assert found[::2] == found[1::2]
    return [name for name, one in zip(BORN, found[::2], strict=True) if one]


def test_who_is_left_alone_gets_nothing_and_who_gets_better_things_gets_no_others():
    kinds = ("upgrade", "service", "complement", "next", "substitute", "popular")
    rows = [("ben", "wine", kind) for kind in kinds[:1]] + [
        ("cleo", "wine", "next"),
        ("anna", "wine", "next"),
    ]
    verdicts = {"verdict": ["cross-sell", "up-sell instead", "leave alone", None]}
    assert stopped(made(rows, **verdicts)) == ["", "", "", "", "left alone", "left alone"]
    for kind in kinds:
        allowed = kind in ("upgrade", "service")
        assert stopped(made([("ben", "wine", kind)], **verdicts)) == ["" if allowed else "up-sell only"] * 2


def test_what_is_not_on_sale_is_not_offered():
    assert stopped(made([("ben", "old", "next"), ("ben", "wine", "next")])) == ["not on sale"] * 2 + [""] * 2


@pytest.mark.parametrize(
    ("what", "out"),
    [
        ({"category": "Wine"}, ["wine", "red"]),
        ({"category": ["Wine > Red", "Winery tours"]}, ["red", "winery"]),
        ({"product": ["red", "winery"]}, ["red", "winery"]),
        ({"type": ["upgrade", "service"]}, ["red"]),
        ({"category": "Wine", "type": "next"}, ["wine"]),
    ],
)
def test_never_what_is_named_with_all_below_it_and_all_that_is_named_must_hold(what, out):
    rows = [("ben", "wine", "next"), ("ben", "red", "upgrade"), ("ben", "winery", "next")]
    offers = made(rows)
    found = stopped(offers, {"never": [{"what": what}]})
    names = offers.products.ids.to_pylist()
    assert {names[offers.product[place]] for place, one in enumerate(found) if one} == set(out)
    assert {one for one in found if one} == {"rule never.0"}


def test_never_on_a_channel():
    rule = {"never": [{"what": {"channel": ["email", "phone"]}}]}
    assert [bool(one) for one in stopped(made(), rule)] == [True, False] * 4


def test_age_is_known_to_a_year_and_doubt_is_on_the_careful_side():
    # Born in 2008 anna is 17 or 18, born in 2007 ben is 18 or 19; of dora nothing is known.
    assert whom({"only": [{"what": {"product": "wine"}, "who": {"age_from": 18}}]}) == ["anna", "dora"]
    assert whom({"only": [{"what": {"product": "wine"}, "who": {"age_from": 19}}]}) == ["anna", "ben", "dora"]
    assert whom({"only": [{"what": {"product": "wine"}, "who": {"age_below": 18}}]}) == [
        "anna",
        "ben",
        "cleo",
        "dora",
    ]
    assert whom({"only": [{"what": {"product": "wine"}, "who": {"age_below": 19}}]}) == [
        "ben",
        "cleo",
        "dora",
    ]
    assert whom({"never": [{"who": {"age_from": 18}}]}) == ["anna", "ben", "cleo"]
    assert whom({"never": [{"who": {"age_from": 19}}]}) == ["ben", "cleo"]
    assert whom({"never": [{"who": {"age_below": 18}}]}) == ["anna"]
    assert whom({"never": [{"who": {"age_below": 17}}]}) == []


def test_segments_and_what_customers_own():
    facts = {"segment": ["staff", "private", None, "staff"]}
    assert whom({"never": [{"who": {"segment": "staff"}}]}, **facts) == ["anna", "dora"]
    assert whom({"only": [{"what": {"product": "wine"}, "who": {"segment": "staff"}}]}, **facts) == [
        "ben",
        "cleo",
    ]
    owned = pa.table(
        {"customer_id": ["ben", "cleo", "nobody", "dora"], "product_id": ["red", "old", "red", "wine"]}
    )
    assert whom({"never": [{"who": {"owns": ["red", "wine"]}}]}, owned) == ["ben", "dora"]
    assert whom({"only": [{"what": {"product": "wine"}, "who": {"owns": "red"}}]}, owned) == [
        "anna",
        "cleo",
        "dora",
    ]
    assert whom({"never": [{"who": {"owns": "red"}}]}) == [], "of which nothing is known"


def test_what_lasts_is_not_offered_to_who_bought_of_it_within_the_days_that_a_rule_names():
    owned = pa.table(
        {
            "customer_id": ["anna", "ben", "cleo", "dora", "nobody"],
            "product_id": ["wine", "wine", "winery", "red", "wine"],
            "last_bought_at": [datetime(2026, 5, 22), datetime(2026, 5, 21), datetime(2026, 5, 31), None,
                               datetime(2026, 5, 31)],
        }
    )  # fmt: skip
    rule = {"what": {"product": "wine"}, "who": {"bought_within_days": 10}}
    assert whom({"never": [rule]}, owned) == ["anna"], (
        "ten days before the first of June; tours are not named"
    )
    assert whom({"only": [rule]}, owned) == ["ben", "cleo", "dora"]
    assert whom({"never": [rule]}) == [], "of which nothing is known"


def test_a_category_counts_with_all_below_it_when_a_rule_asks_what_was_bought():
    bought = {"product_id": ["red", "winery"], "last_bought_at": [datetime(2026, 5, 31)] * 2}
    owned = pa.table({"customer_id": ["cleo", "dora"], **bought})
    rule = {"what": {"category": "Wine"}, "who": {"bought_within_days": 10}}
    assert whom({"never": [rule]}, owned) == ["cleo"], "red wine is wine, a tour of a winery is not"


def test_a_season_holds_in_its_months_only():
    wine = {"product": "wine"}
    assert whom({"never": [{"what": wine, "when": {"months": [6, 7]}}]}) == list(BORN)
    assert whom({"never": [{"what": wine, "when": {"months": [10, 11]}}]}) == []
    assert whom({"only": [{"what": wine, "when": {"months": [10, 11]}}]}) == list(BORN)
    assert whom({"only": [{"what": wine, "when": {"months": "6"}}]}) == []


def test_returns_of_late_and_open_complaints():
    returned = {"as_of": [100.0] * 4, "last_return_at": [70.0, 69.0, None, 100.0]}
    assert whom({"never": [{"who": {"returned_within_days": 30}}]}, **returned) == ["anna", "dora"]
    complains = {"has_complaint": [True, False, None, False]}
    assert whom({"never": [{"who": {"open_complaint": True}}]}, **complains) == ["anna"]
    assert whom({"never": [{"who": {"open_complaint": False}}]}, **complains) == ["ben", "cleo", "dora"]


def test_the_reason_names_the_rule_its_line_and_why():
    text = (
        "never:\n  - what: {product: wine}\n    because: no licence\n"
        "only:\n  - what: {product: red}\n    who: {segment: b}\n"
    )
    offers = made([("ben", "wine", "next"), ("ben", "red", "next")])
    losses = Losses(np.full(len(offers), -1, np.int16))
    stop_ineligible(offers, load_rules(text), losses, None)
    says = [one.says for one in losses.reasons]
    assert "no licence (rules.yaml, line 2)" in says
    assert any("the rule only forbids it (rules.yaml, line" in one for one in says)
