"""What comes after what was bought, by hand: what rests, its like, and what is hardly ever wanted."""

import numpy as np
import pytest

from passend.decisions.knowledge.follow_ups import LAGS, FollowUps, met_lately
from passend.decisions.knowledge.history import NEVER, History
from passend.decisions.knowledge.needs import Needs, learn_needs
from passend.decisions.knowledge.rhythm import RESTS, Rhythm

INK, PRINTER, PAPER, CANDLE = range(4)
GROUPS = 4


def follow_ups(*lifts, seen=0.0, expected=0.0):
    """By chance nothing follows anything; ``lifts``: lag, bought, wanted, log of the strength."""
    found = FollowUps(
        np.zeros((len(LAGS), GROUPS, GROUPS), np.float32),
        np.full((len(LAGS), GROUPS, GROUPS), seen, np.float32),
        np.full((len(LAGS), GROUPS, GROUPS), expected, np.float32),
        np.ones((len(LAGS), GROUPS, GROUPS), np.float32),
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


def lasting(weeks):
    """Things that last and are bought again after so many weeks."""
    weeks = np.broadcast_to(np.asarray(weeks, float), (GROUPS,))
    return Rhythm(weeks, weeks, np.zeros(GROUPS, bool), np.zeros(GROUPS, int))


def sated(found, last, rhythm, like):
    return found.sated(last, rhythm, (RESTS * rhythm.wait)[None, :].astype(np.float32), like)


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
    needs = Needs(None, found, lasting(4.0))
    like = np.zeros((GROUPS, GROUPS), bool)
    bought = [(0, INK, 6), (1, INK, 6)]
    seen = history(*bought, looks=[(1, PRINTER, 3), (0, PRINTER, 10)])
    assert needs.sated(seen, 10, like)[:, PRINTER].tolist() == [True, False, False]


def test_what_was_bought_rests_for_a_quarter_of_its_wait():
    rhythm = lasting([40.0, 8.0, 8.0, 8.0])
    found = follow_ups()
    like = np.ones((GROUPS, GROUPS), bool)
    assert sated(found, weeks(ink=9.9), rhythm, like).tolist() == [[True, True, True, True]], "and its like"
    assert sated(found, weeks(ink=9.9), rhythm, ~like).tolist() == [[True, False, False, False]]
    assert not sated(found, weeks(ink=10), rhythm, like).any()
    # What runs out soon rules out itself alone, as does what is used up however long it takes.
    assert sated(found, weeks(printer=1.9), rhythm, like).tolist() == [[False, True, False, False]]
    used_up = Rhythm(rhythm.wait, rhythm.gap, np.ones(GROUPS, bool), rhythm.again)
    assert sated(found, weeks(ink=9.9), used_up, like).tolist() == [[True, False, False, False]]


@pytest.mark.parametrize(("wait", "rests"), [(26.0, True), (25.9, False)])
def test_what_lasts_half_a_year_rules_out_its_like_unless_that_is_wanted_after_it(wait, rests):
    like = np.zeros((GROUPS, GROUPS), bool)
    like[INK, [PRINTER, PAPER]] = True
    found = follow_ups((1, INK, PAPER, np.log(1.25)), (1, INK, PRINTER, np.log(1.15)))
    assert sated(found, weeks(ink=4), lasting(wait), like).tolist() == [[True, rests, False, False]]


def test_lifts_of_what_they_have_highest_and_together_beside_their_own():
    found = follow_ups((1, INK, PRINTER, 0.5), (1, PAPER, PRINTER, 0.3), (1, INK, CANDLE, 0.05), (1, INK, INK, -0.7),
                       (1, PAPER, INK, -0.4), (0, INK, PRINTER, 9.0))  # fmt: skip
    best, both, again = found.after(weeks(ink=4, paper=4), np.ones(GROUPS, bool))
    assert best[0] == pytest.approx([0, 0.5, 0, 0.05])
    assert both[0] == pytest.approx([-0.4, 0.8, 0, 0]), "what hardly matters is left out of the sum"
    assert again[0] == pytest.approx([-0.7, 0, 0, 0])


def test_what_lasts_calls_for_its_ink_after_years_and_what_is_used_up_does_not():
    found = follow_ups((len(LAGS) - 1, PRINTER, INK, 0.9))
    for used_up, lift in ((False, 0.9), (True, 0.0)):
        best, both, _ = found.after(weeks(printer=60), np.full(GROUPS, used_up))
        assert (best[0, INK], both[0, INK]) == pytest.approx((lift, lift))


def test_thin_follow_ups_at_many_lags_tell_what_goes_with_what():
    """One printer owner in ten takes ink in any of many weeks: at each lag it is next to nothing."""
    random = np.random.default_rng(1)
    rows = [(who, PRINTER, int(random.integers(100))) for who in range(60)]
    rows += [(who, INK, week + int(random.integers(3, 90))) for who, _, week in rows[:18]]
    rows += [(who, CANDLE, int(random.integers(100))) for who in range(60, 400) for _ in range(3)]
    rows += [(who, PAPER, int(random.integers(100))) for who in range(60, 120)]
    seen = history(*(row for row in rows if row[2] < 100), customers=400, shelf=(0, 1, 2, 3))
    lifts = learn_needs(seen, 100).follow_ups.lifts
    assert (lifts[1:, PRINTER, INK] > np.log(1.5)).all()
    assert (lifts[1:, PRINTER, INK] > lifts[1:, PAPER, INK]).all()


def test_a_taste_for_one_category_rules_out_the_other_before_its_products_tell():
    """Tea drinkers buy no coffee: each pair is thin, the categories are not."""
    teas, coffees = range(6), range(6, 12)
    random = np.random.default_rng(2)
    rows = [
        (who, int(random.choice(teas if who % 2 else coffees)), int(random.integers(90)))
        for who in range(300) for _ in range(4)
    ]  # fmt: skip
    seen = history(*rows, customers=301, shelf=(0,) * 6 + (1,) * 6)
    found = learn_needs(seen, 90).follow_ups
    last = seen.last_bought(90)
    tea = np.flatnonzero((np.arange(301) % 2 == 1) & (np.arange(301) < 300))
    unwanted = found.unwanted(last)
    assert found.kinds[2:, 0, 6].max() < 1 / 3
    assert (found.kinds[:, 0, 1] == 1).all()
    assert unwanted[np.ix_(tea, list(coffees))].mean() > 0.95
    # Another tea is a matter of taste within the category.
    assert unwanted[np.ix_(tea, list(teas))].mean() < 0.05
    assert not unwanted[300].any()


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
