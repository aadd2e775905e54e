import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.errors import UnrecognisedColumns
from passend.intake.columns import recognise
from passend.intake.synonyms import MEANINGS, name_scores, words
from tests.intake.memory_source import MemorySource, texts


def found(table, **options):
    return recognise(MemorySource(table), **options)


def mapped(table, **options):
    return {meaning: "|".join(names) for meaning, names in found(table, **options).mapping.items()}


def test_headers_are_compared_without_their_dress():
    assert words("Art.-Nr.") == "art nr"
    assert words("InvoiceNo") == "invoice no"
    assert words("CustomerID") == "customer id"
    assert words("Währung (ISO)") == "waehrung iso"
    assert words("Order #") == "order nr"
    assert "product_id" in name_scores("ARTIKEL-NR")


def test_online_retail():
    table = texts(
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
        "489434,85048,GLASS BALL,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom",
        "489434,79323P,PINK LIGHTS,12,2009-12-01 07:45:00,6.75,13085.0,United Kingdom",
        "C489435,22041,RECORD FRAME,-2,2009-12-01 07:46:00,2.1,13078.0,United Kingdom",
        divider=",",
    )
    recognition = found(table)
    assert recognition.kind == "orders"
    assert {meaning: names[0] for meaning, names in recognition.mapping.items()} == {
        "order_id": "Invoice", "customer_id": "Customer ID", "product_id": "StockCode",
        "product_name": "Description",
        "ordered_at": "InvoiceDate", "quantity": "Quantity", "unit_price": "Price", "country": "Country",
    }  # fmt: skip
    assert recognition.dates.order == "iso"
    assert recognition.whole_ids == {"Customer ID"}
    assert recognition.unmapped == recognition.notes == ()
    assert all(confidence > 0.6 for confidence in recognition.confidence.values())


def test_older_online_retail_headers():
    header = "InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country"
    recognition = found(texts(header, "536365;85123A;HEART;6;12/1/2010 8:26;2.55;17850;France",
                              "536366;85123A;HEART;6;12/13/2010 8:26;2.55;17850;France"))  # fmt: skip
    assert len(recognition.mapping) == 8
    assert recognition.dates.order == "month-first"


def test_tafeng_counts_each_customers_orders():
    rows = [(user, order, user * 7 % 5 + order) for user in range(1, 9) for order in (1, 2, 3)]
    users, orders, products = (list(column) for column in zip(*rows, strict=True))
    table = pa.table({"user_id": users, "order_number": orders, "product_id": products})
    assert mapped(table) == {"customer_id": "user_id", "sequence": "order_number", "product_id": "product_id"}


def test_order_numbers_beside_an_order_id_are_positions():
    rows = [(user * 10 + order, user, order, 5) for user in range(1, 9) for order in (1, 2, 3)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    table = pa.table(dict(zip(["order_id", "user_id", "order_number", "product_id"], columns, strict=True)))
    assert mapped(table) == {
        "order_id": "order_id", "customer_id": "user_id", "sequence": "order_number",
        "product_id": "product_id",
    }  # fmt: skip


def test_the_last_change_of_an_order_is_known_by_passends_own_name_alone():
    head = {"order_id": ["1", "2"], "customer_id": ["a", "b"], "sku": ["x", "y"], "qty": ["1", "1"]}
    day, changed = ["2026-01-02", "2026-01-05"], ["2026-01-04", "2026-01-06"]

    def told(**more):
        return recognise(MemorySource(pa.table(head | more))).mapping

    assert told(date=day, updated_at=changed)["updated_at"] == ("updated_at",)
    assert "updated_at" not in told(date=day, **{"Profile changed": changed})


def test_instacart():
    lines = pa.table(
        {
            "order_id": [1, 1, 2],
            "product_id": [5, 6, 5],
            "add_to_cart_order": [1, 2, 1],
            "reordered": [1, 0, 0],
        }
    )
    assert mapped(lines) == {"order_id": "order_id", "product_id": "product_id"}
    products = pa.table(
        {
            "product_id": [1, 2, 3],
            "product_name": ["a", "b", "c"],
            "aisle_id": [1, 2, 3],
            "department_id": [1, 1, 2],
        }
    )
    recognition = found(products)
    assert recognition.kind == "products"
    assert recognition.mapping["category"] == ("department_id", "aisle_id")


def test_groceries():
    baskets = texts("basket,item", "0,citrus fruit", "0,bread", "1,citrus fruit", divider=",")
    assert mapped(baskets) == {"order_id": "basket", "product_id": "item", "product_name": "item"}
    items = texts("labels,level2,level1", "frankfurter,sausage,meat", "ham,sausage,meat", divider=",")
    assert found(items).kind == "products"
    assert mapped(items) == {"product_id": "labels", "product_name": "labels", "category": "level1|level2"}


@pytest.mark.parametrize(
    "header",
    [
        "customer_id,date,cds,amount",
        "recency,history_segment,history,mens,womens,zip_code,newbie,channel,segment,visit,conversion,spend",
        "age,job,marital,education,default,housing,loan,contact,month,day_of_week,duration,campaign,pdays,y",
        "MOSTYPE,MAANTHUI,MGEMOMV,MGEMLEEF,CARAVAN",
        "aisle_id,aisle",
        "department_id,department",
    ],
)
def test_data_without_products_is_refused_with_what_to_do(header):
    with pytest.raises(UnrecognisedColumns) as refusal:
        found(texts(header, ",".join("1" for _ in header.split(",")), divider=","))
    assert "which product was bought" in refusal.value.what
    assert header.split(",")[0] in refusal.value.what
    assert '--map product_id="Column Name"' in refusal.value.remedy


def test_a_german_export():
    table = texts(
        "Bestell-Nr.;Bestelldatum;Uhrzeit;Kundennummer;Art.-Nr.;Bezeichnung;Warengruppe;Menge;"
        "Einzelpreis (EUR);Rabatt in %;Währung;Land;Status",
        "1001;01.02.2024;14:05;K1;A-1;Schraube;Eisen;10;0,25;0;EUR;DE;bezahlt",
        "1002;02.02.2024;09:00;K2;A-2;Säge;Werkzeug;1;1.250,00;5;EUR;DE;storniert",
    )
    recognition = found(table)
    assert {meaning: "|".join(names) for meaning, names in recognition.mapping.items()} == {
        "order_id": "Bestell-Nr.", "customer_id": "Kundennummer", "product_id": "Art.-Nr.",
        "product_name": "Bezeichnung",
        "category": "Warengruppe", "ordered_at": "Bestelldatum|Uhrzeit", "quantity": "Menge",
        "unit_price": "Einzelpreis (EUR)", "discount_share": "Rabatt in %", "currency": "Währung",
        "country": "Land",
        "status": "Status",
    }  # fmt: skip
    assert recognition.decimals["Einzelpreis (EUR)"] == recognition.decimals["Menge"] == ","
    assert recognition.dates.order == "day-first"
    assert not recognition.dates.ambiguous


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Belegnummer;Belegdatum;Debitor;Materialnummer;Materialkurztext;Absatzmenge;Nettoumsatz",
         "order_id ordered_at customer_id product_id product_name quantity line_total"),
        ("Bon;Filiale;Datum;EAN;Artikelbezeichnung;Stück;VK-Preis",
         "order_id channel ordered_at product_id product_name quantity unit_price"),
        ("Rechnungsnr.;Kaufdatum;Kunden-ID;Artikelnummer;Artikelname;Anzahl;Stückpreis;Gesamtpreis",
         "order_id ordered_at customer_id product_id product_name quantity unit_price line_total"),
        ("order_id;created_at;customer_email;sku;name;qty_ordered;price;row_total;status",
         "order_id ordered_at customer_id product_id product_name quantity unit_price line_total status"),
        ("Order Number;Order Status;Order Date;Email (Billing);SKU;Item Name;Qty;Item Cost;Billing Country",
         "order_id status ordered_at customer_id product_id product_name quantity unit_price country"),
    ],
)  # fmt: skip
def test_exports_of_shops_and_warehouses(header, expected):
    value = {
        "ordered_at": "03.05.2024",
        "quantity": "2",
        "unit_price": "1,50",
        "line_total": "3,00",
        "discount": "0",
    }
    names, meanings = header.split(";"), expected.split()
    rows = [";".join(value.get(meaning, f"x{row}") for meaning in meanings) for row in range(3)]
    mapping = found(texts(header, *rows)).mapping
    assert mapping == {
        meaning: (name,) for name, meaning in zip(names, meanings, strict=True) if meaning != "-"
    }


SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount "
    "Amount,Created at,"
    "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Billing Country,Cancelled "
    "at,Id,Source,Lineitem discount"
)


def test_shopify():
    table = texts(
        SHOPIFY,
        "#1001,a@x.de,paid,2024-01-02 10:00:00 +0100,EUR,20,5,4,25,,0,2024-01-02 09:59:00 +0100,1,Red "
        "Mug,10.00,M-R,A,DE,,98,web,0",
        "#1001,a@x.de,,,,,,,,,,2024-01-02 09:59:00 +0100,1,Blue Mug,10.00,M-B,,,,,,0",
        "#1002,b@x.de,refunded,2024-01-03 10:00:00 +0100,EUR,10,5,4,15,,0,2024-01-03 09:59:00 +0100,1,"
        "Red Mug,10.00,M-R,B,AT,,99,web,0",
        divider=",",
    )
    recognition = found(table)
    assert {meaning: "|".join(names) for meaning, names in recognition.mapping.items()} == {
        "order_id": "Name", "customer_id": "Email", "product_id": "Lineitem sku",
        "product_name": "Lineitem name",
        "ordered_at": "Created at", "quantity": "Lineitem quantity", "unit_price": "Lineitem price",
        "discount": "Lineitem discount", "order_discount": "Discount Amount", "order_subtotal": "Subtotal",
        "order_shipping": "Shipping", "order_tax": "Taxes", "order_total": "Total",
        "currency": "Currency", "channel": "Source", "country": "Billing Country",
        "status": "Financial Status", "void": "Cancelled at",
    }  # fmt: skip
    assert recognition.layout is not None
    assert recognition.layout.name == "Shopify orders"
    assert recognition.filled_down


def test_whole_amounts_beside_a_price_are_pieces():
    header = (
        "TRANSACTION_DT;CUSTOMER_ID;AGE_GROUP;PIN_CODE;PRODUCT_SUBCLASS;PRODUCT_ID;AMOUNT;ASSET;SALES_PRICE"
    )
    table = texts(
        header, "11/1/2000;01;45-49;115;130;4710;2;24;30", "11/13/2000;02;45-49;115;130;4711;1;24;30"
    )
    mapping = mapped(table)
    assert (mapping["quantity"], mapping["unit_price"]) == ("AMOUNT", "SALES_PRICE")
    assert mapped(texts("customer_id;product;date;amount", "1;a;2024-01-01;11.77"))["line_total"] == "amount"


def test_the_customers_name_is_not_the_products():
    rows = [f"{order};Person {order};{product}" for order in range(9) for product in ("A1", "B2", "C3")]
    assert "product_name" not in mapped(texts("order_id;name;sku", *rows))


def test_product_lists():
    german = texts(
        "Artikelnummer;Artikelname;Warengruppe;VK;EK;Aktiv",
        "1;Hammer;Werkzeug;9,90;4,00;ja",
        "2;Nagel;Eisen;0,10;0,05;nein",
    )
    assert found(german).kind == "products"
    assert mapped(german) == {
        "product_id": "Artikelnummer", "product_name": "Artikelname", "category": "Warengruppe",
        "unit_price": "VK",
        "unit_cost": "EK", "is_active": "Aktiv",
    }  # fmt: skip
    shopware = texts("ordernumber;name;price", "SW1;Hammer;9.90", "SW2;Nagel;0.10")
    assert mapped(shopware) == {"product_id": "ordernumber", "product_name": "name", "unit_price": "price"}
    assert found(texts("order_id;product;quantity", "1;a;1", "2;b;2")).kind == "orders"


def test_an_order_total_is_no_line_total():
    rows = [f"{order};{product};{10 * order}" for order in range(1, 6) for product in "abc"]
    recognition = found(texts("order_id;product_id;total_amount", *rows))
    assert "line_total" not in recognition.mapping
    assert "same on all lines" in " ".join(recognition.notes)


def test_lines_without_a_discount_do_not_say_whose_discount_it_is():
    """A fifth off one line of an order is not spread over the others because most orders had none."""
    rows = [f"{order};{product};2026-01-0{order};1;9.90;0.00" for order in range(1, 8) for product in "abc"]
    rows += ["8;a;2026-01-08;1;40.00;8.00", "8;b;2026-01-08;1;9.90;0.00", "9;c;2026-01-09;1;50.00;10.00"]
    header = "order_id;product_id;date;quantity;price;discount"
    assert mapped(texts(header, *rows))["discount"] == "discount"


@pytest.mark.parametrize(
    ("number", "name"), [("SKU", "Product"), ("Artikelnr", "Artikel"), ("EAN", "Produkt")]
)
def test_a_product_beside_its_number_is_its_name(number, name):
    goods = {"TB-001": "Teapot", "TB-002": "Blue mug", "TB-003": "Paper filter", "TB-004": "Kettle"}
    rows = [f"{order};c{order % 7};{code};{goods[code]};1;9.90;2026-01-{1 + order % 28:02d}"
            for order in range(40) for code in list(goods)[order % 3 :]]  # fmt: skip
    found_ = mapped(texts(f"order id;customer;{number};{name};qty;price;date", *rows))
    assert (found_["product_id"], found_["product_name"]) == (number, name)


def test_names_serve_as_numbers_where_there_are_none():
    recognition = found(texts("order;Artikelbezeichnung;Artikelnummer", "1;Hammer;", "1;Nagel;", "2;Hammer;"))
    assert recognition.mapping["product_id"] == ("Artikelbezeichnung",)
    assert "told apart by" in recognition.notes[0]


def test_dates_are_settled_over_the_whole_file_or_reported():
    rows = [f"{row};a;05/03/2024" for row in range(9000)]
    late = found(texts("order_id;product_id;date", *rows, "9001;a;03/25/2024"))
    assert (late.dates.order, late.dates.ambiguous) == ("month-first", False)
    never = found(texts("order_id;product_id;date", *rows))
    assert never.dates.ambiguous
    assert "--set intake.dates=month-first" in never.doubts[0].remedy


def test_a_file_without_a_header_is_guessed_from_its_content():
    rows = [
        f"{1000 + order};{50 + order % 20};{order % 28 + 1:02}.03.2024;P{(order * 7 + place * 13) % 40};"
        f"{1 + place % 3};{place + 1}.95"
        for order in range(60)
        for place in range(1 + order % 5)
    ]
    table = texts("column_1;column_2;column_3;column_4;column_5;column_6", *rows)
    assert mapped(table) == {
        "order_id": "column_1", "customer_id": "column_2", "ordered_at": "column_3", "product_id": "column_4",
        "quantity": "column_5", "unit_price": "column_6",
    }  # fmt: skip


def test_a_persons_word_is_final():
    table = texts(
        "order_id;product_id;sku;when;Day", "1;a;b;2024-01-01;2024-01-02", "1;b;c;2024-01-01;2024-01-02"
    )
    assert mapped(table, overrides={"product_id": "sku", "ordered_at": "Day"})["product_id"] == "sku"
    assert "ordered_at" not in mapped(table, overrides={"ordered_at": ""})
    assert mapped(table, overrides={"category": "when + Day"})["category"] == "when|Day"


@pytest.mark.parametrize(
    ("overrides", "message", "remedy"),
    [
        ({"produkt": "sku"}, "cannot mean 'produkt'", "product_id"),
        ({"product_id": "skuu"}, "no column 'skuu'", "Did you mean 'sku'"),
        (
            {"product_id": "sku", "order_id": "sku"},
            "'sku' is given for product_id and for order_id",
            "one meaning",
        ),
    ],
)
def test_wrong_maps_are_errors(overrides, message, remedy):
    with pytest.raises(UnrecognisedColumns) as refusal:
        found(texts("order_id;sku", "1;a"), overrides=overrides)
    assert message in refusal.value.what
    assert remedy in refusal.value.remedy


def test_what_was_remembered_comes_back():
    table = texts("a;b;c;d", "1;x;2024-01-01;10:00", "2;y;2024-01-02;11:00")
    first = found(table, overrides={"order_id": "a", "product_id": "b", "ordered_at": "c|d"})
    again = found(table, remembered=first.remember())
    assert again.mapping == first.mapping
    assert found(table, remembered=first.remember(), overrides={"ordered_at": "c"}).mapping["ordered_at"] == (
        "c",
    )
    with pytest.raises(UnrecognisedColumns):
        found(texts("e;f", "1;2"), remembered=first.remember())


def test_an_empty_file_is_recognised_by_its_header():
    assert mapped(texts("order_id;product_id;quantity")) == {
        "order_id": "order_id", "product_id": "product_id", "quantity": "quantity",
    }  # fmt: skip


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=6, unique=True), st.data())
def test_any_table_is_recognised_or_refused_in_words(names, data):
    cells = st.text(max_size=8) | st.sampled_from(["1", "2024-01-01", "a@b.de", "1,50", "", "nan"])
    columns = {
        name: pa.array(data.draw(st.lists(cells, min_size=3, max_size=3)), pa.string()) for name in names
    }
    try:
        recognition = found(pa.table(columns))
    except UnrecognisedColumns:
        pass
    else:
        assert set(recognition.mapping) <= set(MEANINGS)
        assert {name for used in recognition.mapping.values() for name in used} <= set(names)


def test_a_running_day_orders_the_purchases_where_there_is_no_date():
    rows = [f"{n % 20};{500 + n};{n // 10 + 1};{n % 7 + 100 + k};1" for n in range(200) for k in range(3)]
    found = recognise(MemorySource(texts("household_key;BASKET_ID;DAY;PRODUCT_ID;QUANTITY", *rows)))
    assert found.mapping["sequence"] == ("DAY",)
    assert found.mapping["order_id"] == ("BASKET_ID",)


@pytest.mark.parametrize(
    ("name", "expected"), [("t_dat", "t_dat"), ("birth_date", None), ("Geburtstag", None)]
)
def test_the_only_dates_are_those_of_the_orders_unless_they_name_something_else(name, expected):
    rows = [f"{n % 7};2024-0{n % 9 + 1}-11;{n % 5 + 100};9.5" for n in range(60)]
    assert mapped(texts(f"customer_id;{name};article_id;price", *rows)).get("ordered_at") == expected


def test_two_columns_of_dates_are_not_guessed_between():
    rows = [f"{n % 7};2024-01-{n % 9 + 10};2024-02-{n % 9 + 10};{n % 5 + 100}" for n in range(60)]
    assert "ordered_at" not in mapped(texts("customer_id;x1;x2;article_id", *rows))
