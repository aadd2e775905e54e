"""Any way of writing a number or an address is one person; what a firm tells apart stays apart."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.intake.identity import aliases, as_written_alike, is_guest, keys_of, written_alike

GUESTS = ["0", "-1", "guest", "gast", "anonymous"]
ADDRESS = "kim.o'hara+shop@example.co.uk"


def written(*rows: tuple[str, str, bool]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(dict(zip(("spelling", "origin", "in_orders"), map(list, columns), strict=True)))


@st.composite
def ways(draw):
    """An address in any letters, with blanks, invisible signs, a name and brackets around it."""
    letters = "".join(draw(st.sampled_from([sign, sign.upper()])) for sign in ADDRESS)
    form = draw(
        st.sampled_from(["{}", "<{}>", "Kim O'Hara <{}>", "mailto:{}", "MAILTO:{}", "\u200b{}", "{}\ufeff"])
    )
    blank = st.text(" \t\u00a0\u2009\r\n", max_size=3)
    return draw(blank) + form.format(letters) + draw(blank)


@given(ways())
def test_every_way_of_writing_an_address_is_the_address(way):
    assert written_alike(way) == ADDRESS


@given(st.text(max_size=12))
def test_writing_alike_is_done_once_and_for_all(text):
    once = written_alike(text)
    assert written_alike(once) == once


@given(st.one_of(st.text(max_size=12), st.text("aB0@<>: '", max_size=8)))
def test_a_column_without_anything_odd_is_written_alike_at_once_with_the_same_result(text):
    among = pa.array([text, "Kim <Kim@Example.com>", "\u00e4"])
    assert as_written_alike(pa.array([text]))[0] == as_written_alike(among)[0]
    assert is_guest(pa.array([text]), GUESTS)[0] == is_guest(among, GUESTS)[0]


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("00815", "00815"),
        ("K 1", "K 1"),
        (" K\u00a01\t", "K 1"),
        ("nan", ""),
        ("-", ""),
        ("\u200b", ""),
        ("\uff21\uff11", "A1"),
    ],
)
def test_numbers_keep_their_zeros_and_letters(text, alike):
    assert written_alike(text) == alike


def test_guests_are_nobody_and_customers_are_somebody():
    nobody = ["0", "00000", "-1", "Guest", "guest@shop.example", "GAST@shop.example", "anonymous"]
    somebody = ["10", "-10", "K0", "guest2@shop.example", "guesthouse", "August", "1", "0x"]
    found = is_guest(as_written_alike(pa.array([*nobody, *somebody, None])), GUESTS).to_pylist()
    assert found == [True] * len(nobody) + [False] * (len(somebody) + 1)


def test_zeros_and_letters_are_linked_and_the_orders_way_stands():
    found = aliases(written(("00815", "a.csv", True), ("815", "product_list", False), ("k1", "b.csv", True),
                            ("K1", "consents", False), ("K2", "a.csv", True)))  # fmt: skip
    assert found == {"815": "00815", "K1": "k1"}


def test_what_one_file_of_orders_tells_apart_stays_apart():
    apart = written(
        ("007", "a.csv", True), ("7", "a.csv", True), ("0007", "consents", False), ("7", "consents", False)
    )
    assert aliases(apart) == {}
    assert aliases(written(("007", "a.csv", True), ("7", "b.csv", True))) == {"7": "007"}


def test_links_and_chains_end_at_one_number():
    rows = written(
        ("00042", "a", True), ("42", "consents", False), ("kim@x.de", "contacts", False), ("9", "a", True)
    )
    found = aliases(rows, {"kim@x.de": "42", "00042": "9"})
    assert found == {"42": "9", "kim@x.de": "9", "00042": "9"}
    assert len(aliases(rows, {"00042": "9", "9": "42"})) == 2, "a circle does not run for ever"


numbers = st.sampled_from(["1", "01", "001", "2", "02", "k", "K", "kim@x.de", "x"])
rows = st.lists(st.tuples(numbers, st.sampled_from(["a", "b", "list"])), max_size=12).map(
    lambda pairs: [(name, origin, origin != "list") for name, origin in pairs]
)


@given(rows, st.randoms())
def test_links_do_not_depend_on_the_order_in_which_rows_came(given_rows, chance):
    found = aliases(written(*given_rows)) if given_rows else {}
    chance.shuffle(given_rows)
    assert (aliases(written(*given_rows)) if given_rows else {}) == found
    assert not set(found.values()) & set(found), "who stands for others stands for itself"
    assert all(keys_of(pa.array(pair)).unique().to_pylist().__len__() == 1 for pair in found.items())
