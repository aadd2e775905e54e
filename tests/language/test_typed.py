"""Numbers are read as people of a language type them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.language import decimal, speaking
from passend.language.typed import plain_number, typed_number


@pytest.mark.parametrize(
    ("typed", "german", "english"),
    [
        ("0,30", "0.3", "0.3"), ("0.32", "0.32", "0.32"), ("30 %", "0.3", "0.3"), ("10%", "0.1", "0.1"),
        ("1.250", "1250", "1.25"), ("1,250", "1.25", "1250"), ("1.124,50", "1124.5", "1124.5"),
        ("1,124.50", "1124.5", "1124.5"), ("1.250.000", "1250000", "1250000"), ("1 250", "1250", "1250"),
        ("12,5\N{NO-BREAK SPACE}%", "0.125", "0.125"), ("\N{MINUS SIGN}3", "-3", "-3"), ("0.125", "0.125", "0.125"),
        (",5", "0.5", "0.5"), ("1e-6", "0.000001", "0.000001"), ("500", "500", "500"), ("0", "0", "0"),
    ],
)  # fmt: skip
def test_a_number_is_read_in_the_language_that_is_spoken(typed: str, german: str, english: str) -> None:
    with speaking("de"):
        assert plain_number(typed) == german
    with speaking("en"):
        assert plain_number(typed) == english


@pytest.mark.parametrize(
    "typed", ["", "x", "1,2,3", "1.2.3", "12.34,5.6", "1..2", "%", "3 EUR", "--1", "nan", "inf"]
)
def test_what_is_no_number_stays_as_it_was_typed(typed: str) -> None:
    for language in ("de", "en"):
        with speaking(language):
            assert typed_number(typed) is None
            assert plain_number(typed) == typed


@given(st.decimals(-(10**9), 10**9, places=3), st.sampled_from(["de", "en"]))
def test_what_a_language_writes_it_reads(number: Decimal, language: str) -> None:
    with speaking(language):
        assert typed_number(decimal(float(number), 3)) == number
