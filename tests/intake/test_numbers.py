import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.intake.numbers import Number, currency_code, decimal_separator, parse_number, parse_numbers


@pytest.mark.parametrize(
    ("text", "decimal", "value", "currency"),
    [
        ("12", ".", 12, ""),
        ("-3.50", ".", -3.5, ""),
        ("1.234,56", ",", 1234.56, ""),
        ("1,234.56", ".", 1234.56, ""),
        ("1 234,56", ",", 1234.56, ""),
        ("1\u00a0234,56", ",", 1234.56, ""),
        ("1'234.50", ".", 1234.5, ""),
        ("1,23,456.00", ".", 123456, ""),
        ("1.000", ",", 1000, ""),
        ("£2.55", ".", 2.55, "GBP"),
        ("2,55 €", ",", 2.55, "EUR"),
        ("EUR 3.20", ".", 3.2, "EUR"),
        ("3.20usd", ".", 3.2, "USD"),
        ("-£5.00", ".", -5, "GBP"),
        ("£-5.00", ".", -5, "GBP"),
        ("(12.50)", ".", -12.5, ""),
        ("$(5.00)", ".", -5, "USD"),
        ("12-", ".", -12, ""),
        ("\u22125", ".", -5, ""),
        ("1e3", ".", 1000, ""),
        (".5", ".", 0.5, ""),
        ("5.", ".", 5, ""),
        ("12,5", "", 12.5, ""),
        ("1.234.567", "", 1234567, ""),
        ("1.234", "", 1.234, ""),
    ],
)
def test_what_people_write_is_read(text, decimal, value, currency):
    assert parse_number(text, decimal) == Number(value, currency)


def test_per_cent_is_kept_apart():
    assert parse_number("12,5 %", ",") == Number(12.5, percent=True)


@pytest.mark.parametrize(
    ("text", "decimal"),
    [("", "."), ("-", "."), ("abc", "."), ("nan", "."), ("inf", "."), ("1e999", "."), ("1..2", "."), ("2.55",
     ","),
     ("12,5", "."), ("1.23.4", ","), ("--5", "."), ("5 apples", "."), ("٣", "."), ("1_000", "."), ("0x10",
      "."), (".", ".")],
)  # fmt: skip
def test_what_is_no_number_is_refused(text, decimal):
    assert parse_number(text, decimal) is None


@pytest.mark.parametrize(
    ("texts", "separator"),
    [
        (["1,50", "2", "1.234"], ","),
        (["1.50", "1,234"], "."),
        (["1.234,5"], ","),
        (["1.234"], ""),
        (["12", "x"], ""),
        ([], ""),
        (["0.125"], "."),
        (["2,55 €", "1.234,00 €"], ","),
        (["1,234,567"], "."),
    ],
)
def test_the_column_decides_its_separator(texts, separator):
    assert decimal_separator(texts) == separator


def test_one_column_is_read_by_one_rule():
    texts = ["1.234", "2,50", "nichts", None, "", "n/a"]
    found = parse_numbers(pa.array(texts), decimal_separator([text for text in texts if text]))
    assert found.values.to_pylist() == [1234.0, 2.5, None, None, None, None]
    assert found.unreadable.to_pylist() == [False, False, True, False, False, False]


def test_native_numbers_refuse_infinity_and_take_nan_for_nothing():
    found = parse_numbers(pa.array([1.5, math.nan, math.inf, None]), ".")
    assert found.values.to_pylist() == [1.5, None, None, None]
    assert found.unreadable.to_pylist() == [False, False, True, False]


def test_currencies_have_one_code():
    assert [currency_code(text) for text in ("€", "eur", " £ ", "XYZ")] == ["EUR", "EUR", "GBP", "XYZ"]


@given(st.floats(-1e11, 1e11).map(lambda value: round(value, 2)), st.sampled_from([".", ","]), st.booleans())
def test_reading_undoes_writing(value, decimal, grouped):
    text = f"{value:,.2f}" if grouped else f"{value:.2f}"
    if decimal == ",":
        text = text.translate(str.maketrans(".,", ",."))
    assert parse_number(text, decimal).value == pytest.approx(value, abs=0.005)
    assert parse_number(f"{text} €", decimal).currency == "EUR"


@given(st.text(max_size=30), st.sampled_from([".", ",", ""]))
def test_any_text_is_a_finite_number_or_nothing(text, decimal):
    found = parse_number(text, decimal)
    assert found is None or math.isfinite(found.value)
    assert decimal_separator([text]) in {".", ",", ""}
