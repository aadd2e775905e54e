"""Scenario files: what is right is read, what is wrong is named with line, value and range."""

import re
from pathlib import Path

import pytest

from passend.errors import InvalidScenario
from passend.market.parameters import FAMILY, PARAMETERS, RELATION
from passend.market.scenario import load_scenario, parse_scenario, shipped


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_is_valid_and_says_what_it_is(name):
    scenario = load_scenario(name)
    assert scenario.text("market.about")
    assert scenario.whole("customers.number") >= 200


def test_the_required_scenarios_are_shipped():
    trades = {"bicycle-shop", "electronics", "insurer", "gym", "b2b-parts"}
    assert trades | {"alike", "harmful", "odd", "no-effect"} <= set(shipped())


WRONG = {
    "customers:\n  number: 0\n": ("line 2", "0", "from 1 to 2e+06"),
    "customers:\n  number: many\n": ("line 2", "'many'", "whole number"),
    "email:\n  cost: 5\n\n  reach: 1.5\n": ("line 4", "1.5", "from 0 to 1"),
    "email:\n  raech: 0.5\n": ("line 2", "email.raech", "email.reach"),
    "emial: {cost: 3}\n": ("line 1", "emial", "email"),
    "response: {form: linear}\n": ("line 1", "'linear'", "logistic, hump, none"),
    "response:\n  moves_needs: 1\n": ("line 2", "1", "true or false"),
    "market: {begins: 2024-06-04}\n": ("Monday",),
    "kinds: {limiters: 0.6, demanders: 0.6}\n": ("1.3", "four kinds"),
    "families:\n- {name: A, kind: thing}\n": ("line 2", "'thing'", "good, service, contract"),
    "families:\n- {name: A}\n- {name: A}\n": ("'A'", "once"),
    "families: [{name: A}]\nrelations:\n- {from: A, to: B}\n": ("line 3", "'B'", "not listed"),
    "customers: [1, 2]\n": ("line 1", "customers"),
    "customers: {number: 3, number: 4}\n": ("twice",),
    "a: [\n": ("not YAML",),
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_a_wrong_file_is_named_with_line_value_and_range(text):
    with pytest.raises(InvalidScenario) as raised:
        parse_scenario(text, "mine.yaml")
    assert [word for word in (*WRONG[text], "mine.yaml") if word not in str(raised.value)] == []


def test_an_unknown_scenario_names_the_shipped_ones():
    with pytest.raises(InvalidScenario, match="bicycle-shop"):
        load_scenario("bicycle-shoppe")


def test_a_change_is_checked_like_a_file():
    with pytest.raises(InvalidScenario, match=r"customers\.number"):
        load_scenario("gym").changed({"customers.number": -1})


def test_the_page_documents_every_parameter():
    page = (Path(__file__).resolve().parents[2] / "docs/reference/scenarios.md").read_text("utf-8")
    named = set(re.findall(r"^\| `([a-z_.]+)` ", page, re.MULTILINE))
    assert named >= {one.name for one in PARAMETERS}
    assert {one.name for one in (*FAMILY, *RELATION)} <= {name.rpartition(".")[2] for name in named}
