"""Reading delimited text: the fast and the careful way agree, and a broken record costs no other."""

import csv
import gzip
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passend.errors import UnreadableFile
from passend.intake import csv_source
from passend.intake.csv_source import CsvSource
from passend.intake.csv_split import Quoting, split
from tests.intake.reading import read_all, written

HEAD = "order,product,price\n"


def read(folder, content, **options):
    return read_all(CsvSource(written(folder, content), **options))


def test_values_stay_as_they_stand(tmp_path):
    found = read(tmp_path, HEAD + ' 1 ,"a, ""b""",\n2,5" pipe,007\n')
    assert found.records == [(" 1 ", 'a, "b"', ""), ("2", '5" pipe', "007")]
    assert found.rows == [2, 3]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("careful", [False, True])
def test_line_ends(tmp_path, end, careful):
    content = end.join(["order,product", "1,a", "2,b"])
    for last in ("", end, end * 3):
        found = read(tmp_path, content + last, careful=careful)
        assert found.records == [("1", "a"), ("2", "b")]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("packed", [False, True])
def test_encodings(tmp_path, encoding, packed):
    content = "Auftrag;Artikel;Preis\n1;Süßes Brötchen;0,80\n2;Käse;12,50\n".encode(encoding)
    path = written(tmp_path, gzip.compress(content) if packed else content)
    found = read_all(CsvSource(path, packed=packed))
    assert found.columns == ("Auftrag", "Artikel", "Preis")
    assert found.records == [("1", "Süßes Brötchen", "0,80"), ("2", "Käse", "12,50")]


def test_line_breaks_in_quotes_are_kept(tmp_path):
    found = read(tmp_path, HEAD + '1,"blue\nmug",2\n2,"a\r\n\r\nb, c",3\n3,cup,"4\n"\n')
    assert found.records == [("1", "blue\nmug", "2"), ("2", "a\r\n\r\nb, c", "3"), ("3", "cup", "4\n")]
    assert found.broken == []


@pytest.mark.parametrize("line", ['2,"mug,3', '2,mug,"3', '"2,mug,3', '2,"big, mug,3', '2,"mu'])
@pytest.mark.parametrize(
    "after", ["3,cup,4\n4,plate,5\n", '3,"cup, large",4\n4,plate,5\n', '3,5" pipe,4\n4,b,5\n']
)
def test_an_unclosed_quote_costs_its_own_line(tmp_path, line, after):
    found = read(tmp_path, HEAD + "1,a,1\n" + line + "\n" + after)
    assert [(each.row, each.raw) for each in found.broken] == [(3, line)]
    assert "never closed" in found.broken[0].reason
    assert found.rows == [2, 4, 5]


def test_an_unclosed_quote_at_the_end(tmp_path):
    found = read(tmp_path, HEAD + '1,a,1\n2,"b,3')
    assert (found.rows, [each.row for each in found.broken]) == ([2], [3])


def test_too_many_and_too_few_fields(tmp_path):
    found = read(tmp_path, HEAD + "1,a,1\n2,b\n3,c,3,x\n4,d,4\n")
    assert [(each.row, each.reason) for each in found.broken] == [
        (3, "2 fields, 3 expected"),
        (4, "4 fields, 3 expected"),
    ]
    assert found.rows == [2, 5]


def test_empty_fields_at_the_end_do_not_matter(tmp_path):
    found = read(tmp_path, HEAD + "1,a,\n2,b\n3,c,3,,\n")
    assert found.records == [("1", "a", ""), ("2", "b", ""), ("3", "c", "3")]


def test_blank_lines_do_not_count(tmp_path):
    found = read(tmp_path, HEAD + "\n1,a,1\n\n   \n2,b,2\n\x1a")
    assert found.rows == [2, 3]


def test_nul_bytes_go(tmp_path):
    found = read(tmp_path, HEAD + "1,a\0b,1\n2,c,3\n")
    assert found.records[0] == ("1", "ab", "1")


def test_raw_text_is_capped(tmp_path):
    found = read(tmp_path, HEAD + "1,a,1\n" + "x" * 5000 + "\n2,b,3\n")
    assert len(found.broken[0].raw) == 2000


def test_a_header_without_rows(tmp_path):
    with pytest.raises(UnreadableFile, match="header and no rows"):
        CsvSource(written(tmp_path, HEAD + "\n\n"))


def test_records_across_blocks(tmp_path, monkeypatch):
    lines = [f'{n},"a{"" if n % 3 else chr(10)}b",{n}' + ("" if n % 7 else ",x") for n in range(300)]
    content = HEAD + "\n".join(lines)
    whole = read(tmp_path, content)
    assert len(whole.records) + len(whole.broken) == 300
    for size, piece in ((7, 5), (64, 1000), (1000, 30), (10_000, 100)):
        monkeypatch.setattr(csv_source, "BLOCK_BYTES", size)
        monkeypatch.setattr(csv_source, "PIECE_BYTES", piece)
        assert read(tmp_path, content) == whole


def test_an_endless_line_is_one_broken_record(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_source, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(csv_source, "LONGEST_LINE", 5000)
    monkeypatch.setattr(csv_source, "SAMPLE_BYTES", 500)
    content = HEAD + "1,a,1\n" * 100 + "x" * 20_000 + "\n" + "2,b,2\n" * 100
    found = read(tmp_path, content)
    assert len(found.records) == 200
    assert [each.row for each in found.broken] == [102]
    assert "longer" in found.broken[0].reason or "more than" in found.broken[0].reason


def test_one_broken_row_in_a_long_file(tmp_path):
    line = "536365,85123A,WHITE HANGING HEART,6\n"
    content = "order,product,name,n\n" + line * 200_000 + '536365,"85123A,BROKEN,6\n' + line * 20_000
    source = CsvSource(written(tmp_path, content))
    rows, broken = 0, []
    for batch in source.batches():
        assert batch.table.num_rows <= 65_536
        rows, broken = rows + batch.table.num_rows, [*broken, *batch.broken]
    assert (rows, [each.row for each in broken]) == (220_000, [200_002])
    assert source.position() == source.size == len(content)


def test_a_cut_archive_says_where(tmp_path):
    content = gzip.compress(
        (HEAD + "".join(f"{n},a{n * 7919 % 1000},{n}\n" for n in range(200_000))).encode()
    )
    source = CsvSource(written(tmp_path, content[: len(content) // 2], "orders.csv.gz"), packed=True)
    with pytest.raises(UnreadableFile, match="cut off") as caught:
        read_all(source)
    assert caught.value.remedy


fields = st.text(st.sampled_from("ab1 ,;\"'\n\r\tä\u2028\x85€."), max_size=6)
tables = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(fields, min_size=width, max_size=width), min_size=1, max_size=12)
)


@settings(max_examples=200)
@given(tables, st.sampled_from(["\n", "\r\n"]))
def test_what_the_csv_module_writes_is_read_back(tmp_path_factory, table, end):
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator=end, quoting=csv.QUOTE_ALL)
    names = [f"name{chr(97 + place)}" for place in range(len(table[0]))]
    writer.writerows([names, *([f"r{n}", *row[1:]] for n, row in enumerate(table))])
    path = written(tmp_path_factory.mktemp("csv"), sink.getvalue())
    found = read_all(CsvSource(path))
    assert found == read_all(CsvSource(path, careful=True))
    swallowed_like = any("\n" in field or "\r" in field for row in table for field in row)
    if not swallowed_like:
        assert found.records == [(f"r{n}", *row[1:]) for n, row in enumerate(table)]


plain = st.text(st.sampled_from('abc123 ,;".\t-ä€'), max_size=8)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(plain, plain, plain), min_size=1, max_size=15),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
)
def test_both_ways_agree_on_clean_files(tmp_path_factory, rows, delimiter, end, quoting):
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([("first", "second", "third"), *(("k", *row[1:]) for row in rows)])
    path = written(tmp_path_factory.mktemp("csv"), sink.getvalue())
    fast, slow = read_all(CsvSource(path)), read_all(CsvSource(path, careful=True))
    assert fast == slow
    if CsvSource(path).dialect.delimiter == delimiter:
        assert fast.records == [("k", *row[1:]) for row in rows]


@settings(max_examples=200)
@given(st.text(st.sampled_from('ab,"')))
def test_splitting_agrees_with_the_csv_module(text):
    fields, state = split(text, ",", '"')
    if state is Quoting.CLEAN and text:
        assert fields == next(csv.reader([text]))
    assert "".join(fields).replace(",", "").replace('"', "") == text.replace(",", "").replace('"', "")


@pytest.mark.parametrize("blank", ["", "\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_some_columns_alone_and_single_rows_whole(tmp_path, end, blank):
    lines = ["a;b;c", *(f"{n};x{n};" + ('"y ""z"""' if n % 3 else "") for n in range(9)), blank]
    source = CsvSource(written(tmp_path, end.join(lines)))
    (batch,) = source.narrow_batches({"c", "a"})
    (whole,) = source.batches()
    assert batch.table.equals(whole.table.select(["a", "c"]))
    places = np.array([1, 4, 8])
    assert batch.taken(places).equals(whole.table.take(places))
    assert whole.taken(places).equals(whole.table.take(places))


def test_single_rows_among_blank_lines(tmp_path):
    source = CsvSource(written(tmp_path, "a;b\n1;2\n\n3;4\n5;6\n"))
    (batch,) = source.narrow_batches({"b"})
    assert batch.taken(np.array([1, 2])).to_pylist() == [{"a": "3", "b": "4"}, {"a": "5", "b": "6"}]
