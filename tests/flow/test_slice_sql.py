"""Groups of customers: the SQL that is shown gives the very numbers, and chance makes no group stand out."""

import json

import duckdb
import numpy as np
import pytest

from passend.errors import InvalidInput
from passend.flow.results import measure_workspace
from passend.flow.slice_sql import slice_sql
from passend.ports import Silence
from passend.results.figures import Arms
from passend.results.goal import Goal
from passend.results.moments import moments_of
from passend.results.slices import slices_of
from passend.results.verdict import Clock
from passend.vocabulary import SLICES
from passend.workspace import Workspace
from tests.cli.test_results import call, filled


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A campaign to 5,000 customers of two regions and languages."""
    return filled(tmp_path_factory.mktemp("slices"), 5000)


@pytest.mark.parametrize("by", SLICES)
def test_the_sql_that_is_shown_gives_the_very_numbers(shop, by):
    workspace = Workspace(shop)
    one = measure_workspace(workspace, Silence()).measured[0]
    told = {value: part for (name, value), part in one.slices.items() if name == by}
    assert told
    found = {row[3]: row for row in duckdb.sql(slice_sql(workspace, one, by)).fetchall()}
    for value, part in told.items():
        assert found[value][4:6] == (part.people, part.held_out)
        assert found[value][6:9] == pytest.approx((part.total, part.total_low, part.total_high), rel=1e-9)


def test_the_command_prints_groups_and_a_statement_that_runs(shop):
    groups = json.loads(call("results", "spring", "--by", "product", "-w", shop, "--json"))[0]
    assert [one["value"] for one in groups["groups"]] == ["P1"]
    statement = call("results", "spring", "--by", "product", "--sql", "-w", shop)
    rows = duckdb.sql(statement).fetchall()
    assert rows[0][6] == pytest.approx(groups["groups"][0]["effect"]["total"])
    assert "Gruppen der Kampagne" in call("results", "spring", "--by", "kind", "-w", shop, "--language", "de")
    assert "one campaign" in call("results", "--by", "kind", "-w", shop, code=1)


def test_what_is_no_group_is_refused(shop):
    workspace = Workspace(shop)
    one = measure_workspace(workspace, Silence()).measured[0]
    with pytest.raises(InvalidInput, match="no groups by 'colour'"):
        slice_sql(workspace, one, "colour")


def _groups(random, lifts, size=400):
    """Groups of customers of whom a third buys; what is added to the spending of the treated of each."""
    found = {}
    for place, lift in enumerate(lifts):
        arms = []
        for more in (1 + lift, 1.0):
            spent = (random.random(size) < 0.3) * random.lognormal(7, 0.6, size) * more
            arms.append(moments_of(spent, np.zeros(size)))
        found["region", f"R{place}"] = Arms(*arms)
    return found


GOAL = Goal(look_rule="once", planned_days=30, planned_people=800)


def test_by_chance_hardly_any_group_of_many_works_or_harms():
    random = np.random.default_rng(3)
    alarms = 0
    for _ in range(200):
        found = slices_of(_groups(random, [0.0] * 12), GOAL, Clock(40, 800), is_healthy=True).measured
        alarms += any(one.verdict in {"works", "harms"} for one in found.values())
    # Without control it would be 46 % of the campaigns with twelve groups; 5 % are due, and luck.
    assert alarms <= 18


def test_a_true_group_is_found_among_many_and_small_ones_cannot_be_measured():
    random = np.random.default_rng(4)
    groups = _groups(random, [0.0] * 10 + [1.5])
    groups |= {("region", "tiny"): Arms(moments_of(np.ones(30)), moments_of(np.ones(24)))}
    found = slices_of(groups, GOAL, Clock(40, 800), is_healthy=True)
    assert found.measured["region", "R10"].verdict == "works"
    assert found.too_few == {("region", "tiny"): 54}
    sick = slices_of(groups, GOAL, Clock(40, 800), is_healthy=False)
    assert {one.verdict for one in sick.measured.values()} == {"unhealthy"}
