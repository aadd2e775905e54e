"""What a plan promises: planted boasting is seen, nothing is found where there is nothing, intervals hold."""

from dataclasses import fields, replace

import numpy as np
import pytest

from passend.decisions.promise import ASSUMED, ASSUMED_SPREAD, Trust, promise_of, trust_of
from passend.decisions.value import Figures, worth
from passend.vocabulary import Channel
from tests.decisions.test_value import figures

TRIED = np.arange(len(Channel)) < 2


def offers(seed, count, share, usual=0.03):
    """Offers of which so much comes true: what was foreseen, what came, its variance."""
    random = np.random.default_rng(seed)
    foreseen = usual * random.lognormal(-0.5, 1.0, count)
    base = 0.02
    chance = np.clip(base + share * foreseen, 0, 0.9)
    came = (random.random(count) < chance) - base
    return foreseen, came, chance * (1 - chance) + 1e-6


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_who_foresees_twice_what_comes_is_believed_half(share):
    found = [trust_of(*offers(seed, 5000, share), TRIED) for seed in range(20)]
    assert np.mean([one.share for one in found]) == pytest.approx(share, abs=0.06)
    held = [abs(one.share - share) < 1.96 * one.error for one in found]
    assert np.mean(held) >= 0.8
    assert not any(one.found_nothing for one in found)


def test_nothing_is_found_where_nothing_comes_and_much_was_tried():
    found = [trust_of(*offers(seed, 4000, 0.0), TRIED).found_nothing for seed in range(20)]
    assert np.mean(found) >= 0.8
    few = [trust_of(*offers(seed, 300, 0.0), TRIED).found_nothing for seed in range(20)]
    assert not any(few)


def test_without_offers_the_share_is_an_assumption_and_says_so():
    nothing = np.zeros(0)
    found = trust_of(nothing, nothing, nothing, TRIED)
    assert (found.share, found.error, found.offers) == (ASSUMED, ASSUMED * ASSUMED_SPREAD, 0)
    assert not found.found_nothing
    told = promise_of(worth(figures()), np.array([0]), found, "assumed, not yet measured")
    assert told.basis == "assumed, not yet measured"


def plan(count=100, **known):
    one = figures(contact=10.0, **known)
    columns = {each.name: np.repeat(getattr(one, each.name), count) for each in fields(Figures)}
    return worth(replace(one, **columns)), np.zeros(count, np.int64)


def test_a_promise_by_hand():
    terms, channel = plan()
    told = promise_of(terms, channel, Trust(0.5, 0.1, 2000, TRIED), "learned")
    assert told.value_cents == pytest.approx(100 * (0.5 * 80 - 10))
    assert told.low_cents < told.value_cents < told.high_cents
    assert told.basis == "learned; judged by 2,000 offers of the past that did not choose it"
    # The costs are sure, whatever comes: that is the worst where a share may be nothing.
    worst = promise_of(terms, channel, Trust(0.0, 0.0, 2000, TRIED), "learned")
    assert worst.low_cents == worst.value_cents == worst.high_cents == pytest.approx(-1000)


def test_at_worst_an_assumed_plan_loses_what_its_contacts_cost():
    terms, channel = plan(margin_doubt=4000.0)
    told = promise_of(terms, channel, trust_of(*(np.zeros(0),) * 3, TRIED), "assumed")
    assert told.value_cents == pytest.approx(100 * (80 - 10))
    assert -1000 < told.low_cents < told.value_cents / 2
    assert told.high_cents > 2 * told.value_cents


def test_less_is_known_of_channels_that_were_never_tried_and_of_assumed_margins():
    def width(trust, **known):
        told = promise_of(*plan(**known), trust, "")
        return told.high_cents - told.low_cents

    tried, never = Trust(0.8, 0.1, 2000, TRIED), Trust(0.8, 0.1, 2000, ~TRIED)
    assert width(never) > 1.2 * width(tried)
    assert width(tried, margin_doubt=4000.0) > 1.2 * width(tried)
    assert width(Trust(0.8, 0.4, 300, TRIED)) > 1.2 * width(tried)


def test_the_interval_holds_what_comes():
    """Plans chosen by figures that boast by a third; what comes, comes by the truth, times what no offer tells."""
    random = np.random.default_rng(3)
    held = 0
    for seed in range(60):
        trust = trust_of(*offers(seed, 3000, 0.67), TRIED)
        terms, channel = plan(400, effect=0.03)
        told = promise_of(terms, channel, trust, "")
        luck = random.lognormal(-0.02, 0.2)
        came = random.poisson(400 * 0.03 * 0.67 * luck) * 4000 - 400 * 10
        held += told.low_cents <= came <= told.high_cents
    assert held >= 48
