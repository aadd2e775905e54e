"""Quiet hours and best hours, also on the days on which clocks change."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from passend.campaigns.hours import is_quiet, next_hour, next_open

BERLIN = "Europe/Berlin"
NIGHT = (20 * 60, 8 * 60)


def test_the_night_ends_at_eight_in_the_morning_on_both_changes_of_clocks():
    assert next_open(datetime(2026, 3, 28, 23, 0), NIGHT, BERLIN) == datetime(2026, 3, 29, 6, 0)
    assert next_open(datetime(2026, 10, 24, 23, 0), NIGHT, BERLIN) == datetime(2026, 10, 25, 7, 0)
    assert next_open(datetime(2026, 7, 1, 12, 0), NIGHT, BERLIN) == datetime(2026, 7, 1, 12, 0)


def test_the_best_hour_is_the_local_one():
    assert next_hour(datetime(2026, 7, 1, 12, 0), 9, BERLIN) == datetime(2026, 7, 2, 7, 0)
    assert next_hour(datetime(2026, 7, 1, 7, 20), 9, BERLIN) == datetime(2026, 7, 1, 7, 20)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1)),
    st.integers(0, 1439),
    st.integers(0, 1440),
    st.sampled_from([BERLIN, "UTC", "America/New_York", "Australia/Lord_Howe"]),
)
def test_after_the_next_opening_it_is_never_quiet_and_before_it_always(at, begin, end, zone):
    if begin == end or (begin == 0 and end == 1440):
        return
    quiet = (begin, end)
    opens = next_open(at, quiet, zone)
    assert not is_quiet(opens, quiet, zone)
    assert at <= opens <= at + timedelta(hours=25)
