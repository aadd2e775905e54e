"""The truth agrees with what happens, and only the market's judges may look at it."""

import ast
import tomllib
from pathlib import Path

import numpy as np
import pytest

from passend.market.offers import make_offers
from passend.market.scenario import load_scenario
from passend.market.truth import effects
from passend.market.world import Market
from tests.market.worlds import market, small

ROOT = Path(__file__).resolve().parents[2]


def trial(world, seed=0):
    """Random offers to a random half of those who may be reached on the site; the rest is the control group."""
    random = np.random.default_rng(seed)
    who = np.flatnonzero(world.people.begins <= world.week)
    count = len(world.catalogue.ids)
    return who, random.random(len(who)) < 0.5, random.integers(0, count, len(who))


@pytest.mark.parametrize(
    "name",
    ["bicycle-shop", "electronics", "insurer", "gym", "b2b-parts", "odd", "alike", "harmful", "no-effect"],
)
def test_a_randomised_trial_gives_the_true_mean_effect(name):
    """Acceptance is made frequent, so that a small trial is sharp; treated and control are different customers."""
    settings = {"customers.number": 6000, "market.history_weeks": 12, "market.horizon_weeks": 6, "response.base": 0.3,
                "customers.arriving": 0.0}  # fmt: skip
    world = Market(load_scenario(name).changed(settings), 11)
    who, treated, product = trial(world)
    arms = (product, np.ones(len(who), dtype=np.int64), np.zeros(len(who)))
    found = effects(world, who, arms, replicas=2)
    world.send(make_offers(who[treated], product[treated], 1))
    before = world.state.profit.copy()
    world.step(42)
    outcome = (world.state.profit - before)[who]
    measured = outcome[treated].mean() - outcome[~treated].mean()
    error = np.sqrt(outcome[treated].var() / treated.sum() + outcome[~treated].var() / (~treated).sum())
    assert abs(measured - found.effect.mean()) < 3.5 * error


def test_twin_worlds_give_the_true_effect_more_sharply():
    settings = {"customers.number": 6000, "response.base": 0.3, "customers.arriving": 0.0}
    world = Market(small("bicycle-shop").changed(settings), 5)
    who, _, product = trial(world)
    arms = (product, np.ones(len(who), dtype=np.int64), np.zeros(len(who)))
    found = effects(world, who, arms, replicas=4)
    other = world.twin()
    world.send(make_offers(who, product, 1))
    world.step(56)
    other.step(56)
    gain = (world.state.profit - other.state.profit)[who]
    error = gain.std() / np.sqrt(len(gain))
    assert abs(gain.mean() - found.effect.mean()) < 3.5 * error
    assert found.effect.mean() > 2 * error  # sharp enough to tell it from nothing


def test_without_effect_nothing_changes():
    world, other = market("no-effect"), market("no-effect")
    who, _, product = trial(world)
    world.send(make_offers(who, product, 1))
    world.step(56)
    other.step(56)
    assert np.array_equal(world.state.profit, other.state.profit)  # the site costs nothing


def test_in_the_harmful_market_no_offer_is_worth_making():
    world = market("harmful")
    who, _, product = trial(world)
    found = effects(world, who, (product, np.zeros(len(who), dtype=np.int64), np.zeros(len(who))), replicas=8)
    assert found.effect.mean() < -20
    assert np.quantile(found.effect, 0.95) < 0


def test_the_loss_making_kinds_answer_as_published():
    from passend.market.people import KINDS, LIMITER, MAXIMISER, ORDINARY, REVERSER

    settings = {
        "kinds__reversers": 0.2,
        "kinds__limiters": 0.2,
        "kinds__maximisers": 0.2,
        "onsite__irritation": 0.0,
    }
    world = Market(small("bicycle-shop", customers__number=4000, response__base=0.3, **settings), 2)
    who = np.flatnonzero(world.people.begins <= world.week)
    product = np.random.default_rng(1).integers(0, len(world.catalogue.ids), len(who))
    arms = (product, np.ones(len(who), dtype=np.int64), np.zeros(len(who)))
    found = effects(world, who, arms, replicas=1)
    kind = world.people.kind[who]
    worth = {
        one: found.effect[kind == one].sum() / found.chance[kind == one].sum() for one in range(len(KINDS))
    }
    assert worth[REVERSER] < 0.6 * worth[ORDINARY]
    assert worth[LIMITER] < 0.9 * worth[ORDINARY]
    chance = {one: found.chance[kind == one].mean() for one in range(len(KINDS))}
    assert chance[MAXIMISER] < 0.5 * chance[ORDINARY]


def test_effects_come_back_in_the_order_they_were_asked_in():
    world = market()
    who = np.array([7, 3, 7, 5])
    product, channel = np.array([1, 2, 3, 4]), np.array([1, 1, 0, 0])
    together = effects(world, who, (product, channel, np.zeros(4)), replicas=1).effect
    for row in range(4):
        one = slice(row, row + 1)
        alone = effects(world, who[one], (product[one], channel[one], np.zeros(1)), replicas=1).effect
        assert alone[0] == together[row]


def test_nobody_outside_the_market_imports_the_truth():
    package = ROOT / "src/passend"
    importers = set()
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names] + [str(node.module)]
            if any(name.startswith("passend.market.truth") for name in names):
                importers.add(".".join(file.relative_to(ROOT / "src").with_suffix("").parts))
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    allowed = next(one for one in contracts if "passend.market.truth" in one.get("protected_modules", []))
    assert importers == set(allowed["allowed_importers"])
    assert all(name.startswith("passend.market.") for name in importers)
