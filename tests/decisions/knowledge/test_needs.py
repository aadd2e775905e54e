"""What is wanted next, in a shop with a planted truth: things that last, their accessories, what runs out."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from passend.decisions.knowledge import learn
from passend.decisions.knowledge.needs import AHEAD, _trees
from passend.decisions.options import open_shelf, options
from passend.decisions.rules import load_rules
from tests.decisions.pasts import past_of

WEEK, CUSTOMERS = 104, 600
#: A bicycle, another one, its lock, oil that runs out in twelve weeks, socks; and something far too dear.
BICYCLE, OTHER, LOCK, OIL, SOCKS, DEAR = range(6)
PRICES = [50_000, 60_000, 4000, 1000, 1500, 900_000]
RULES = load_rules({"channels": {"email": {"use": False}}})


def bought(seed):
    """Sales: one bicycle in a life, half of them with a lock within a month; oil every twelve weeks by every third."""
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(CUSTOMERS):
        if random.random() < 0.7:
            day = random.uniform(0, 7 * WEEK)
            rows.append((customer, BICYCLE if random.random() < 0.6 else OTHER, day))
            if random.random() < 0.5:
                rows.append((customer, LOCK, day + random.uniform(4, 28)))
        if random.random() < 0.05:
            rows.append((customer, LOCK, random.uniform(0, 7 * WEEK)))
        if customer % 3 == 0:
            days = np.arange(random.uniform(0, 84), 7 * WEEK, 84)
            rows += [(customer, OIL, day + random.uniform(-5, 5)) for day in days]
        rows += [(customer, SOCKS, random.uniform(0, 7 * WEEK)) for _ in range(random.poisson(2))]
    rows.append((0, DEAR, 10.0))
    return [row for row in rows if 0 <= row[2] < 7 * WEEK]


@cache
def shop():
    # Bicycles are of one department with their locks; oil and socks are of others.
    past = past_of(
        CUSTOMERS, WEEK, PRICES, sales=bought(1), shelf=[0, 0, 1, 2, 3, 4], department=[0, 0, 1, 2, 3]
    )
    knowledge = learn(past)
    ((_, wants),) = knowledge.wants(past, np.arange(CUSTOMERS))
    return past, knowledge, wants


def weeks_since(past, product):
    last = np.full(CUSTOMERS, -1e9)
    mine = past.sales.product == product
    np.maximum.at(last, past.sales.customer[mine], past.sales.day[mine])
    return WEEK - last / 7


def test_what_lasts_was_just_bought_and_so_is_its_like():
    past, _, wants = shop()
    lately = weeks_since(past, BICYCLE) < 6
    assert lately.sum() > 5
    assert wants.sated[lately, BICYCLE].all()
    assert wants.sated[lately, OTHER].all(), "its like is"
    # Who never had anything of the kind is not sated with it.
    never = np.all([weeks_since(past, one) > 1000 for one in (BICYCLE, OTHER, LOCK)], axis=0)
    assert never.sum() > 50
    assert not wants.sated[never][:, [BICYCLE, OTHER, LOCK]].any()


def test_the_accessory_follows_the_bicycle_and_not_the_bicycle_the_accessory():
    past, knowledge, wants = shop()
    lifts = knowledge.taught.needs.follow_ups.lifts[0]
    assert lifts[BICYCLE, LOCK] > np.log(3)
    assert lifts[LOCK, BICYCLE] < np.log(1.2)
    cycled = np.minimum(weeks_since(past, BICYCLE), weeks_since(past, OTHER))
    without = weeks_since(past, LOCK) > 1000
    lately, never = without & (cycled < 2.5), without & (cycled > 1000)
    assert not wants.sated[lately, LOCK].any()
    assert wants.rate[lately, LOCK].mean() > 3 * wants.rate[never, LOCK].mean()


def test_what_runs_out_is_wanted_again_when_it_is_due():
    past, knowledge, wants = shop()
    rhythm = knowledge.taught.needs.rhythm
    assert rhythm.wait[OIL] == pytest.approx(12, abs=2)
    assert rhythm.gap[OIL] == pytest.approx(12, abs=1)
    assert rhythm.used_up[[BICYCLE, OTHER, LOCK, OIL]].tolist() == [False, False, False, True]
    since = weeks_since(past, OIL)
    fresh, middle, due = since < 3, (since > 3.5) & (since < 6), (since > 10.5) & (since < 12.5)
    assert wants.sated[fresh, OIL].all()
    assert not wants.sated[due, OIL].any()
    assert wants.rate[due, OIL].mean() > 3 * wants.rate[middle, OIL].mean()
    # One purchase is due in the four weeks that are looked at.
    assert 0.15 < wants.rate[due, OIL].mean() < 0.5


@cache
def stopped():
    """A shop in which half of those who took oil every eight weeks went elsewhere for good."""
    random = np.random.default_rng(4)
    sales = []
    for customer in range(CUSTOMERS):
        until = random.uniform(60, 7 * WEEK) if customer % 2 else 7 * WEEK
        days = np.arange(random.uniform(0, 56), until, 56)
        sales += [(customer, OIL, max(day + random.uniform(-6, 6), 0)) for day in days]
        sales += [(customer, SOCKS, random.uniform(0, 7 * WEEK)) for _ in range(random.poisson(2))]
    past = past_of(CUSTOMERS, WEEK, PRICES, sales=[one for one in sales if one[2] < 7 * WEEK],
                   shelf=[0, 0, 1, 2, 3, 4], department=[0, 0, 1, 2, 3])  # fmt: skip
    knowledge = learn(past)
    ((_, wants),) = knowledge.wants(past, np.arange(CUSTOMERS))
    return past, knowledge, wants


def test_who_was_regular_and_stopped_is_past_wanting_it():
    past, knowledge, wants = stopped()
    since = weeks_since(past, OIL)
    often = np.bincount(past.sales.customer[past.sales.product == OIL], minlength=CUSTOMERS) >= 3
    due, over = often & (since > 6) & (since < 10), often & (since > 32) & (since < 1000)
    assert min(due.sum(), over.sum()) > 20
    assert wants.rate[over, OIL].mean() < 0.1 * wants.rate[due, OIL].mean()
    found = options(past, knowledge, RULES, open_shelf(CUSTOMERS, len(PRICES)))
    offered = np.bincount(found.customer[found.product == OIL], minlength=CUSTOMERS) > 0
    assert offered[due].all()


def test_what_is_far_dearer_than_anything_ever_bought_is_not_offered_without_a_sign():
    past, knowledge, _ = shop()
    few = np.bincount(past.sales.customer, minlength=CUSTOMERS)
    dearest = np.zeros(CUSTOMERS)
    np.maximum.at(dearest, past.sales.customer, past.goods.price[past.sales.product])
    modest = np.flatnonzero((few >= 3) & (dearest * 8 < PRICES[DEAR]))
    found = options(past, knowledge, RULES, open_shelf(CUSTOMERS, len(PRICES)))
    offered = set(found.customer[found.product == DEAR].tolist())
    assert len(modest) > 100
    assert not offered & set(modest.tolist())
    assert found.too_dear >= len(modest)
    # Who has looked for it again and again may be shown it.
    keen = int(modest[0])
    looks = [(keen, DEAR, WEEK - 1 - one) for one in range(6)]
    seen = past_of(CUSTOMERS, WEEK, PRICES, sales=bought(1), looks=looks, shelf=[0, 0, 1, 2, 3, 4],
                   department=[0, 0, 1, 2, 3])  # fmt: skip
    shelf = replace(open_shelf(CUSTOMERS, len(PRICES)), asked=np.arange(CUSTOMERS) == keen)
    assert options(past, knowledge, RULES, shelf).too_dear == 1
    assert options(seen, learn(seen), RULES, shelf).too_dear == 0


def test_nobody_is_offered_what_was_just_bought_and_lasts():
    past, knowledge, wants = shop()
    found = options(past, knowledge, RULES, open_shelf(CUSTOMERS, len(PRICES)))
    assert found.sated == int(wants.sated.sum())
    assert not wants.sated[found.customer, past.goods.group[found.product]].any()


def test_a_part_of_the_customers_wants_what_it_wants_among_all():
    past, knowledge, wants = shop()
    some = np.arange(0, CUSTOMERS, 7)
    ((_, part),) = knowledge.wants(past, some)
    for name in ("interest", "rate", "tried", "sated"):
        np.testing.assert_allclose(getattr(part, name), getattr(wants, name)[some], rtol=1e-5)


def test_what_was_bought_after_today_changes_nothing():
    _, knowledge, wants = shop()
    tomorrow = [(customer, OTHER, 7 * WEEK + 1.0) for customer in range(CUSTOMERS)]
    later = past_of(CUSTOMERS, WEEK, PRICES, sales=bought(1) + tomorrow, shelf=[0, 0, 1, 2, 3, 4],
                    department=[0, 0, 1, 2, 3])  # fmt: skip
    for name in ("wait", "gap", "used_up"):
        same, told = (getattr(one.taught.needs.rhythm, name) for one in (knowledge, learn(later)))
        np.testing.assert_allclose(same, told)
    ((_, same),) = knowledge.wants(later, np.arange(CUSTOMERS))
    np.testing.assert_allclose(same.rate, wants.rate, rtol=1e-6)
    assert (same.sated == wants.sated).all()


def test_trees_do_not_run_away_where_the_rough_rate_is_far_off():
    """Many buy what was hardly expected of them: a leaf's step is limited, and the whole comes out as it was seen."""
    random = np.random.default_rng(5)
    features = random.random((4000, 3)).astype(np.float32)
    keen = features[:, 0] > 0.9
    target, weight = np.where(keen, 2, 0), np.where(keen, 1.0, 16.0)
    rough = np.full(4000, -9.5)
    trees = _trees([(features, rough, target, weight)])
    found = AHEAD * np.exp(rough + trees.predict(features, raw_score=True))
    assert (weight * found).sum() == pytest.approx((weight * target).sum(), rel=0.1)
    assert found[keen].mean() == pytest.approx(2, rel=0.1)
    assert found[~keen].mean() < 0.05


def test_rough_interest_ends_where_more_says_nothing():
    """A trader who ordered everything each week is not thought to order a hundred times a week."""
    rows = [(0, one, 7.0 * week + 1) for week in range(WEEK) for one in range(4) for _ in range(3)]
    past = past_of(2, WEEK, [1000] * 4, sales=[*rows, (1, 0, 3.0)], shelf=[0, 1, 2, 3], department=[0] * 4)
    ((_, wants),) = learn(past).wants(past, np.arange(2))
    assert wants.interest.max() <= np.e
    moment = learn(past).taught.needs.moment(past.history, past.week)
    assert moment.log_rate.max() == 0.0
