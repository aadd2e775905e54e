"""When needs come back, by hand: waits, gaps, what is used up, and each customer's own rhythm."""

import numpy as np
import pytest

from passend.decisions.knowledge.rhythm import (
    LAPSED,
    RESTS,
    USED_UP_RESTS,
    Rhythm,
    over_after,
    overdue,
    rhythm_of,
    waits,
)
from tests.decisions.knowledge.test_follow_ups import GROUPS, INK, PAPER, PRINTER, history, weeks

NOTHING = (np.zeros(GROUPS), np.zeros(GROUPS))


def test_the_wait_is_the_time_seen_over_the_repeats_shrunk_to_shelf_and_shop():
    # Ink: customer 0 in weeks 0, 10 and 20, customer 1 in week 10; a printer in week 4; seen until week 30.
    seen = history((0, INK, 0), (0, INK, 10), (0, INK, 20), (1, INK, 10), (0, PRINTER, 4), (2, INK, 30))
    whole = (2 + 1) / (30 + 20 + 26 + 100)
    shelf = (2 + 1) / (76 + 1 / whole)
    ink = (2 + 1) / (50 + 1 / shelf)
    printer = 1 / (26 + 1 / shelf)
    empty = 1 / (0 + 1 / (1 / (1 / whole)))
    assert waits(seen, 30) == pytest.approx([1 / ink, 1 / printer, 1 / empty, 1 / empty])


def test_what_is_bought_again_by_nobody_lasts_for_up_to_twenty_years():
    once = history(*((who, PRINTER, 0) for who in range(3000)), customers=3000)
    assert waits(once, 100)[PRINTER] == 1040
    always = history(*((0, INK, week) for week in range(60)), customers=1)
    assert waits(always, 60)[INK] == 2


def test_the_gap_is_that_of_those_who_came_again_and_the_future_does_not_count():
    rows = [(who, INK, week) for who in range(40) for week in (0, 8, 16)]
    rows += [(who, PAPER, 0) for who in range(200)]
    found = rhythm_of(history(*rows, customers=300), 20, NOTHING)
    assert found.gap[INK] == pytest.approx(8, rel=0.1)
    # The other ones are told by what is usual of all.
    assert found.gap[PAPER] == pytest.approx(8, rel=0.1)
    later = history(*rows, *((who, INK, 17) for who in range(40)), customers=300)
    before = rhythm_of(later, 17, NOTHING)
    assert before.gap == pytest.approx(rhythm_of(history(*rows, customers=300), 17, NOTHING).gap)


@pytest.mark.parametrize(
    ("seen", "expected", "used_up"),
    [
     # In a category that is bought again often, what nobody took again although others did lasts; what is new does not.
     ((30, 0, 0, 0), (3, 1, 0, 0), [True, False, False, False]),
     ((30, 0, 0, 0), (3, 0.5, 0, 0), [True, True, False, False]),
     ((4, 0, 0, 0), (2, 0.1, 9, 9), [True, True, False, False]), ((4, 0, 0, 0), (2, 1, 9, 9), [True] + [False] * 3),
     ((1, 0, 0, 0), (0, 0, 0, 0), [False] * 4), ((0, 0, 3, 0), (5, 5, 2, 0.5), [False, False, True, False])],
)  # fmt: skip
def test_used_up_is_what_its_buyers_take_again_at_least_as_often_as_others_do(seen, expected, used_up):
    told = (np.array(seen, float), np.array(expected, float))
    assert rhythm_of(history((0, INK, 1)), 10, told).used_up.tolist() == used_up


def test_each_customer_has_a_rhythm_of_their_own():
    rhythm = Rhythm(
        np.array([40.0, 400, 40, 40]),
        np.array([8.0, 8, 8, 50]),
        np.array([True, False, True, True]),
        np.array([3, 1, 3, 2]),
    )
    seen = history(
        (0, INK, 0), (0, INK, 2), (0, INK, 4), (0, INK, 6), (1, INK, 0), (1, PRINTER, 3), (1, PRINTER, 8)
    )
    own = rhythm.own(seen, 10)
    # Three gaps of two weeks beside two that are worth eight; of the printer one of five beside two of 400.
    assert own[0, INK] == pytest.approx(np.exp((3 * np.log(2) + 2 * np.log(8)) / 5))
    assert own[1].tolist() == pytest.approx([8, np.exp((np.log(5) + 2 * np.log(400)) / 3), 8, 40])
    assert own[2].tolist() == pytest.approx([8, 400, 8, 40])
    assert rhythm.rests(own)[2].tolist() == pytest.approx([8 * USED_UP_RESTS, 400 * RESTS, 4, 20])
    who, what = np.array([0, 1, 1, 2]), np.array([INK, INK, PRINTER, PAPER])
    some = rhythm.own_of(seen, 10, who, what)
    assert some[[0, 1, 3]] == pytest.approx(own[who, what][[0, 1, 3]])
    assert np.isnan(some[2]), "of what lasts no rhythm is told"
    hardly = rhythm.own_of(seen, 10, np.array([1, 2]), np.array([3, 3]))
    assert np.isnan(hardly).all(), "nor of what was bought again twice in all: that would be the category's"
    # As of week five only one gap was seen of it.
    assert rhythm.own(seen, 5)[0, INK] == pytest.approx(np.exp((2 * np.log(2) + 2 * np.log(8)) / 4))


def test_overdue_is_told_in_own_gaps():
    own = np.full((1, GROUPS), 8.0, np.float32)
    assert overdue(weeks(ink=24, paper=4), own).tolist() == [[3, 0, 0.5, 0]]
    assert over_after(np.array([10.0, 1.0])).tolist() == [10 * LAPSED, 4 * LAPSED]
