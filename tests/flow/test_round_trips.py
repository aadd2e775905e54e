"""What passend writes, passend reads: empty tables, exports, and the tables of a market."""

import csv
import re
from datetime import date, datetime

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest

from passend.errors import InvalidInput, UnreadableFile
from passend.flow import ImportRequest, export_offers, import_sources, make_plan
from passend.flow.people_offers import offers_for_people
from passend.flow.plans import export_plan
from passend.market.scenario import load_scenario
from passend.market.world import Market
from passend.ports import Silence
from passend.products.edits import Edit, edits_as_csv, edits_table, read_edits
from passend.tables import contract
from passend.tables.firm import FIRM_TABLES
from passend.tables.workbooks import MOST_ROWS, as_workbook
from passend.workspace import Workspace

ORDERS = "order_id,customer_id,product_id,order_date,quantity,price\n" + "".join(
    f"o{n // 2},k{n % 7},p{n % 5},2024-01-{n % 28 + 1:02d},1,9.90\n" for n in range(60)
)


def take(workspace, *files, **options):
    return import_sources(workspace, [ImportRequest(file, **options) for file in files], Silence())


@pytest.mark.parametrize("form", ["parquet", "csv", "frame"])
@pytest.mark.parametrize("table", [made.name for made in FIRM_TABLES])
def test_a_table_of_what_the_firm_does_not_have_is_no_error(table, form, tmp_path):
    empty = contract(table).empty()
    file = tmp_path / f"{table}.{form}"
    if form == "parquet":
        pq.write_table(empty, file)
    elif form == "csv":
        pcsv.write_csv(empty, file)
    (tmp_path / "orders.csv").write_text(ORDERS)
    workspace = Workspace(tmp_path / "ws")
    summary = take(workspace, empty if form == "frame" else file, tmp_path / "orders.csv")
    first = summary.sources[0]
    assert (first.kind, first.read, first.added) == (table, 0, 0)
    assert "no rows" in first.notes[0]
    assert summary.kept == 60


@pytest.mark.parametrize("table", ["orders", "products"])
def test_orders_and_products_without_rows_are_refused(table, tmp_path):
    file = tmp_path / "empty.parquet"
    pq.write_table(pa.table({"order_id": pa.array([], pa.string()), "sku": pa.array([], pa.string())}), file)
    with pytest.raises(UnreadableFile, match="no rows"):
        take(Workspace(tmp_path / "ws"), file, as_table=table)


ODD = ["=1+1", "-5", "@sum", "+49 30 1", "A/1", "שלום", "'x", "../../x"]


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A plan in a shop whose customers and products have names like formulas."""
    folder = tmp_path_factory.mktemp("odd")
    rows = [
        f'{n},"{ODD[n % 8]}c{n % 40}","{ODD[(n + k) % 8]}",2025-{n % 12 + 1:02d}-{n % 28 + 1:02d},1,25.00\n'
        for n in range(160)
        for k in (0, n % 3 + 1)
    ]
    (folder / "orders.csv").write_text("order_id,customer_id,sku,date,qty,price\n" + "".join(rows), "utf-8")
    workspace = Workspace(folder / "ws")
    take(workspace, folder / "orders.csv")
    make_plan(workspace, Silence())
    return workspace, export_offers(workspace, Silence()), folder


def test_no_text_of_the_exported_offers_runs_in_a_spreadsheet(planned):
    workspace, files, folder = planned
    export_plan(workspace, None, folder / "plan.csv", is_raw=True)
    for file in (files["offers_csv"], folder / "plan.csv"):
        with file.open(encoding="utf-8", newline="") as text:
            rows = list(csv.DictReader(text))
        assert rows
        assert any(row["customer_id"].startswith("'=") for row in rows)
        bare = [row[name] for row in rows for name in ("customer_id", "product_id", "reason_code")]
        assert not [cell for cell in bare if cell[:1] in set("=+-@")]


def test_a_workbook_of_offers_holds_numbers_dates_and_texts_that_never_run(planned):
    workspace, _, folder = planned
    written = export_plan(workspace, None, folder / "plan.XLSX", is_raw=True)
    head, *rows = openpyxl.load_workbook(folder / "plan.XLSX")["offers"].iter_rows()
    offers = workspace.read("offers").sort_by([("customer_id", "ascending"), ("rank", "ascending")])
    assert written == len(rows) == offers.num_rows
    assert [cell.value for cell in head] == offers.column_names
    place = offers.column_names.index
    assert {row[place("customer_id")].data_type for row in rows} == {"s"}
    assert [row[place("customer_id")].value for row in rows] == offers["customer_id"].to_pylist()
    assert all(isinstance(row[place("send_at")].value, date) for row in rows)
    assert [row[place("value_cents")].value for row in rows] == pytest.approx(
        offers["value_cents"].to_pylist()
    )


def test_a_workbook_for_people_speaks_the_firms_language_from_head_to_foot(planned):
    workspace, _, folder = planned
    export_plan(Workspace(workspace.folder, ["language=de"]), None, folder / "de.xlsx")
    head, *rows = openpyxl.load_workbook(folder / "de.xlsx")["Angebote"].iter_rows()
    names = [cell.value for cell in head]
    first = ["Kunde", "Artikelnummer", "Artikel", "Weg"]
    assert names[:4] == first
    assert (
        names.index("warum")
        < names.index("erwarteter Gewinn")
        < names.index("Gruppe")
        < names.index("mindestens")
    )
    said = {str(cell.value) for row in rows for cell in row[3:]}
    assert {"bekommt das Angebot", "Vergleichsgruppe: bekommt nichts"} <= said
    assert not [one for one in said if re.search(r"\b(the|bought|often|with|not|prior|onsite)\b", one)]
    gain = [row[names.index("erwarteter Gewinn")] for row in rows]
    offers = workspace.read("offers").sort_by([("customer_id", "ascending"), ("rank", "ascending")])
    assert [100 * cell.value for cell in gain] == pytest.approx(offers["value_cents"].to_pylist())
    assert {cell.number_format for cell in gain} == {"#,##0.00"}
    assert {row[names.index("Zeitpunkt")].number_format for row in rows} == {"dd.mm.yyyy"}


def test_a_german_spreadsheet_opens_the_file_with_a_double_click(planned):
    workspace, _, folder = planned
    export_plan(Workspace(workspace.folder, ["language=de"]), None, folder / "de.csv")
    text = (folder / "de.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(text.decode("utf-8-sig").splitlines(), delimiter=";")
    assert re.fullmatch(r"-?\d+,\d\d", rows[0][head.index("erwarteter Gewinn")])
    assert re.fullmatch(r"\d+,\d\d %", rows[0][head.index("Bestellungen durch das Angebot")])
    assert re.fullmatch(r"\d\d\.\d\d\.\d{4}", rows[0][head.index("Zeitpunkt")])
    assert not [cell for row in rows for cell in row[:3] if cell[:1] in set("=+-@")]


def test_older_plans_are_exported_with_the_columns_that_are_kept(planned, tmp_path):
    workspace, _, _ = planned
    kept = offers_for_people(workspace.read("plan_offers"))
    assert kept.table.column_names[:3] == ["customer", "product no", "channel"]
    assert kept.table.num_rows == workspace.read("offers").num_rows


def test_more_offers_than_a_sheet_has_rows_are_no_workbook():
    with pytest.raises(InvalidInput, match="do not fit into a sheet"):
        as_workbook(pa.table({"n": np.arange(MOST_ROWS)}), "offers")


@pytest.mark.parametrize("form", ["offers_csv", "offers_parquet", "plan.parquet", "plan.xlsx"])
def test_a_plan_that_was_carried_out_comes_back_as_contacts(planned, form, tmp_path):
    workspace, files, folder = planned
    if form not in files:
        export_plan(workspace, None, folder / form, is_raw=True)
    given = Workspace(tmp_path / "ws")
    (source,) = take(given, files.get(form, folder / form)).sources
    offers = workspace.read("offers").to_pylist()
    assert (source.kind, source.added) == ("contacts", len(offers))
    contacts = given.read("contacts").to_pylist()
    assert {(row["customer_id"], row["product_id"], row["channel"], row["outcome"]) for row in contacts} == {
        (row["customer_id"], row["product_id"], row["channel"], "none" if row["chosen"] else "held-out")
        for row in offers
    }
    assert {row["direction"] for row in contacts} == {"out"}


@pytest.mark.parametrize("whole", [True, False], ids=["with the order file", "own tables alone"])
def test_what_a_market_writes_is_taken_as_it_is(whole, tmp_path):
    market = Market(load_scenario("insurer").changed({"customers.number": 60}), 1)
    tables = market.tables()
    for name, table in tables.items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    if whole:
        market.write_orders(tmp_path / "orders.csv")
    workspace = Workspace(tmp_path / "ws")
    summary = take(workspace, *sorted(tmp_path.glob("*.*")))
    assert {source.kind for source in summary.sources} == set(tables) - {"returns"}

    def lines(table: pa.Table) -> list[tuple]:
        names = ["order_id", "customer_id", "product_id", "ordered_at", "quantity", "returned_quantity",
                 "unit_price_cents", "discount_cents", "revenue_cents", "currency"]  # fmt: skip
        sold = table.filter(pc.invert(table["is_gift"])).select(names)
        return sorted((tuple(row.values()) for row in sold.to_pylist()), key=repr)

    assert lines(workspace.read("orders")) == lines(tables["orders"])
    assert summary.returns == tables["returns"].num_rows
    prices = {row["product_id"]: (row["price_cents"], row["unit_cost_cents"])
              for row in workspace.read("products").to_pylist()}  # fmt: skip
    for row in tables["products"].to_pylist():
        assert prices[row["product_id"]] == (row["price_cents"], row["unit_cost_cents"])
    for name in ("customers", "contracts", "events", "contacts", "consents", "costs"):
        assert not workspace.has(name) or workspace.read(name).num_rows == tables[name].num_rows


def test_edits_of_relations_come_back_by_their_own_command(tmp_path):
    edit = Edit("=1+1", "-5", "pin", "+1 wanted", "Ada", datetime(2026, 1, 1))
    text = edits_as_csv(edits_table([edit]))
    assert "\n'=1+1,'-5," in text
    assert read_edits(text) == [edit]
    (tmp_path / "edits.csv").write_text(text)
    with pytest.raises(InvalidInput, match="people's word") as refused:
        take(Workspace(tmp_path / "ws"), tmp_path / "edits.csv")
    assert "passend products import" in refused.value.remedy
