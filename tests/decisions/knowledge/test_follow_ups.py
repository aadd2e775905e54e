"""What comes after what was bought, by hand: what rests, its like, and what is hardly ever wanted."""

import numpy as np
import pytest

from passend.decisions.knowledge.follow_ups import LAGS, FollowUps, met_lately, rhythm_of
from passend.decisions.knowledge.history import NEVER, History
from passend.decisions.knowledge.needs import Needs, learn_needs

INK, PRINTER, PAPER, CANDLE = range(4)
GROUPS = 4


def follow_ups(*lifts, seen=0.0, expected=0.0):
    """By chance nothing follows anything; ``lifts``: lag, bought, wanted, log of the strength."""
    found = FollowUps(
        np.zeros((len(LAGS), GROUPS, GROUPS), np.float32),
        np.full((len(LAGS), GROUPS, GROUPS), seen, np.float32),
        np.full((len(LAGS), GROUPS, GROUPS), expected, np.float32),
    )
    for lag, bought, wanted, strength in lifts:
        found.lifts[lag, bought, wanted] = strength
    return found


def weeks(**last):
    """One customer who bought these so many weeks ago."""
    names = {"ink": INK, "printer": PRINTER, "paper": PAPER, "candle": CANDLE}
    found = np.full((1, GROUPS), NEVER, np.float32)
    for name, week in last.items():
        found[0, names[name]] = week
    return found


def history(*bought, customers=3, looks=(), shelf=(0, 0, 1, 1)):
    """Purchases and looks: customer, group, week."""
    who, what, when = np.array(bought or np.zeros((0, 3)), np.int64).reshape(-1, 3).T
    looker, looked, at = np.array(looks or np.zeros((0, 3)), np.int64).reshape(-1, 3).T
    return History(
        customers, np.array(shelf), np.zeros(max(shelf) + 1, np.int64), np.zeros(customers, np.int64), who, what, when,
        np.zeros(len(who), bool), looker, looked, at,
    )  # fmt: skip


@pytest.mark.parametrize(("expected", "is_unwanted"), [(7.9, False), (8.1, True)])
def test_what_hardly_follows_one_thing_that_they_have_is_not_wanted(expected, is_unwanted):
    # (0 + 4) / (e + 4) < 1/3 from e = 8 on; all that they have together say "as usual".
    found = follow_ups(seen=9.0, expected=9.0)
    found.seen[1, INK, PRINTER], found.expected[1, INK, PRINTER] = 0.0, expected
    has = weeks(ink=4, paper=4, candle=4)
    assert found.unwanted(has)[0, PRINTER] == is_unwanted
    # Three months ago tells otherwise, and whoever has no ink at all is not told anything.
    assert not found.unwanted(weeks(ink=13, paper=4, candle=4)).any()
    assert not found.unwanted(weeks(paper=4)).any()
    # Whoever has a printer is told by that.
    assert not found.unwanted(weeks(ink=4, paper=4, candle=4, printer=50)).any()


def test_what_is_owned_for_years_still_tells():
    found = follow_ups()
    found.expected[-1, INK, PRINTER] = 20.0
    assert found.unwanted(weeks(ink=300)).tolist() == [[False, True, False, False]]


@pytest.mark.parametrize(
    ("things", "expected", "is_unwanted"),
    [(1, 3.9, False), (1, 4.1, True), (3, 2.2, False), (3, 2.4, True)],
)
def test_thin_evidence_of_several_things_counts_as_the_root_of_their_number(things, expected, is_unwanted):
    # One: (0 + 2) / (e + 2) < 1/3 from e = 4 on; three: 3 e / sqrt(3) = 4 from e = 2.31 on.
    has = weeks(**dict.fromkeys(("ink", "printer", "paper")[:things], 4))
    assert follow_ups(expected=expected).unwanted(has)[0, CANDLE] == is_unwanted


def test_what_was_seen_counts_against_what_was_expected():
    # (seen + 2) / (10 + 2) is a third at 2: of one thing, and of two.
    # Two things that each tell 1/sqrt(2) of it tell as much.
    for has, part in ((weeks(ink=4), 1.0), (weeks(ink=4, paper=4), np.sqrt(0.5))):
        for seen, is_unwanted in ((1.9, True), (2.1, False)):
            found = follow_ups(seen=seen * part, expected=10.0 * part)
            assert found.unwanted(has)[0, CANDLE] == is_unwanted


def test_a_look_is_a_sign_that_it_is_wanted_after_all():
    found = follow_ups()
    found.expected[1, INK, PRINTER] = 20.0
    needs = Needs(None, found, np.full(GROUPS, 4.0))
    like = np.zeros((GROUPS, GROUPS), bool)
    bought = [(0, INK, 6), (1, INK, 6)]
    seen = history(*bought, looks=[(1, PRINTER, 3), (0, PRINTER, 10)])
    assert needs.sated(seen, 10, like)[:, PRINTER].tolist() == [True, False, False]


def test_what_was_bought_rests_for_a_quarter_of_its_rhythm():
    rhythm = np.array([40.0, 8.0, 8.0, 8.0])
    found = follow_ups()
    like = np.ones((GROUPS, GROUPS), bool)
    assert found.sated(weeks(ink=9.9), rhythm, like).tolist() == [[True, True, True, True]], "and its like"
    assert found.sated(weeks(ink=9.9), rhythm, ~like).tolist() == [[True, False, False, False]]
    assert not found.sated(weeks(ink=10), rhythm, like).any()
    # What runs out soon rules out itself alone.
    assert found.sated(weeks(printer=1.9), rhythm, like).tolist() == [[False, True, False, False]]


@pytest.mark.parametrize(("rhythm", "rests"), [(26.0, True), (25.9, False)])
def test_what_lasts_half_a_year_rules_out_its_like_unless_that_is_wanted_after_it(rhythm, rests):
    like = np.zeros((GROUPS, GROUPS), bool)
    like[INK, [PRINTER, PAPER]] = True
    found = follow_ups((1, INK, PAPER, np.log(1.25)), (1, INK, PRINTER, np.log(1.15)))
    sated = found.sated(weeks(ink=4), np.full(GROUPS, rhythm), like)
    assert sated.tolist() == [[True, rests, False, False]]


def test_lifts_of_what_they_have_highest_and_together_beside_their_own():
    found = follow_ups((1, INK, PRINTER, 0.5), (1, PAPER, PRINTER, 0.3), (1, INK, CANDLE, 0.05), (1, INK, INK, -0.7),
                       (1, PAPER, INK, -0.4), (0, INK, PRINTER, 9.0))  # fmt: skip
    best, both, again = found.after(weeks(ink=4, paper=4))
    assert best[0] == pytest.approx([0, 0.5, 0, 0.05])
    assert both[0] == pytest.approx([-0.4, 0.8, 0, 0]), "what hardly matters is left out of the sum"
    assert again[0] == pytest.approx([-0.7, 0, 0, 0])


def test_the_rhythm_is_the_time_seen_over_the_repeats_shrunk_to_shelf_and_shop():
    # Ink: customer 0 in weeks 0, 10 and 20, customer 1 in week 10; a printer in week 4; seen until week 30.
    seen = history((0, INK, 0), (0, INK, 10), (0, INK, 20), (1, INK, 10), (0, PRINTER, 4), (2, INK, 30))
    whole = (2 + 1) / (30 + 20 + 26 + 100)
    shelf = (2 + 1) / (76 + 1 / whole)
    ink = (2 + 1) / (50 + 1 / shelf)
    printer = 1 / (26 + 1 / shelf)
    empty = 1 / (0 + 1 / (1 / (1 / whole)))
    rhythm = rhythm_of(seen, 30)
    assert rhythm == pytest.approx([1 / ink, 1 / printer, 1 / empty, 1 / empty])


def test_what_is_bought_again_by_nobody_lasts_for_up_to_twenty_years():
    once = history(*((who, PRINTER, 0) for who in range(3000)), customers=3000)
    assert rhythm_of(once, 100)[PRINTER] == 1040
    always = history(*((0, INK, week) for week in range(60)), customers=1)
    assert rhythm_of(always, 60)[INK] == 2


def test_when_anything_of_the_kind_was_bought():
    last = weeks(ink=4, paper=7)
    assert met_lately(last, np.array([0, 0, 1, 2])).tolist() == [[4, 4, 7, NEVER]]


def test_of_many_signs_by_few_customers_no_more_is_expected_than_of_as_many_customers():
    """Whoever buys much oil does not buy as many more bicycles, and is not told to want none."""
    oil, bicycle, other, _ = range(4)
    random = np.random.default_rng(3)
    rows = [(who, oil, week) for who in range(100) for week in range(int(random.integers(4)), 100, 4)]
    rows += [(who, bicycle, int(random.integers(100))) for who in range(400) if random.random() < 0.4]
    rows += [(who, other, int(random.integers(100))) for who in range(400)]
    seen = history(*rows, customers=400)
    found = learn_needs(seen, 100).follow_ups
    # Oil is bought every fourth week: a week or two after it, whoever it was.
    heads = sum(one == bicycle for _, one, _ in rows) / (400 * 100)
    weeks_owned = sum(min(2, 99 - week) for _, one, week in rows if one == oil)
    assert 0 < found.expected[0, oil, bicycle] <= weeks_owned * heads * 1.001
    last = seen.last_bought(100)
    keen = (last[:, oil] < NEVER) & (last[:, bicycle] >= NEVER)
    assert keen.sum() > 40
    assert not found.unwanted(last)[keen, bicycle].any()
