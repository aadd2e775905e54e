"""What is read a column at once is what the careful ways read text by text."""

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.intake.numbers import parse_number
from passend.intake.plain_values import is_quiet, lengths_of, plain_numbers, plain_times
from passend.intake.texts import BLANKS, emptied, is_blank
from passend.intake.times import parse_time

_NUMBERS = st.one_of(
    st.sampled_from(["", "0", "-0", "5.", ".5", "1.234", "1,234", "12,50", "1.2.3", "--", "-", "1-2", "9" * 400]),
    st.decimals(-1_000_000, 1_000_000, places=2).map(str),
    st.text("0123456789.,-", max_size=6),
)  # fmt: skip


@given(texts=st.lists(_NUMBERS, max_size=8), decimal=st.sampled_from([".", ",", ""]))
def test_plain_numbers_are_those_of_the_careful_way_or_none_at_all(texts, decimal):
    found = plain_numbers(pa.array(texts, pa.string()), decimal)
    if found is not None:
        careful = [parse_number(text, decimal) for text in texts]
        assert found.to_pylist() == [number.value if number else None for number in careful]
        assert all(number is not None for number, text in zip(careful, texts, strict=True) if text)


def test_plain_numbers_are_read():
    assert plain_numbers(pa.array(["12", "", None, "-3.50"]), ".").to_pylist() == [12, None, None, -3.5]
    assert plain_numbers(pa.array(["1234,50", "7"]), ",").to_pylist() == [1234.5, 7]
    assert plain_numbers(pa.array(["1234,50", "1.234,50"]), ",") is None
    assert plain_numbers(pa.array(["9" * 400]), ".") is None


_SAID = st.one_of(
    st.sampled_from(sorted(BLANKS)).map(str.upper), st.text(max_size=9), st.text(" \u00a0-nul", max_size=9)
)


@given(
    texts=st.lists(
        st.none() | st.tuples(st.sampled_from(["", " ", "\u00a0\t"]), _SAID).map("".join), max_size=6
    )
)
def test_what_says_nothing_is_emptied_and_all_else_is_left_alone(texts):
    assert emptied(pa.array(texts, pa.string())).to_pylist() == [
        None if is_blank(text) else text for text in texts
    ]


_TIMES = [
    "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%SZ", "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%d %H:%M:%S%z",
]  # fmt: skip


@given(
    moment=st.datetimes(datetime(1969, 1, 1), datetime(2101, 1, 1)),
    form=st.sampled_from(_TIMES),
    hours=st.integers(-12, 14),
    spoilt=st.none() | st.tuples(st.integers(0, 24), st.sampled_from("0139-:+ ZT.")),
)
def test_iso_times_are_those_of_the_careful_way_or_not_read(moment, form, hours, spoilt):
    text = moment.replace(tzinfo=timezone(timedelta(hours=hours))).strftime(form)
    if spoilt:
        text = text[: spoilt[0]] + spoilt[1] + text[spoilt[0] + 1 :]
    values, read = plain_times(pa.array(["", text]), utc=True)
    assert not read[0]
    if read[1]:
        assert values[1].as_py() == parse_time(text, "day-first", UTC)
    elif not spoilt:
        assert not 1970 <= moment.year <= 2100


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31)),
        ("2026-01-31 10:00", datetime(2026, 1, 31, 10)),
        ("2026-01-31T10:00:05Z", datetime(2026, 1, 31, 10, 0, 5)),
        ("2026-01-31 10:00:05+01", datetime(2026, 1, 31, 9, 0, 5)),
        ("2026-01-31 10:00:05-0130", datetime(2026, 1, 31, 11, 30, 5)),
        ("2026-01-31 10:00:05 +0100", datetime(2026, 1, 31, 9, 0, 5)),
        ("2026-01-31 10:00:05+01:30", datetime(2026, 1, 31, 8, 30, 5)),
        ("2026-02-29", None),
        ("2026-01-31 24:00", None),
        ("2026-01-31 10:00:05 CET ", None),
    ],
)
def test_iso_times_are_read_at_once(text, moment):
    assert plain_times(pa.array([text]), utc=True)[0][0].as_py() == moment


def test_times_without_a_zone_wait_where_the_shop_is_not_in_utc():
    _, read = plain_times(pa.array(["2026-01-31 10:00", "2026-01-31 10:00:00Z"]), utc=False)
    assert read.tolist() == [False, True]


def test_a_part_of_a_column_is_looked_at_alone():
    texts = pa.array(["a b", "cd", None, "e\u00e4"]).slice(1, 2)
    assert is_quiet(texts)
    assert lengths_of(texts).tolist() == [2, 0]
    assert not is_quiet(pa.array(["a b"]))
    assert is_quiet(pa.array(["a b"]), spaces=True)
    assert not is_quiet(pa.array(["e\u00e4"]), spaces=True)
    assert not is_quiet(pa.array(["'=1"]))
