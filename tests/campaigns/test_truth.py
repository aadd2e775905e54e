"""What a message may claim at the moment it leaves; a former price only as the law allows."""

from datetime import datetime, timedelta

import pytest

from passend.campaigns.truth import Claim, Good, Price, claim, lowest, untrue

NOW = datetime(2026, 6, 30, 12)


def prices(*steps: tuple[int, int]) -> list[Price]:
    """(days ago, cents)."""
    return [Price(NOW - timedelta(days=days), cents) for days, cents in steps]


GOOD = Good("p1", "Kette", 2000, "EUR")


@pytest.mark.parametrize(
    ("steps", "discount", "strike"),
    [
        ([(90, 2000)], 0.1, 2000),
        ([(90, 2500), (10, 2000)], 0.1, 2000),
        ([(90, 1500), (20, 2000)], 0.0, None),
        ([(90, 1500), (20, 2000)], 0.2, None),  # 1,500 was the lowest: 1,600 is no reduction
        ([(90, 1500), (20, 2000)], 0.5, 1500),
        ([(10, 2000)], 0.1, None),  # the history is too short to prove anything
        ([], 0.1, None),
        ([(90, 2500), (10, 2000)], 0.0, 2500),  # the shop's own reduction
        ([(90, 3000), (40, 2500), (5, 2000)], 0.0, 3000),  # lowered step by step: from the first step
        ([(90, 2200), (12, 3000), (10, 2000)], 0.0, 2200),  # raised shortly before: the lowest of 30 days
    ],
)
def test_a_former_price_is_the_lowest_of_thirty_days_before(steps, discount, strike):
    said = claim(GOOD, prices(*steps), discount, NOW)
    assert said
    assert said.strike_cents == strike
    assert said.final_cents == round(2000 * (1 - discount))


def test_no_price_no_claim():
    assert claim(Good("p1"), [], 0.1, NOW) is None
    assert claim(GOOD, [], 0.0, NOW) == Claim(2000, 2000, None)


def test_thirty_days_are_counted_from_the_reduction():
    assert lowest(prices((60, 1000), (31, 2000), (10, 3000)), NOW) == 2000
    assert lowest(prices((60, 1000), (29, 2000), (10, 3000)), NOW) == 1000
    assert lowest(prices((29, 2000)), NOW) is None


@pytest.mark.parametrize(
    ("good", "why"),
    [
        (None, "unknown product"),
        (Good("p", price_cents=1, is_sold=False), "not on sale"),
        (Good("p", price_cents=1, stock=0), "out of stock"),
        (Good("p"), "no price"),
        (Good("p", price_cents=1, stock=1), ""),
        (GOOD, ""),
    ],
)
def test_what_is_no_longer_true_does_not_leave(good, why):
    assert untrue(good, 100) == why
