from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.errors import InvalidSetting
from passend.intake.times import (
    DATE_IMPOSSIBLE,
    DATE_UNREADABLE,
    YEAR_ABSURD,
    date_order,
    parse_time,
    parse_times,
    zone_named,
)

FORMS = {
    "%Y-%m-%d %H:%M:%S": "day-first",
    "%Y-%m-%dT%H:%M:%SZ": "day-first",
    "%d.%m.%Y %H:%M:%S": "day-first",
    "%d/%m/%Y %H:%M:%S": "day-first",
    "%m/%d/%Y %I:%M:%S %p": "month-first",
    "%Y/%m/%d %H:%M:%S": "day-first",
    "%Y%m%d%H%M%S": "day-first",
    "%d %B %Y %H:%M:%S": "day-first",
    "%b %d, %Y %H:%M:%S": "day-first",
    "%d-%b-%Y, %H:%M:%S": "day-first",
}


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("2009-12-01 07:45:00", "iso", datetime(2009, 12, 1, 7, 45)),
        ("2009-12-01T07:45:00.123Z", "iso", datetime(2009, 12, 1, 7, 45, 0, 123000)),
        ("2009-12-01T07:45+02:00", "iso", datetime(2009, 12, 1, 5, 45)),
        ("2013-11-01 10:00:00 -0400", "iso", datetime(2013, 11, 1, 14)),
        ("01.12.2010", "day-first", datetime(2010, 12, 1)),
        ("1.12.10", "day-first", datetime(2010, 12, 1)),
        ("01.12.2010, 14:05 Uhr", "day-first", datetime(2010, 12, 1, 14, 5)),
        ("12/1/2010 8:26", "month-first", datetime(2010, 12, 1, 8, 26)),
        ("12/1/2010 8:26 PM", "month-first", datetime(2010, 12, 1, 20, 26)),
        ("12/1/2010 12:05 am", "month-first", datetime(2010, 12, 1, 0, 5)),
        ("2010/12/01", "iso", datetime(2010, 12, 1)),
        ("20101201", "iso", datetime(2010, 12, 1)),
        ("3 May 2011", "iso", datetime(2011, 5, 3)),
        ("3. Mai 2011 14:05", "iso", datetime(2011, 5, 3, 14, 5)),
        ("3. März 2011", "iso", datetime(2011, 3, 3)),
        ("Dec 1, 2010", "iso", datetime(2010, 12, 1)),
        ("Tue, 03 May 2011 10:00", "iso", datetime(2011, 5, 3, 10)),
        ("1291190400", "iso", datetime(2010, 12, 1, 8)),
        ("1291190400000", "iso", datetime(2010, 12, 1, 8)),
        ("40513.5", "iso", datetime(2010, 12, 1, 12)),
    ],
)
def test_dates_as_files_hold_them(text, order, moment):
    assert parse_time(text, order) == moment


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("31.02.2010", DATE_IMPOSSIBLE),
        ("13/13/2010", DATE_IMPOSSIBLE),
        ("2010-12-01 25:00", DATE_IMPOSSIBLE),
        ("01.01.1950", YEAR_ABSURD),
        ("2150-01-01", YEAR_ABSURD),
        ("0000-00-00", YEAR_ABSURD),
        ("soon", DATE_UNREADABLE),
        ("85048", DATE_UNREADABLE),
        ("3 Smarch 2011", DATE_UNREADABLE),
        ("", DATE_UNREADABLE),
    ],
)
def test_what_is_no_date_says_why(text, problem):
    assert parse_time(text) == problem


@pytest.mark.parametrize(
    ("texts", "order", "ambiguous"),
    [
        (["2010-12-01", "3 May 2011"], "iso", False),
        (["05/03/2011", "25/03/2011"], "day-first", False),
        (["05/03/2011", "03/25/2011"], "month-first", False),
        (["05.03.2011"], "day-first", False),
        (["05/03/2011", "01/02/2011"], "day-first", True),
        (["25/03/2011", "26/03/2011", "03/25/2011"], "day-first", True),
        ([], "iso", False),
    ],
)
def test_the_order_of_day_and_month_is_proven_or_assumed(texts, order, ambiguous):
    found = date_order(texts)
    assert (found.order, found.ambiguous) == (order, ambiguous)


def test_local_times_become_utc():
    berlin = zone_named("Europe/Berlin")
    assert parse_time("01.07.2011 12:00", "day-first", berlin) == datetime(2011, 7, 1, 10)
    assert parse_time("2011-07-01T12:00:00Z", "iso", berlin) == datetime(2011, 7, 1, 12)
    with pytest.raises(InvalidSetting, match="no time zone"):
        zone_named("Europe/Atlantis")


def test_columns_of_any_type():
    texts = parse_times(pa.array(["2011-05-03", "", None, "32.01.2011"]), "day-first", zone_named("UTC"))
    assert texts.values.to_pylist() == [datetime(2011, 5, 3), None, None, None]
    assert texts.problem.to_pylist() == [None, None, None, DATE_IMPOSSIBLE]
    days = parse_times(pa.array([date(2011, 5, 3), None]), "iso", zone_named("Europe/Berlin"))
    assert days.values.to_pylist() == [datetime(2011, 5, 2, 22), None]
    zoned = pa.array(
        [datetime(2011, 5, 3, 12, tzinfo=ZoneInfo("Europe/Berlin"))], pa.timestamp("ms", "Europe/Berlin")
    )
    assert parse_times(zoned, "iso", zone_named("America/New_York")).values.to_pylist() == [
        datetime(2011, 5, 3, 10)
    ]


@given(st.datetimes(datetime(1970, 1, 2), datetime(2068, 12, 30)), st.sampled_from(sorted(FORMS)))
def test_reading_undoes_writing(moment, form):
    moment = moment.replace(microsecond=0)
    assert parse_time(moment.strftime(form), FORMS[form]) == moment


@given(st.datetimes(datetime(1971, 1, 1), datetime(2099, 12, 30)), st.integers(-14, 14))
def test_offsets_are_taken_off(moment, hours):
    zoned = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert parse_time(zoned.isoformat()) == moment - timedelta(hours=hours)


@given(
    st.text(max_size=25)
    | st.from_regex(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}( [0-9:]{1,8})?", fullmatch=True)
)
def test_any_text_is_a_time_in_range_or_a_sentence(text):
    for order in ("day-first", "month-first"):
        found = parse_time(text, order)
        if isinstance(found, str):
            assert found in {DATE_UNREADABLE, DATE_IMPOSSIBLE, YEAR_ABSURD}
        else:
            assert 1969 <= found.year <= 2101
