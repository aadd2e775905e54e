"""When a plan says that its data are old."""

from datetime import datetime, timedelta

import pytest

from passend.flow.data_age import days_old

NOW = datetime(2026, 11, 30, 12)


@pytest.mark.parametrize(("days", "told"), [(0, 0), (60, 0), (61, 61), (335, 335), (-3, 0)])
def test_only_old_data_are_told(days, told):
    assert days_old(NOW - timedelta(days=days), NOW) == told


def test_data_without_dates_have_no_age():
    assert days_old(None, NOW) == 0
