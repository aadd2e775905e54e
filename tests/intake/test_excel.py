"""Workbooks as people keep them: several sheets, titles, mixed columns."""

import datetime as dt
import io
import zipfile

import openpyxl
import pyarrow as pa
import pytest

from passend.errors import InvalidInput, UnreadableFile
from passend.intake.excel import as_column
from passend.intake.opening import open_source
from tests.intake.reading import read_all, written

DAY = dt.datetime(2024, 5, 1, 10, 30)


def workbook(folder, name="orders.xlsx", **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(folder / name)
    return folder / name


ROWS = [
    ["order", "product", "price", "day"],
    ["A1", 85123, 2.5, DAY],
    ["A2", "79323P", 3, DAY],
    [None, None, 4, None],
]


def test_native_types_and_mixed_columns_as_text(tmp_path):
    source = open_source(workbook(tmp_path, orders=ROWS))
    found = read_all(source)
    assert found.rows == [2, 3, 4]
    assert found.records == [("A1", "85123", 2.5, DAY), ("A2", "79323P", 3.0, DAY), (None, None, 4.0, None)]
    assert len(source.fingerprint()) == 64
    assert source.position() == source.size == 3


def test_the_sheet_with_the_most_rows(tmp_path):
    path = workbook(tmp_path, notes=[["hello"], ["you"]], orders=ROWS, empty=[])
    assert open_source(path).name == "orders.xlsx [orders]"
    assert open_source(path, sheet="notes").columns == ("hello",)
    with pytest.raises(InvalidInput) as caught:
        open_source(path, sheet="Orders")
    assert "notes, orders, empty" in caught.value.remedy


def test_titles_and_blank_rows(tmp_path):
    rows = [["Sales report"], [], ["Period:", "May"], [], *ROWS[:2], [], *ROWS[2:], [None]]
    found = read_all(open_source(workbook(tmp_path, orders=rows)))
    assert found.columns == ("order", "product", "price", "day")
    assert found.rows == [2, 3, 4]


def test_without_header(tmp_path):
    found = read_all(open_source(workbook(tmp_path, orders=[["A1", 1, DAY], ["A2", 2, DAY]])))
    assert (found.columns, found.rows) == (("column_1", "column_2", "column_3"), [1, 2])


def test_columns_beyond_the_header_have_names(tmp_path):
    found = read_all(open_source(workbook(tmp_path, orders=[["a", "a"], [1, 2, 3], [4]])))
    assert found.columns == ("a", "a_2", "column_3")
    assert found.records == [(1, 2, 3), (4, None, None)]


@pytest.mark.parametrize("rows", [[], [["order", "product"]], [["title"], ["order", "product"]]])
def test_without_rows(tmp_path, rows):
    with pytest.raises(UnreadableFile) as caught:
        open_source(workbook(tmp_path, orders=rows))
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ([1.0, 2.0, ""], pa.array([1, 2, None], pa.int64())),
        ([1.5, 2], pa.array([1.5, 2.0])),
        ([True, ""], pa.array([True, None])),
        ([dt.date(2024, 1, 2)], pa.array([dt.date(2024, 1, 2)], pa.date32())),
        ([dt.date(2024, 1, 2), DAY], pa.array([dt.datetime(2024, 1, 2), DAY], pa.timestamp("us"))),
        ([1.0, "x", DAY, dt.date(2024, 1, 2)], pa.array(["1", "x", str(DAY), "2024-01-02"])),
        ([1e300, float("inf")], pa.array([1e300, float("inf")])),
        ([dt.time(1, 2), ""], pa.array(["01:02:00", None])),
        (["", ""], pa.array([None, None], pa.string())),
    ],
)
def test_types_of_columns(cells, column):
    assert as_column(cells).equals(column)


def test_open_document(tmp_path):
    cell = '<table:table-cell office:value-type="{0}"{2}><text:p>{1}</text:p></table:table-cell>'
    rows = [
        "".join(cell.format("string", each, "") for each in ("order", "price")),
        cell.format("string", "A1", "") + cell.format("float", "2.5", ' office:value="2.5"'),
    ]
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    content = (
        f'<office:document-content xmlns:office="{space}office:1.0" xmlns:table="{space}table:1.0" '
        f'xmlns:text="{space}text:1.0"><office:automatic-styles></office:automatic-styles>'
        f'<office:body><office:spreadsheet><table:table table:name="t">{body}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    found = read_all(open_source(written(tmp_path, sink.getvalue(), "orders.ods")))
    assert (found.columns, found.records) == (("order", "price"), [("A1", 2.5)])
