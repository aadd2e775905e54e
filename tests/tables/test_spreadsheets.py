"""No text of an export runs in a spreadsheet, and what was exported reads as it was."""

import csv
import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.tables.spreadsheets import as_csv, guarded, guarded_text, unguarded, unguarded_text

#: What Excel, LibreOffice and Google Sheets take for the beginning of a formula (OWASP, CSV injection).
FORMULAS = ("=1+1", "+49 30 1", "-5", "@sum(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "'=1")  # noqa: RUF001
texts = st.one_of(st.text(max_size=8), st.text("=+-@'\t\r\n aß1", max_size=6))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_guarded_and_read_as_it_was(text):
    assert guarded_text(text) == f"'{text}"
    assert unguarded_text(guarded_text(text)) == text


@pytest.mark.parametrize("text", ["K1000", "Kaffee = gut", "a-b", "O'Neil", "'s Hertogenbosch", "", "שלום"])
def test_other_texts_stay_as_they_are(text):
    assert guarded_text(text) == unguarded_text(text) == text


@given(st.lists(texts, max_size=4))
def test_every_text_comes_back_and_none_begins_like_a_formula(values):
    column = pa.array(values, pa.string())
    safe = guarded(column)
    assert unguarded(safe).to_pylist() == values
    assert not [text for text in safe.to_pylist() if text.strip()[:1] in {*"=+-@＝＋－＠"} - {""}]  # noqa: RUF001


def test_every_text_cell_is_guarded_and_numbers_are_not():
    table = pa.table({"customer_id": ["@k", "-5"], "name": ["=A1", None], "cents": [-5, 7]})
    rows = list(csv.reader(io.StringIO(as_csv(table).decode())))
    assert rows == [["customer_id", "name", "cents"], ["'@k", "'=A1", "-5"], ["'-5", "", "7"]]
