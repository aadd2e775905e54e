"""Each check of a comparison, on figures that can be reckoned by hand: what it tells, and what it leaves in peace."""

from dataclasses import fields
from datetime import datetime, timedelta

import numpy as np
import pytest
from scipy.stats import binom

from passend.language import retold, speaking
from passend.results.buying import buying
from passend.results.drawing import drawing, sample_ratio
from passend.results.evidence import Doubled, Evidence, OrderDays
from passend.results.figures import Arms
from passend.results.health import findings
from passend.results.moments import Moments
from passend.results.tally import Tally

WEEKS = 4
MONDAY = np.datetime64("2026-01-05")
START = datetime(2026, 1, 5)


def tally(**given):
    """A sound campaign: 900 treated and 100 held out in each of four weeks, nothing bought."""
    values = {field.name: np.zeros((WEEKS, 2)) for field in fields(Tally)}
    values |= {
        "people": np.tile([900.0, 100.0], (WEEKS, 1)), "closed": np.tile([900.0, 100.0], (WEEKS, 1)),
        "least_chance": np.nan, "most_chance": np.nan, "weeks": MONDAY + 7 * np.arange(WEEKS),
        # Wednesday noon on average, give or take two days and three hours.
        "days": np.tile([900 * 2.5, 100 * 2.5], (WEEKS, 1)),
        "days_squares": np.tile([900 * 10.25, 100 * 10.25], (WEEKS, 1)),
        "hours": np.tile([900 * 12.0, 100 * 12.0], (WEEKS, 1)),
        "hours_squares": np.tile([900 * 153.0, 100 * 153.0], (WEEKS, 1)),
    }  # fmt: skip
    return Tally(**{**values, **{name: np.asarray(value) for name, value in given.items()}})


def arms(people=(3600, 400), active=(360, 40), total=(36_000.0, 4_000.0), **more):
    sides = [
        Moments(*(np.asarray(float(one)) for one in (n, buyers, sum_, sum_ * 100, 0, 0, 0)))
        for n, buyers, sum_ in zip(people, active, total, strict=True)
    ]
    return Arms(*sides, **more)


def told(check, **given):
    """The findings of this name, each with whether it is grave."""
    evidence = Evidence(
        **{"tally": tally(), "uncapped": arms(), "first_at": START, "last_at": START, **given}
    )
    found = [one for one in findings(evidence) if one.check == check]
    for one in found:  # nobody is to read English among German
        with speaking("de"):
            assert retold(one.says) != one.says
    return [one.is_grave for one in found]


def days(first, orders):
    begin = np.datetime64(first)
    return OrderDays(begin + np.arange(len(orders)), np.asarray(orders, dtype=float))


def test_a_sound_campaign_has_no_finding():
    assert findings(Evidence(tally(contacted=np.tile([900.0, 0.0], (WEEKS, 1))), arms())) == []


def test_the_sample_ratio_is_the_binomial_chance():
    # 160 customers, each treated with .95: nineteen held out where eight are expected.
    exact = 2 * binom.cdf(141, 160, 0.95)
    assert sample_ratio(141, 160, 152, 160 * 0.95 * 0.05) == pytest.approx(exact, rel=1e-9)
    assert 8e-4 < exact < 9e-4  # chi-square says 7e-5: an alarm where none is due
    assert sample_ratio(152, 160, 152, 160 * 0.95 * 0.05) == 1.0
    assert sample_ratio(160, 160, 152, 160 * 0.95 * 0.05) == pytest.approx(2 * 0.95**160, rel=1e-9)
    assert sample_ratio(3, 160, 152, 160 * 0.95 * 0.05) < 1e-100


def test_the_customers_of_the_odd_week_are_told():
    drawn = np.array([[900, 100], [900, 100], [900, 40], [900, 100]], float)
    chances = 0.9 * drawn
    given = tally(with_chance=drawn, chances=chances, chance_variance=0.09 * drawn)
    says = [one.says for one in findings(Evidence(given, arms())) if one.check == "sample ratio"]
    assert says[0].startswith(
        "900 of 940 eligible customers are in the treated arm in one week, 846 were expected"
    )
    assert told("sample ratio", tally=given) == [True]


def test_chances_that_differ_scatter_less_than_equal_ones():
    # Half with .5, half with .9.
    assert sample_ratio(120, 200, 140, 100 * 0.25 + 100 * 0.09) < 2 * binom.cdf(120, 200, 0.7)


def test_shares_by_week_without_chances():
    changed = [[900, 100], [900, 100], [800, 200], [800, 200]]
    assert told("changed shares", tally=tally(people=np.array(changed, float))) == [True]
    # 11.5 of a hundred instead of 10 is certain among so many, and makes no difference.
    slight = np.array([[90_000, 10_000], [88_500, 11_500]] * 2, float)
    assert told("changed shares", tally=tally(people=slight)) == []


def test_days_between_the_arms():
    later = tally(days=np.tile([900 * 4.5, 100 * 2.5], (WEEKS, 1)),
                  days_squares=np.tile([900 * 24.25, 100 * 10.25], (WEEKS, 1)))  # fmt: skip
    assert told("shifted clock", tally=later) == [True]


def test_hours_between_the_arms():
    for hours, is_told in ((9.0, [True]), (11.5, [])):  # half an hour is no time zone
        other = tally(hours=np.tile([900 * 12.0, 100 * hours], (WEEKS, 1)),
                      hours_squares=np.tile([900 * 153.0, 100 * (hours**2 + 9)], (WEEKS, 1)))  # fmt: skip
        assert told("shifted clock", tally=other) == is_told


def test_a_batch_that_always_starts_at_nine_is_no_shift():
    same = tally(hours=np.tile([900 * 9.0, 100 * 9.0], (WEEKS, 1)),
                 hours_squares=np.tile([900 * 81.0, 100 * 81.0], (WEEKS, 1)))  # fmt: skip
    assert told("shifted clock", tally=same) == []


def channels(post, email):
    return {
        ("channel", "post"): arms(people=post),
        ("channel", "email"): arms(people=email),
        ("channel", "any"): arms(people=(300, 0)),
    }


def test_channels_of_the_arms():
    assert told("unlike channels", groups=channels((900, 200), (2700, 200))) == [True]
    assert told("unlike channels", groups=channels((900, 100), (2700, 300))) == []
    # Would-be contacts without a channel tell nothing.
    assert told("unlike channels", groups=channels((900, 40), (2700, 10))) == []


def test_contacts_before_eligibility():
    exposed = np.tile([800.0, 90.0], (WEEKS, 1))
    few, many = np.zeros((WEEKS, 2)), np.zeros((WEEKS, 2))
    few[0, 0], many[0, 0] = 3, 100
    contacted = np.tile([800.0, 0.0], (WEEKS, 1))
    assert told("contact too early", tally=tally(exposed=exposed, contacted=contacted, too_early=few)) == [
        False
    ]
    assert told("contact too early", tally=tally(exposed=exposed, contacted=contacted, too_early=many)) == [
        True
    ]


@pytest.mark.parametrize(("unsent", "is_told"), [(8.0, []), (40.0, [False]), (200.0, [True])])
def test_contacts_that_were_not_sent(unsent, is_told):
    exposed = np.tile([800.0, 90.0], (WEEKS, 1))
    given = tally(exposed=exposed, contacted=exposed, unsent=np.tile([unsent, 90.0], (WEEKS, 1)))
    assert told("not sent", tally=given) == is_told


def test_nothing_sent_at_all():
    assert told("not sent") == [True]


def test_an_arm_without_outcomes():
    assert told("no outcomes", uncapped=arms(active=(360, 0), total=(36_000, 0))) == [True]
    # Of 400, eighteen would have bought: none is odd, but an offer may have brought most of them.
    assert told("no outcomes", uncapped=arms(active=(162, 0), total=(16_200, 0))) == []


def test_nobody_with_outcomes():
    nobody = arms(active=(0, 0), total=(0.0, 0.0))
    before = tally(bought_before=np.tile([270.0, 30.0], (WEEKS, 1)))
    assert told("no outcomes", uncapped=nobody, tally=before) == [True]
    assert told("no outcomes", uncapped=nobody, calendar=days("2025-11-01", [9] * 90)) == [True]
    # A campaign of which no window is closed yet, and one for 40 strangers.
    still = tally(bought_before=before.bought_before, closed=np.zeros((WEEKS, 2)))
    assert told("no outcomes", uncapped=nobody, tally=still) == []
    strangers = arms(people=(36, 4), active=(0, 0), total=(0.0, 0.0))
    assert told("no outcomes", uncapped=strangers, calendar=days("2025-11-01", [9] * 90)) == []


def late_orders(early, late):
    """Orders by week, each by a customer of its own."""
    early, late = (np.tile(np.asarray(one, float), (WEEKS, 1)) for one in (early, late))
    return tally(early=early, late=late, early_squares=early, late_squares=late)


def test_late_orders_of_one_arm():
    assert told("truncation", tally=late_orders((90, 10), (90, 1))) == [True]


def test_an_effect_that_wears_off_is_no_fault():
    assert told("truncation", tally=late_orders((360, 20), (180, 20))) == []


@pytest.mark.parametrize(("held_out", "is_told"), [([2] * 20 + [0] * 21 + [2] * 20, [True]), ([2] * 61, [])])
def test_weeks_that_one_arm_lacks(held_out, is_told):
    window = days("2026-01-05", [20] * 61), days("2026-01-05", held_out)
    assert told("gap", tally=late_orders((150, 10), (150, 10)), days=window) == is_told


def test_an_arm_with_half_its_orders_for_a_week_lacks_none():
    window = days("2026-01-05", [20] * 61), days("2026-01-05", [6] * 27 + [3] * 7 + [6] * 27)
    assert told("gap", tally=late_orders((150, 10), (150, 10)), days=window) == []


def calendar(first, *stretches):
    """Days with and without orders: how many days, how many orders a day."""
    orders = np.concatenate([np.full(length, float(number)) for length, number in stretches])
    every = days(first, orders)
    return OrderDays(every.days[orders > 0], orders[orders > 0])


@pytest.mark.parametrize(
    ("stretches", "is_told"),
    [
        (((80, 10), (14, 0), (30, 10)), [False]),  # within the windows
        (((20, 10), (14, 0), (90, 10)), []),  # before them
        (((80, 10), (4, 0), (40, 10)), []),  # a holiday
        (((40, 10), (10, 0), (30, 10), (14, 0), (30, 10)), []),  # the shop rests like that
        (((80, 1), (14, 0), (30, 1)), []),  # it hardly sells anything
        (((90, 10), (34, 0)), [False]),  # up to the end of the data
    ],
)
def test_days_without_any_order(stretches, is_told):
    first = START - timedelta(days=60)
    ends = START + timedelta(days=64)
    given = {"calendar": calendar(f"{first:%Y-%m-%d}", *stretches), "as_of": ends}
    assert told("gap", last_at=START + timedelta(days=25), **given) == is_told


def spend(treated, held_out, buyers=50):
    """Fifty buyers an arm and week; amounts scatter by a factor of e."""
    logs = np.log([treated, held_out])
    return tally(
        spenders=np.full((WEEKS, 2), float(buyers)), log_spend=np.tile(buyers * logs, (WEEKS, 1)),
        log_squares=np.tile(buyers * (logs**2 + 1), (WEEKS, 1)),
    )  # fmt: skip


def test_amounts_in_another_unit():
    assert told("unlike amounts", tally=spend(5000.0, 50.0)) == [True]
    assert told("unlike amounts", tally=spend(150.0, 50.0)) == []
    assert told("unlike amounts", tally=spend(5000.0, 50.0, buyers=1)) == []


def test_lines_that_stand_twice():
    assert told("doubled lines", doubled=Doubled("", START, 40, 38)) == [True]
    assert told("doubled lines", doubled=Doubled("held-out", START, 40, 38)) == [True]


def test_one_customer_who_lost_much():
    assert told("outliers", uncapped=arms(total=(36_000.0, -1_000.0), smallest=(0.0, -5_000.0))) == [False]
    assert told("outliers", uncapped=arms(total=(36_000.0, 3_500.0), smallest=(0.0, -500.0))) == []


def test_one_customer_who_orders_all_the_time():
    assert told("outliers", orders=arms(total=(400.0, 90.0), largest=(5.0, 45.0))) == [False]
    # A quarter of few orders is a good customer.
    assert told("outliers", orders=arms(active=(360, 9), total=(400.0, 12.0), largest=(5.0, 4.0))) == []


def test_the_checks_are_those_of_their_files():
    evidence = Evidence(tally(), arms(active=(360, 0), total=(36_000, 0)))
    assert drawing(evidence) == []
    assert [one.check for one in buying(evidence)] == ["no outcomes"]
