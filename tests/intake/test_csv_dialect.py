"""The layout of text files as shops and ERP systems export them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.intake.csv_dialect import NONE, sniff
from passend.intake.encodings import ToUtf8, wide_encoding
from passend.intake.headers import header_at, looks_like_header, unique_names

HEADER = ["order", "product", "price"]
ROWS = [["A1", "mug, blue", "1,50"], ["A2", "cup", "12,00"], ["A3", "plate", "3,10"]]


def text(delimiter: str, rows: list[list[str]], quote: str = "") -> str:
    return "".join(delimiter.join(f"{quote}{each}{quote}" for each in row) + "\n" for row in rows)


@pytest.mark.parametrize("delimiter", ["\t", ";", "|", "^", "~", "\x01", "§"])
def test_delimiters(delimiter):
    found = sniff(text(delimiter, [HEADER, *ROWS]))
    assert (found.delimiter, found.columns, found.skip_lines) == (delimiter, ("order", "product", "price"), 1)


@pytest.mark.parametrize("quote", ['"', "'"])
def test_quotes(quote):
    found = sniff(text(",", [HEADER, *ROWS], quote))
    assert (found.delimiter, found.quote, found.width) == (",", quote, 3)


def test_decimal_commas_are_no_delimiter():
    assert sniff("1,5;2,0\n3,5;4,0\n").delimiter == ";"
    assert sniff("preis;menge\n1,5;2,0\n3,5;4,0\n").delimiter == ";"


def test_lists_inside_a_column_are_no_delimiter():
    assert sniff("id,tags,price\n1,a|b,3\n2,c|d,4\n3,a|d,4\n").delimiter == ","


def test_the_hint_of_excel():
    found = sniff("sep=|\nid|name\n1|a;b;c\n2|d;e;f\n")
    assert (found.delimiter, found.columns, found.skip_lines) == ("|", ("id", "name"), 2)
    assert sniff("sep=;\r\n1;2\r\n").skip_lines == 1


def test_titles_above_the_header_are_passed_over_and_kept():
    found = sniff("Sales report\nfrom 1 May to 31 May\n\norder;product;price\n1;A;2\n2;B;3\n")
    assert (found.columns, found.skip_lines) == (("order", "product", "price"), 4)
    assert found.preamble == ("Sales report", "from 1 May to 31 May")


def test_padded_titles_above_the_header():
    found = sniff("Report,,,,\nPeriod:,May,,,\n,,,,\norder,product,price,qty,date\n1,A,2,1,2024-05-01\n")
    assert found.columns[0] == "order"
    assert len(found.preamble) == 3


def test_comments_above_the_header():
    assert sniff("# made by the shop, version 3\n# UTC\nid,name,price\n1,a,2\n2,b,3\n").columns[0] == "id"


def test_a_file_without_header():
    found = sniff("A1,2024-01-01,3\nA2,2024-01-02,4\n")
    assert (found.header, found.columns, found.skip_lines) == (False, ("column_1", "column_2", "column_3"), 0)


def test_no_data_row_is_taken_for_a_title():
    found = sniff("1,2\n3,4\nabc,def\n5,6\n")
    assert (found.header, found.skip_lines) == (False, 0)
    found = sniff("1,2,3,4\nx\nname,of,some,thing\n5,6,7,8\n")
    assert (found.header, found.skip_lines) == (False, 0)


def test_a_header_over_two_lines():
    found = sniff('id,"unit\nprice",name\n1,2,a\n2,3,b\n')
    assert (found.columns, found.skip_lines) == (("id", "unit price", "name"), 2)


def test_one_column():
    found = sniff("name\nMeier, Hans\nSchulz\nKunz\nHinz\nMax\nMoritz\n")
    assert (found.delimiter, found.columns) == (NONE, ("name",))


def test_fields_that_others_have_empty_may_be_missing():
    assert sniff("a,b,c\n1,2,3\n1,2,\n").optional == 1
    assert sniff("a,b,c\n1,2,3\n1,2,4\n").optional == 0


def test_nameless_columns_that_nobody_fills_go():
    assert sniff("a;b;;\n1;2\n3;4\n").columns == ("a", "b")


@pytest.mark.parametrize(
    ("names", "unique"),
    [
        (["price", "price", "price"], ("price", "price_2", "price_3")),
        (["price", "price_2", "price"], ("price", "price_2", "price_3")),
        (["a", "", ""], ("a", "column_2", "column_3")),
        (["column_2", ""], ("column_2", "column_2_2")),
        ([" a ", "a\nb"], ("a", "a b")),
    ],
)
def test_names_are_made_unique(names, unique):
    assert unique_names(names) == unique


@given(st.lists(st.sampled_from(["", "a", "a_2", "a_3", "column_1", "column_2", "column_2_2", "b "])))
def test_names_are_always_unique(names):
    found = unique_names(names)
    assert len(set(found)) == len(found) == len(names)
    assert all(found)


@pytest.mark.parametrize("row", [["Menge", "Preis"], ["Order ID", "Unit price (EUR)"], ["a"], ["x", "", "y"]])
def test_what_reads_like_a_header(row):
    assert looks_like_header(row)


@pytest.mark.parametrize(
    "row", [["a", "1"], ["a", "3,50 EUR"], ["2024-01-01 10:00", "x"], ["x@y.de", "b"], ["", "", "x"], [""]]
)
def test_what_does_not(row):
    assert not looks_like_header(row)


def test_nothing_has_no_header():
    assert header_at([]) is None


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_encodings_with_mark(name):
    data = ("\ufeff" + "Größe;Preis\n").encode(name)
    assert wide_encoding(data) == name
    assert ToUtf8(data).feed(data, final=True).decode() == "Größe;Preis\n"


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_wide_encodings_without_mark(name):
    data = "Größe;Preis\nXL;12,50 €\n".encode(name)
    assert wide_encoding(data) == name


def test_windows_text():
    data = "Größe;Preis\nXL;12 €\n\x81".encode("cp1252", "ignore") + b"\x81"
    reader = ToUtf8(data)
    assert reader.feed(data, final=True).decode() == "Größe;Preis\nXL;12 €\n\x81"
    assert reader.name == "windows-1252"


def test_a_single_bad_byte_does_not_change_the_encoding():
    data = "Größe Weiß Blüte ".encode() + b"\xe4 " + "Süß".encode()
    assert ToUtf8(data).feed(data, final=True).decode() == "Größe Weiß Blüte \ufffd Süß"


def test_the_first_umlaut_may_come_late():
    reader = ToUtf8(b"plain")
    assert reader.feed(b"plain\n" * 1000, final=False) == b"plain\n" * 1000
    assert reader.feed("Grüße\n".encode("latin-1"), final=True).decode() == "Grüße\n"


@given(st.text(), st.integers(1, 9), st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]))
def test_pieces_of_any_size_give_the_same(content, size, encoding):
    content = content.replace("\0", "").lstrip("\ufeff")
    data = ("\ufeff" + content).encode(encoding)
    reader = ToUtf8(data)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    if encoding == "utf-8" and size < 3:
        return  # the mark itself is never cut: pieces are megabytes
    found = b"".join(reader.feed(piece, final=False) for piece in pieces) + reader.feed(b"", final=True)
    assert found.decode() == content


def test_a_mark_inside_cells_is_no_delimiter():
    """The header does not have it: a campaign's products stand in one cell."""
    text = "campaign,customer,sent_at,channel,products\n" + "Spring,K1,2026-05-04,email,L1;H1\n" * 20
    assert sniff(text).columns == ("campaign", "customer", "sent_at", "channel", "products")
