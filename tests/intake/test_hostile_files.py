"""Files that are broken, mislabelled or malicious end in a clear error or in counts that add up.

Nothing may be lost in silence: every letter and digit of the data lies in a value or in the text of a
broken record, and without quotes there are as many records as lines.
"""

import gzip
import io
import json
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet as pq

from passend.errors import PassendError, UnreadableFile
from passend.intake.csv_source import CsvSource
from passend.intake.formats import Kind, kind_of
from passend.intake.opening import open_source
from tests.intake.reading import Everything, read_all, written

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1")
VALID = "Bestellung;Artikel;Text;Menge;Preis;Datum\n" + "".join(
    f'B{n};A{n % 7};"Größe {n}; blau";{n % 5};{n},50;2024-05-{n % 28 + 1:02d}\n' for n in range(1, 41)
)
PLAIN = VALID.replace('"', "").replace("; blau", " blau")


def ends_well(path: Path) -> Everything | PassendError:
    """Open and read; only our own errors may come, each with what to do."""
    try:
        source = open_source(path)
        assert len(source.fingerprint()) == 64
        return read_all(source)
    except PassendError as caught:
        refused = caught
    assert refused.remedy, refused
    assert "Traceback" not in str(refused)
    return refused


def letters(texts: Iterator[str]) -> Counter[str]:
    return Counter(letter for text in texts for letter in text if letter.isalnum())


def adds_up(path: Path, text: str) -> None:
    """Compare with the content itself: lines, and every letter and digit."""
    found = ends_well(path)
    if isinstance(found, PassendError):
        return
    source = open_source(path)
    assert isinstance(source, CsvSource)
    layout = source.dialect
    lines = re.split("\r\n|\n|\r", text)
    data, raws = lines[layout.skip_lines :], [each.raw for each in found.broken]
    assert all(raws)
    if layout.quote not in text:
        lone = layout.width == 1
        blank = " \t\x0b\x0c\x1a\xa0\ufeff"
        due = sum(1 for line in data if line and (lone or layout.delimiter in line or line.strip(blank)))
        assert len(found.rows) + len(found.broken) == due
    if all(len(raw) < 2000 for raw in raws):
        values = (value for row in found.records for value in row)
        assert letters(values) + letters(iter(raws)) == letters(iter(data))


def zipped(**files: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return sink.getvalue()


def workbook() -> bytes:
    book, sink = openpyxl.Workbook(), io.BytesIO()
    for n in range(50):
        book.active.append([f"B{n}", n, n * 1.5])
    book.save(sink)
    return sink.getvalue()


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"order": [f"B{n}" for n in range(500)], "price": list(range(500))}), sink)
    return sink.getvalue()


SWAPPED = {
    "nothing": b"",
    "blank": b" \n\n\r\n \t\n",
    "only a mark": b"\xef\xbb\xbf",
    "only a wide mark": b"\xff\xfe",
    "only NUL": b"\0" * 5000,
    "header only": b"order,product,price\n",
    "header only, wide": "order,product,price\r\n".encode("utf-16"),
    "html": b"<!DOCTYPE html><html><body><table><tr><td>1</td></tr></table></body></html>",
    "html table": b"\n <TABLE border=1>\n<tr><td>1</td></tr></TABLE>",
    "html, wide": "<html><body>Login</body></html>".encode("utf-16"),
    "xml": b"<?xml version='1.0'?><orders><order id='1'/></orders>",
    "xml spreadsheet": b"<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?><Workbook></Workbook>",
    "json list": json.dumps([{"order": 1, "price": 2}] * 20, indent=1).encode(),
    "json": json.dumps({"orders": [1, 2, 3]}).encode(),
    "json lines": b'{"order": 1}\n{"order": 2}\n',
    "sql dump": b"-- MySQL dump 10.13\nINSERT INTO `orders` VALUES (1,2);\n",
    "sql": b"INSERT INTO orders VALUES (1,2);\n",
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)),
    "zip": zipped(orders_csv=PLAIN),
    "empty zip": zipped(),
    "word": zipped(word__document_xml="<x/>"),
    "xlsx without a book": zipped(xl__workbook_xml="<x/>"),
    "broken ods": zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"),
    "text document": zipped(mimetype="application/vnd.oasis.opendocument.text"),
    "half a zip": zipped(orders_csv=PLAIN)[:60],
    "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000,
    "ole with a name": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    + b"\0" * 600
    + "Workbook".encode("utf-16-le")
    + b"\0" * 900,
    "protected": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
    "7z": b"7z\xbc\xaf\x27\x1c" + bytes(range(200)),
    "bzip2": b"BZh91AY&SY" + bytes(range(200)),
    "elf": b"\x7fELF" + bytes(range(256)),
    "tar": b"orders.csv".ljust(257, b"\0") + b"ustar\x0000" + b"\0" * 500,
    "sqlite without content": b"SQLite format 3\0",
    "sqlite garbage": b"SQLite format 3\0" + bytes(range(256)) * 40,
    "duckdb garbage": b"\0" * 8 + b"DUCK" + bytes(range(256)) * 40,
    "parquet magic": b"PAR1",
    "parquet magic twice": b"PAR1\0\0\0\0PAR1",
    "encrypted parquet": b"PARE" + bytes(100),
    "feather": b"ARROW1\0\0" + bytes(100),
    "gzip magic": b"\x1f\x8b",
    "gzip of nothing": gzip.compress(b""),
    "gzip of html": gzip.compress(b"<html></html>"),
    "gzip of gzip": gzip.compress(gzip.compress(PLAIN.encode())),
    "gzip of parquet": gzip.compress(b"PAR1" + bytes(range(256))),
    "gzip of header": gzip.compress(b"order,product,price\n"),
    "gzip of tar": gzip.compress(b"orders.csv".ljust(257, b"\0") + b"ustar\x0000" + b"\0" * 500),
}


@pytest.mark.parametrize("name", SWAPPED)
@pytest.mark.parametrize("suffix", [".csv", ".xls"])
def test_what_is_no_table_is_named(tmp_path, name, suffix):
    found = ends_well(written(tmp_path, SWAPPED[name], "orders" + suffix))
    assert isinstance(found, UnreadableFile)
    assert "orders" in found.what


@pytest.mark.parametrize(
    ("name", "word"),
    [("html", "HTML"), ("html, wide", "HTML"), ("pdf", "PDF"), ("json list", "JSON"), ("protected", "password"),
     ("zip", "ZIP"), ("nothing", "empty"), ("header only", "header"), ("parquet magic", "Parquet"), ("sql", "SQL"),
     ("sqlite garbage", "database"), ("xml spreadsheet", "spreadsheet"), ("tar", "tar")],
)  # fmt: skip
def test_the_message_names_it(tmp_path, name, word):
    assert word in str(ends_well(written(tmp_path, SWAPPED[name])))


ODD_TEXTS = {
    "no end of line": PLAIN.rstrip("\n"),
    "one open quote": PLAIN.replace("Größe 7 ", '"Größe 7 '),
    "open quotes everywhere": PLAIN.replace("Größe", '"Größe'),
    "closed quotes everywhere": PLAIN.replace("blau", 'blau"'),
    "inches": PLAIN.replace("blau", 'blau 5"'),
    "only quotes": '"\n' * 50,
    "quotes in pairs": '""\n' * 50,
    "three quotes": '"""\n' * 50 + PLAIN,
    "ragged": "\n".join(";".join("abcdefgh"[: n % 8 + 1]) for n in range(60)),
    "delimiters alone": ";;;;;\n" * 50,
    "blank lines between": PLAIN.replace("\n", "\n\n\n"),
    "spaces between": PLAIN.replace("\n", "\n   \n"),
    "mixed line ends": PLAIN.replace("1\n", "1\r").replace("2\n", "2\r\n"),
    "mac line ends": PLAIN.replace("\n", "\r"),
    "doubled line ends": PLAIN.replace("\n", "\r\r\n"),
    "line separators of Unicode": PLAIN.replace("blau", "bl\u2028a\u2029u\x85\x0b\x0c\x1c"),
    "repeated header": PLAIN * 3,
    "header without rows of its width": "a;b;c\n" + "1;2\n" * 30,
    "same names": "a;a;a\n" + "1;2;3\n" * 5,
    "no names": ";;\n" + "1;2;3\n" * 5,
    "long title": "x" * 5000 + "\n" + PLAIN,
    "many titles": "title\n" * 60 + PLAIN,
    "sep alone": "sep=;\n",
    "sep and lies": "sep=,\n" + PLAIN,
    "wide": ";".join(f"n{n}x" for n in range(3000)) + "\n" + ";".join("12" for _ in range(3000)) + "\n",
    "long value": "a;b\n" + "x" * 300_000 + ";2\n3;4\n",
    "long quoted value": 'a;b\n"' + "x\n" * 3_000 + '";2\n3;4\n',
    "endless quote": 'a;b\n1;"' + "x;y\n" * 3_000,
    "marks inside": PLAIN.replace("B3;", "\ufeffB3;"),
    "end of file of DOS": PLAIN + "\x1a",
    "one letter": "x",
    "one number": "7",
    "one row": "1;2;3",
    "prose": "It was a dark and stormy night; the rain fell, in torrents.\n" * 20,
    "formulas": PLAIN.replace("Größe", "=cmd|'/c calc'!A1"),
    "markdown": "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n",
    "fixed width": "order   price  date\n" + "B1      1.50   2024-01-01\n" * 20,
    "astral": PLAIN.replace("blau", "\U0001f6b2\U00010348"),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", ODD_TEXTS)
def test_odd_texts_add_up(tmp_path, name, encoding):
    text = ODD_TEXTS[name]
    adds_up(written(tmp_path, text.encode(encoding)), text)


@pytest.mark.parametrize("seed", range(60))
def test_damaged_lines_add_up(tmp_path, seed):
    """Letters put in, taken out and changed at random places of a valid file."""
    chance = random.Random(seed)
    letters_of = list(VALID if seed % 2 else PLAIN)
    for _ in range(chance.randint(1, 30)):
        place = chance.randrange(len(letters_of))
        change = chance.choice(["", "\n", ";", '"', "\r", ",", "\t", "x\n", '""', '";"', "ü"])
        letters_of[place] = change if chance.random() < 0.5 else letters_of[place] + change
    text = "".join(letters_of)
    encoding = ENCODINGS[seed % len(ENCODINGS)]
    content = text.encode(encoding)
    adds_up(written(tmp_path, gzip.compress(content) if seed % 3 == 0 else content), text)


@pytest.mark.parametrize("make", [workbook, parquet, lambda: gzip.compress(VALID.encode() * 50)])
@pytest.mark.parametrize("seed", range(20))
def test_damaged_containers_end_well(tmp_path, make: Callable[[], bytes], seed):
    chance, content = random.Random(seed), bytearray(make())
    if seed % 2:
        del content[chance.randrange(len(content)) :]
    else:
        for _ in range(seed + 1):
            content[chance.randrange(len(content))] = chance.randrange(256)
    ends_well(written(tmp_path, bytes(content), "orders.dat"))


@settings(max_examples=150)
@given(st.binary(max_size=400))
def test_any_bytes_end_well(tmp_path_factory, content):
    ends_well(written(tmp_path_factory.mktemp("any"), content))


@settings(max_examples=150)
@given(st.text(st.sampled_from("ab1.,;|\t\"'\n\r #=<{ä"), max_size=120), st.sampled_from(["utf-8", "utf-16"]))
def test_any_text_adds_up(tmp_path_factory, text, encoding):
    adds_up(written(tmp_path_factory.mktemp("any"), text.encode(encoding)), text)


@settings(max_examples=100)
@given(st.data())
def test_any_change_of_bytes_ends_well(tmp_path_factory, data):
    content = bytearray(VALID.encode(data.draw(st.sampled_from(ENCODINGS))))
    for place, byte in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=8)
    ):
        content[place] = byte
    path = written(tmp_path_factory.mktemp("any"), bytes(content))
    found = ends_well(path)
    if not isinstance(found, PassendError):
        assert found == read_all(CsvSource(path, careful=True))


def test_a_million_open_quotes_do_not_take_forever(tmp_path):
    text = "a,b,c\n" + '1,"x,2\n' * 20_000 + '2,"y\n' * 20_000
    found = ends_well(written(tmp_path, text))
    assert isinstance(found, Everything)
    assert len(found.broken) + len(found.rows) >= 30_000


def test_text_is_not_taken_for_a_database():
    assert kind_of(Path("x.csv"), b"DUCKS,price\n1,2\n") is Kind.TEXT
