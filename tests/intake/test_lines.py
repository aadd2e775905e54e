from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.intake.columns import recognise
from passend.intake.lines import stage_lines
from passend.intake.product_rows import stage_products
from passend.intake.source import BrokenRow
from passend.intake.typed import NEVER_SOLD
from passend.ports import Silence
from passend.settings import Settings
from passend.tables.intake import LINES, PRODUCT_LIST
from tests.intake.memory_source import MemorySource, lines_of, texts

HEADER = "order_id;customer_id;product_id;date;quantity;price"


def test_an_order_line_with_all_it_says(tmp_path):
    table = texts(
        "Bestell-Nr.;Bestelldatum;Uhrzeit;Kundennummer;Art.-Nr.;Bezeichnung;Warengruppe;Menge;"
        "Einzelpreis;Rabatt in %;Währung;Land;Kanal",
        "0001;01.07.2024;14:05;K1; 007 ;Große   Schraube ;Eisen;1.000;0,25;10;EUR;DE;Web",
        "0002;02.07.2024;;nan;008;Säge;Eisen;-1;12,50 €;;€;DE;NULL",
    )
    lines, staged = lines_of(table, tmp_path, settings={"intake.timezone": "Europe/Berlin"})
    first, second = lines.to_pylist()
    assert first == {
        "source_id": staged.source_id, "source": "memory", "row": 2, "order_id": "0001", "customer_id": "K1",
        "product_id": "007", "product_name": "Große Schraube", "category": "Eisen",
        "ordered_at": datetime(2024, 7, 1, 12, 5), "sequence": None, "quantity": 1000.0, "unit_price": 0.25,
        "discount": 25.0, "order_discount": None, "all_discounts": None, "returned_quantity": None,
        "refund": None, "currency": "EUR", "channel": "Web", "country": "DE", "is_cancelled": False,
        "is_pending": False, "option": None, "updated_at": None,
        "problem": None, "raw": None,
    }  # fmt: skip
    assert second["ordered_at"] == datetime(2024, 7, 1, 22)
    assert (second["customer_id"], second["quantity"], second["unit_price"]) == (None, -1, 12.5)
    assert (second["discount"], second["currency"], second["channel"]) == (None, "EUR", None)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("1;c;;2024-01-01;1;2", "the product is missing"),
        (";;p;2024-01-01;1;2", "neither an order nor a customer is named"),
        ("1;c;p;;1;2", "the date is missing"),
        ("1;c;p;2024-02-31;1;2", "the date does not exist"),
        ("1;c;p;1066-10-14;1;2", "the year is not between 1970 and 2100"),
        ("1;c;p;soon;1;2", "the date cannot be read"),
        ("1;c;p;2024-01-01;;2", "the quantity is missing"),
        ("1;c;p;2024-01-01;two;2", "the quantity is not a number"),
        ("1;c;p;2024-01-01;0;2", "the quantity is zero"),
        ("1;c;p;2024-01-01;9999999999999;2", "the quantity is absurdly large"),
        ("1;c;p;2024-01-01;1;cheap", "the price is not a number"),
        ("1;c;p;2024-01-01;1;1e13", "the price is absurdly large"),
        ("1;c;p;2024-01-01;1;", None),
        ("1;;p;2024-01-01;1;2", None),
    ],
)
def test_what_cannot_be_used_says_why_and_keeps_the_row(row, problem, tmp_path):
    good = [f"{number};c{number};p{number};2024-01-0{number};1;2.50" for number in range(1, 9)]
    lines, staged = lines_of(texts(HEADER, *good, row), tmp_path)
    last = lines.to_pylist()[-1]
    assert last["problem"] == problem
    assert last["raw"] == (row.replace(";", ",") if problem else None)
    assert staged.problems == ({problem: 1} if problem else {})
    assert lines.column("problem").null_count == len(good) + (problem is None)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("Summe;;;;12;30.00", "a row of totals, not a sale"),
        ("Gesamt netto:;;;;12;30.00", "a row of totals, not a sale"),
        ("Total EUR;;;;;30.00", "a row of totals, not a sale"),
        (";;Summe;;12;30.00", "a row of totals, not a sale"),
        ("All amounts in EUR;;;;;", "the product is missing"),
        ("9;c;Total;2024-01-09;1;2.50", None),  # a toothpaste
    ],
)
def test_a_row_of_totals_is_called_one(row, problem, tmp_path):
    good = [f"{number};c{number};p{number};2024-01-0{number};1;2.50" for number in range(1, 9)]
    lines, _ = lines_of(texts(HEADER, *good, row), tmp_path)
    assert lines.to_pylist()[-1]["problem"] == problem


def test_broken_records_take_their_places(tmp_path):
    broken = [
        BrokenRow(3, "the row has too few fields", "1;c"),
        BrokenRow(6, "the row has too few fields", "x"),
    ]
    rows = [f"{number};c;p;2024-01-01;1;2" for number in range(3)]
    lines, staged = lines_of(texts(HEADER, *rows), tmp_path, broken=broken, batch=2)
    assert lines.column("row").to_pylist() == [2, 3, 4, 5, 6]
    assert lines.column("raw").to_pylist() == [None, "1;c", None, None, "x"]
    assert staged.problems == {"the row has too few fields": 2}


def test_ids_are_one_text_in_every_format(tmp_path):
    as_text = texts("order_id;customer_id;product_id", "10;13085.0;1", "11;;2", "12;13086.0;10")
    native = pa.table(
        {"order_id": [10, 11, 12], "customer_id": [13085.0, None, 13086.0], "product_id": [1, 2, 10]}
    )
    for number, table in enumerate(
        (as_text, native, native.cast(pa.schema([(n, pa.float64()) for n in native.column_names])))
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        lines, _ = lines_of(table, folder)
        assert lines.select(["order_id", "customer_id", "product_id"]).to_pydict() == {
            "order_id": ["10", "11", "12"], "customer_id": ["13085", None, "13086"], "product_id": ["1", "2",
            "10"],
        }  # fmt: skip


def test_native_types(tmp_path):
    from decimal import Decimal

    table = pa.table(
        {
            "order_id": pa.array(["a", "a"]).dictionary_encode(),
            "product_id": pa.array(["x", "y"], pa.large_string()),
            "date": pa.array([datetime(2024, 1, 1, 12), None], pa.timestamp("ns")),
            "quantity": pa.array([1, 2], pa.int32()),
            "price": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
            "returned": [False, True],
        }
    )
    first, second = lines_of(table, tmp_path)[0].to_pylist()
    assert (first["ordered_at"], first["unit_price"], first["returned_quantity"]) == (
        datetime(2024, 1, 1, 12),
        1.5,
        None,
    )
    assert (second["problem"], second["returned_quantity"]) == ("the date is missing", 2)


def test_orders_are_built_where_the_file_has_none(tmp_path):
    day = texts(
        "customer_id;product_id;date",
        "k;a;2024-01-01 23:30:00",
        "k;b;2024-01-02 08:00:00",
        ";c;2024-01-02 08:00:00",
    )
    lines, _ = lines_of(day, tmp_path, settings={"intake.timezone": "America/New_York"})
    assert lines.column("order_id").to_pylist() == ["k/2024-01-01", "k/2024-01-02", None]
    assert lines.column("problem").to_pylist() == [None, None, "neither an order nor a customer is named"]
    users = [user for user in range(5) for _ in range(3)]
    visits = pa.table({"user_id": users, "order_number": [1, 2, 3] * 5, "product_id": list(range(15))})
    (tmp_path / "visits").mkdir()
    lines, _ = lines_of(visits, tmp_path / "visits")
    assert lines.column("order_id").to_pylist()[:4] == ["0/1", "0/2", "0/3", "1/1"]
    assert lines.column("sequence").to_pylist()[:4] == [1, 2, 3, 1]
    assert lines.column("quantity").to_pylist() == [1.0] * 15


def test_the_price_of_a_piece_from_the_amount_of_the_line(tmp_path):
    table = texts("order;product;qty;amount;currency", "1;a;4;10.00;gbp", "2;a;-4;-10.00;", "3;b;1;;usd")
    lines, _ = lines_of(table, tmp_path, settings={"intake.currency": "chf"})
    assert lines.column("unit_price").to_pylist() == [2.5, 2.5, None]
    assert lines.column("currency").to_pylist() == ["GBP", "CHF", "USD"]


def test_a_state_says_that_a_sale_came_back_or_never_was(tmp_path):
    states = {
        "completed": "sold", "Cancelled": "never", "storniert": "never", "partially refunded": "sold",
        "wc-refunded": "back", "": "sold", "Retoure": "back", "voided": "never", "failed": "never",
        "pending": "pending", "not cancelled": "sold",
    }  # fmt: skip
    table = texts("order;product;Status", *[f"{number};a;{state}" for number, state in enumerate(states)])
    lines = lines_of(table, tmp_path)[0].to_pylist()
    said = [
        "never" if line["problem"] == NEVER_SOLD else
        "back" if line["returned_quantity"] == 1 else
        "pending" if line["is_pending"] else "sold"
        for line in lines
    ]  # fmt: skip
    assert said == list(states.values())


def test_a_document_of_a_return_takes_pieces_back(tmp_path):
    rows = ["1;a;2;sale", "1;a;1;refund", "2;b;3;Gutschrift", "3;c;-1;return"]
    lines = lines_of(texts("order;product;quantity;Transaction type", *rows), tmp_path)[0]
    assert lines.column("quantity").to_pylist() == [2, -1, -3, -1]


def test_lines_that_a_further_column_tells_apart_are_different_pieces(tmp_path):
    rows = ["1;a;1;5;Tom", "1;a;1;5;Eva", "1;a;1;5;Eva", "1;b;1;5;"]
    options = (
        lines_of(texts("order;product;qty;price;engraving", *rows), tmp_path)[0].column("option").to_pylist()
    )
    assert options[0] != options[1] == options[2]
    assert options[3] is None


@pytest.mark.parametrize(("usual", "prefix"), [("", "C"), ("RE-", "ST-"), ("", "R-"), ("INV", "G")])
def test_cancellations_by_the_letters_before_the_number(usual, prefix, tmp_path):
    sales = [f"{usual}{1000 + number};p;2;5.00" for number in range(40)]
    back = [f"{prefix}{2000 + number};p;-2;5.00" for number in range(9)]
    odd = [f"{prefix}2999;p;2;5.00"]
    lines, staged = lines_of(texts("invoice;product;quantity;price", *sales, *odd, *back), tmp_path, batch=7)
    assert lines.column("is_cancelled").to_pylist() == [False] * 40 + [True] * 10
    assert lines.column("quantity").to_pylist()[40] == 2
    assert lines.num_rows == staged.rows == 50


def test_letters_of_another_shop_are_no_cancellation(tmp_path):
    web = [f"{1000 + number};p;2;5.00" for number in range(20)]
    store = [f"S{1000 + number};p;{-1 if number == 3 else 2};5.00" for number in range(9)]
    lines, _ = lines_of(texts("invoice;product;quantity;price", *web, *store), tmp_path)
    assert sum(lines.column("is_cancelled").to_pylist()) == 1


def test_follow_on_lines_take_what_the_first_line_says(tmp_path):
    table = texts(
        "Name,Email,Financial Status,Created at,Lineitem quantity,Lineitem name,Lineitem price,Currency",
        "#1,a@x.de,refunded,2024-01-01 10:00:00 +0100,1,Mug,9.90,EUR",
        "#1,,,,2,Cup,4.90,",
        "#1,,,,1,Pot,19.90,",
        "#2,b@x.de,paid,2024-01-02 10:00:00 +0100,1,Mug,9.90,EUR",
        "#2,,,,1,Cup,4.90,",
        divider=",",
    )
    for batch in (1, 2, 100):
        folder = tmp_path / str(batch)
        folder.mkdir()
        lines, _ = lines_of(table, folder, batch=batch)
        assert lines.column("customer_id").to_pylist() == ["a@x.de"] * 3 + ["b@x.de"] * 2
        assert lines.column("returned_quantity").to_pylist() == [1, 2, 1, None, None]
        assert lines.column("problem").null_count == 5
        assert lines.column("product_id").to_pylist() == ["Mug", "Cup", "Pot", "Mug", "Cup"]


def test_the_setting_decides_open_dates_only(tmp_path):
    slashes, points = ["1;a;05/03/2024", "2;a;06/03/2024"], ["1;a;05.03.2024", "2;a;06.03.2024"]
    for name, rows, extra, expected in (
        ("open", slashes, [], 5),
        ("proven", slashes, ["3;a;25/03/2024"], 3),
        ("points", points, [], 5),
    ):
        folder = tmp_path / name
        folder.mkdir()
        lines, _ = lines_of(
            texts("order;product;date", *rows, *extra), folder, settings={"intake.dates": "month-first"}
        )
        assert lines.column("ordered_at").to_pylist()[0].month == expected


def test_batches_change_nothing(tmp_path):
    rows = [
        f"{number // 3};c{number % 7};p{number % 5};2024-01-{number % 28 + 1:02};{number % 4 - 1};2.5"
        for number in range(100)
    ]
    one, few = (tmp_path / "one", tmp_path / "few")
    one.mkdir()
    few.mkdir()
    assert (
        lines_of(texts(HEADER, *rows), one, batch=1000)[0] == lines_of(texts(HEADER, *rows), few, batch=3)[0]
    )


def test_the_product_list(tmp_path):
    table = texts(
        "Artikelnummer;Artikelname;Hauptkategorie;Unterkategorie;VK;EK;Artikelart;Aktiv",
        "001;Hammer;Werkzeug;Eisen;9,90 €;4,00;Ware;ja",
        "002;Wartung;Dienste;;99;;Dienstleistung;nein",
        ";Ohne Nummer;Dienste;;1;;Abo;ja",
        "003;Nagel;Eisen;;teuer;;Ware;ja",
        "001;Hammer neu;Werkzeug;Eisen;10,90 €;4,00;Ware;1",
        *[f"{number:03};Teil {number};Eisen;;1,00;;Ware;ja" for number in range(10, 200)],
    )
    source = MemorySource(table)
    recognition = recognise(source)
    assert recognition.kind == "products"
    staged = stage_products(source, recognition, Settings(), tmp_path, Silence())
    products = PRODUCT_LIST.check(pq.read_table(staged.files[0])).to_pylist()
    assert products[0] == {
        "product_id": "002", "name": "Wartung", "category": "Dienste", "unit_price": 99.0, "unit_cost": None,
        "currency": None, "kind": "service", "is_active": False, "stock": None, "attributes": None,
    }  # fmt: skip
    assert products[1]["name"] == "Hammer neu"
    assert (products[1]["category"], products[1]["currency"]) == ("Werkzeug > Eisen", "EUR")
    assert [(item.row, item.reason) for item in staged.set_aside] == [
        (4, "the product is missing"),
        (5, "the price is not a number"),
        (2, "the product is listed again further down, and the later row counts"),
    ]
    assert staged.rows == len(products) + sum(staged.problems.values()) == 195


CELLS = st.sampled_from(
    [
        "",
        "1",
        "C1",
        "nan",
        "2024-01-01",
        "31.02.2024",
        "1,5",
        "-3",
        "x;y",
        '"',
        "0",
        "é\u00a0",
        "1e99",
        "\x00",
    ]
)


@given(
    st.lists(st.tuples(*[CELLS | st.text(max_size=6)] * 6), max_size=25),
    st.integers(1, 9),
    st.sets(st.integers(2, 30), max_size=4),
)
def test_every_record_read_becomes_exactly_one_line(tmp_path_factory, rows, batch, broken):
    folder = tmp_path_factory.mktemp("lines")
    names = HEADER.split(";")
    columns = list(zip(*rows, strict=True)) if rows else [[]] * len(names)
    table = pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)}
    )
    lost = [BrokenRow(row, "the row is broken", "?") for row in sorted(broken)]
    source = MemorySource(table, batch=batch, broken=lost)
    maps = {
        "ordered_at": "date",
        "unit_price": "price",
        **{name: name for name in ("order_id", "customer_id", "product_id", "quantity")},
    }
    staged = stage_lines(source, recognise(source, overrides=maps), Settings(), folder, Silence())
    lines = LINES.check(pa.concat_tables([pq.read_table(file) for file in staged.files] or [LINES.empty()]))
    assert lines.num_rows == staged.rows == len(rows) + len(lost)
    assert len(set(lines.column("row").to_pylist())) == lines.num_rows
    usable = lines.filter(pa.compute.is_null(lines.column("problem")))
    assert usable.column("product_id").null_count == usable.column("ordered_at").null_count == 0
    assert all(abs(quantity) > 0 for quantity in usable.column("quantity").to_pylist())
    unusable = lines.filter(pa.compute.is_valid(lines.column("problem")))
    assert unusable.column("raw").null_count == 0
    assert sum(staged.problems.values()) == unusable.num_rows


@pytest.mark.data("online-retail-ii")
def test_a_real_shop(tmp_path, data_folder):
    import pyarrow.csv

    names = [
        "Invoice",
        "StockCode",
        "Description",
        "Quantity",
        "InvoiceDate",
        "Price",
        "Customer ID",
        "Country",
    ]
    options = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    table = pyarrow.csv.read_csv(
        data_folder / "online-retail-ii/online_retail_ii.csv.gz", convert_options=options
    )
    lines, staged = lines_of(table.slice(0, 150_000), tmp_path, batch=20_000)
    assert staged.rows == 150_000
    assert staged.problems == {}
    numbers = lines.column("order_id").to_pylist()
    assert lines.column("is_cancelled").to_pylist() == [number.startswith("C") for number in numbers]
    assert any(number.startswith("C") for number in numbers)


@pytest.mark.parametrize(
    ("header", "currency"),
    [("Unit Price EUR", "EUR"), ("Preis (€)", "EUR"), ("Price", None), ("Try price", None)],
)
def test_the_currency_may_stand_in_the_header_of_the_price(tmp_path, header, currency):
    lines, _ = lines_of(texts(f"order_id;sku;{header}", "1;a1;1.50", "1;a2;2.50", "2;a1;1.50"), tmp_path)
    assert set(lines["currency"].to_pylist()) == {currency}


def test_a_row_without_article_number_is_known_by_its_name(tmp_path):
    known = [f"{n};a{n};Lamp {n};2" for n in range(3, 9)]
    table = texts("order_id;sku;name;qty", "1;a1;Lamp;1", "1;;Shade;1", "2;;;1", *known)
    lines, _ = lines_of(table, tmp_path)
    assert lines["product_id"].to_pylist() == ["a1", "Shade", None, *[f"a{n}" for n in range(3, 9)]]


def test_sane_numbers_that_make_an_absurd_amount_are_set_aside(tmp_path):
    rows = ("1;A;1e-300;5", "1;B;3;15", "2;A;2;10", "3;A;4;20", "4;B;1;5", "5;A;6;30")
    lines, _ = lines_of(texts("order_id;sku;quantity;line total", *rows), tmp_path)
    assert lines["problem"].to_pylist() == ["the amount is absurdly large", *[None] * 5]
