"""The guard stops what annoys, and leaves small sends alone; warming up goes one step a day."""

from datetime import datetime, timedelta

import pytest

from passend.channels.email.feedback import Feedback, Kind, given_up
from passend.channels.email.guard import DAY, HOUR, TIERS, Alarm, Counts, alarm, allowed_today

NOW = datetime(2026, 3, 31, 12)


def judged(day: Counts, hour: Counts | None = None) -> str:
    found: Alarm | None = alarm({DAY: day, HOUR: hour or Counts(0)})
    return "" if found is None else ("pause" if found.pauses else "warning")


@pytest.mark.parametrize(
    ("day", "hour", "says"),
    [
        (Counts(1000, 3), None, "pause"),
        (Counts(1000, 2), None, "warning"),
        (Counts(1000, 1), None, ""),
        (Counts(999, 40), None, ""),
        (Counts(12, 1), Counts(12, 1), ""),
        (Counts(100_000, 299), None, "warning"),
        (Counts(100_000, 300), None, "pause"),
        (Counts(100_000, 149), None, ""),
        (Counts(200, 5), Counts(200, 5), "pause"),
        (Counts(200, 4), Counts(200, 4), "warning"),
        (Counts(1000, 0, 100), None, "pause"),
        (Counts(1000, 0, 50), None, "warning"),
        (Counts(1000, 0, 49), None, ""),
        (Counts(20, 0, 4), Counts(20, 0, 4), ""),
        (Counts(50, 0, 5), Counts(50, 0, 5), "pause"),
    ],
)
def test_the_marks_are_those_of_the_mail_providers(day: Counts, hour: Counts | None, says: str):
    assert judged(day, hour) == says


def test_the_reason_is_told_with_its_figures():
    found = alarm({DAY: Counts(2000, 9)})
    assert found
    assert found.says == "complaints within a day: 9 of 2,000 messages, allowed are 0.3%"


def test_warming_up_goes_one_step_for_each_day_that_was_used():
    assert allowed_today([]) == TIERS[0]
    assert allowed_today([Counts(50)]) == TIERS[0]
    assert allowed_today([Counts(200), Counts(500)]) == TIERS[2]
    assert allowed_today([Counts(tier) for tier in TIERS]) is None
    assert allowed_today([Counts(200), Counts(500), Counts(1000, 9)]) == TIERS[1]
    assert allowed_today([Counts(200), Counts(500), *[None] * 30]) == TIERS[1]
    assert allowed_today([Counts(200), Counts(500), *[None] * 29]) == TIERS[2]


def soft(days_ago: int, kind: Kind = Kind.SOFT, hours: int = 0) -> Feedback:
    return Feedback(kind, "kim@example.org", NOW - timedelta(days=days_ago, hours=hours))


def test_a_mailbox_is_given_up_after_soft_bounces_on_different_days():
    assert len(given_up([soft(day) for day in (1, 5, 9, 12)], NOW)) == 4
    assert not given_up([soft(day) for day in (1, 5, 9)], NOW)
    assert not given_up([soft(1, hours=hour) for hour in range(10)], NOW)
    assert not given_up([soft(day) for day in (1, 2, 3, 4)], NOW)
    assert not given_up([soft(1), soft(5), soft(7, Kind.DELIVERED), soft(9), soft(12)], NOW)
    assert not given_up([soft(1), soft(5), soft(9), soft(40)], NOW)
