"""The firm's further tables end to end: which table a file is, what its rows become, and that counts add up."""

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from passend.errors import InvalidInput, PassendError, UnrecognisedColumns
from passend.flow import ImportRequest, import_sources
from passend.flow.persons import erase_person
from passend.ports import Silence
from passend.tables.firm import FIRM_TABLES
from passend.workspace import Workspace

ORDERS = "order_id,customer_id,product_id,order_date,quantity,price\n" + "".join(
    f"o{n // 2},k{n % 7},p{n % 5},2024-01-{n % 28 + 1:02d},1,9.90\n" for n in range(60)
)
FILES = {
    "customers": (
        "Kundennummer;Vorname;Nachname;E-Mail;Geburtsdatum;Kunde seit;Kundengruppe;Sprache\n"
        "K1;Ännchen;Öl;a@b.de;03.04.1950;13.01.2020;privat;de\nK2;Bo;Weiß;;;14.01.2020;Firma;de\n"
    ),
    "contracts": (
        "policy_no,customer_id,product_id,start_date,end_date,premium,period,currency\n"
        "V1,K1,p1,2024-01-01,9999-12-31,12.50,monthly,EUR\nV2,K2,p2,2024-02-01,2025-02-01,900,yearly,JPY\n"
    ),
    "events": (
        "event,timestamp,visitorid,itemid,transactionid\n"
        "view,1433221332117,257597,355908,\naddtocart,1433224214164,992329,248676,\nview,1433223999827,111016,318965,\n"
        "transaction,1433222276276,599528,356475,4000\n"
    ),
    "contacts": (
        "customer_id,sent_at,channel,campaign,offered_product,response,cost\n"
        "K1,2024-03-01 10:00:00,Newsletter,spring,p1,clicked,0.02\nK2,2024-03-01 10:00:00,Anruf,spring,p2,sold,2.50\n"
    ),
    "consents": (
        "Kundennummer;Kanal;Einwilligung;Einwilligungsdatum;Rechtsgrundlage\n"
        "K1;E-Mail;ja;01.02.2023;double opt-in\nK2;Telefon;nein;02.02.2023;\n"
    ),
    "costs": "Kostenart;Kanal;Betrag;Währung\nKontakt;email;0,02;EUR\nRetoure;any;6,50;EUR\n",
}


def take(workspace, *files, **options):
    return import_sources(workspace, [ImportRequest(file, **options) for file in files], Silence())


def written(folder, name, text):
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("table", FILES)
def test_each_table_is_recognised_by_its_columns(table, tmp_path):
    workspace = Workspace(tmp_path / "ws")
    summary = take(workspace, written(tmp_path, "export.csv", FILES[table]))
    (source,) = summary.sources
    assert source.kind == table
    assert source.read == source.added + source.known + sum(source.unusable.values())
    assert workspace.read(table).num_rows == source.added > 0


def test_values_become_those_of_the_contracts(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    take(workspace, *(written(tmp_path, f"{name}.csv", text) for name, text in FILES.items()))

    def first(table, key):
        return workspace.read(table).sort_by(key).to_pylist()[0]

    customer = first("customers", "customer_id")
    assert (customer["name"], customer["birth_year"], customer["language"]) == ("Ännchen Öl", 1950, "de")
    running, yearly = workspace.read("contracts").sort_by("contract_id").to_pylist()
    assert (running["ends_at"], running["fee_cents"], running["period_days"]) == (None, 1250, 30)
    assert (yearly["fee_cents"], yearly["period_days"]) == (900, 365), "yen have no cents"
    assert sorted(workspace.read("events")["kind"].to_pylist()) == ["cart", "view", "view"]
    contacts = workspace.read("contacts").sort_by("customer_id").to_pylist()
    assert [(row["channel"], row["outcome"], row["cost_cents"]) for row in contacts] == [
        ("email", "click", 2),
        ("phone", "accept", 250),
    ]
    assert {(row["direction"], row["purpose"]) for row in contacts} == {("out", "offer")}
    assert [row["is_given"] for row in workspace.read("consents").sort_by("customer_id").to_pylist()] == [
        True,
        False,
    ]
    assert {row["kind"]: row["amount_cents"] for row in workspace.read("costs").to_pylist()} == {
        "contact": 2,
        "return": 650,
    }


@pytest.mark.parametrize(
    ("said", "kind"),
    [("view_item", "view"), ("Product Viewed", "view"), ("view_search_results", "search"),
     ("Products Searched", "search"),
     ("add_to_cart", "cart"), ("Product Added", "cart"), ("begin_checkout", "cart"), ("Cart Abandoned", "abandon"),
     ("Produktansicht", "view"), ("Product Reviewed", "post")],
)  # fmt: skip
def test_names_of_analytics_tools_are_kinds(said, kind, tmp_path):
    workspace = Workspace(tmp_path / "ws")
    frame = pa.table({"event_name": [said], "event_timestamp": [1700000000000000], "item_id": ["p1"]})
    take(workspace, frame, as_table="events")
    (row,) = workspace.read("events").to_pylist()
    assert row["kind"] == kind
    assert f"{row['happened_at']:%Y-%m-%d}" == "2023-11-14"


def test_rows_that_cannot_be_used_stand_in_quarantine_and_the_counts_add_up(tmp_path):
    text = "event_name,event_time,user_id,product_id\nview_item,2024-01-01,k1,p1\npurchase,2024-01-01,k1,p1\n"
    text += "view_item,2024-02-31,k1,p1\nfoo,2024-01-02,k1,p2\nview_item,2024-01-01,k1,p1\nview_item,,k1,p3\n"
    workspace = Workspace(tmp_path / "ws")
    summary = take(workspace, written(tmp_path, "orders.csv", ORDERS), written(tmp_path, "events.csv", text))
    source = summary.sources[1]
    assert (source.read, source.added, source.known) == (6, 1, 0)
    assert sum(source.unusable.values()) == 5
    rows = [row for row in workspace.read("quarantine").to_pylist() if row["kind"] == "events"]
    assert len(rows) == 5
    assert {row["row"] for row in rows if "does not exist" in row["reason"]} == {4}
    assert any("foo" in row["reason"] and "view, search" in row["reason"] for row in rows)
    assert summary.adds_up, "the account of order lines does not count other rows"


@pytest.mark.parametrize("table", FILES)
def test_the_same_again_changes_nothing_and_more_adds_only_what_is_new(table, tmp_path):
    workspace = Workspace(tmp_path / "ws")
    header, *rows = FILES[table].splitlines(keepends=True)
    take(workspace, written(tmp_path, "part.csv", header + rows[0]))
    whole = written(tmp_path, "whole.csv", FILES[table])
    grown = take(workspace, whole).sources[0]
    assert grown.known == 1
    before = workspace.manifest.tables
    assert take(workspace, whole).sources[0].added == 0
    assert workspace.manifest.tables == before
    fresh = Workspace(tmp_path / "fresh")
    take(fresh, whole)
    for stored in (table, "quarantine"):
        at_once, in_parts = (
            sorted(
                map(
                    str,
                    w.read(stored)
                    .drop_columns(["source", "source_id", "row"] if stored == "quarantine" else [])
                    .to_pylist(),
                )
            )
            for w in (fresh, workspace)
        )
        assert in_parts == at_once


def test_a_row_given_again_with_news_replaces_the_old(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    header = "contact_id,customer_id,sent_at,channel,purpose,outcome\n"
    take(
        workspace,
        written(
            tmp_path,
            "a.csv",
            header + "c1,K1,2024-01-01,email,offer,sent\nc2,K2,2024-01-01,email,offer,sent\n",
        ),
    )
    take(workspace, written(tmp_path, "b.csv", header + "c1,K1,2024-01-01,email,offer,accepted\n"))
    outcomes = {row["contact_id"]: row["outcome"] for row in workspace.read("contacts").to_pylist()}
    assert outcomes == {"c1": "accept", "c2": "none"}


def test_a_persons_word_decides_and_is_remembered(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    text = "a,b,c,d\nk1,view,2024-01-01,p1\nk2,view,2024-01-02,p2\n"
    columns = {"customer_id": "a", "kind": "b", "happened_at": "c", "product_id": "d"}
    take(workspace, written(tmp_path, "odd.csv", text), as_table="events", columns=columns)
    again = take(workspace, written(tmp_path, "more.csv", text + "k3,view,2024-01-03,p1\n"))
    assert (again.sources[0].kind, again.sources[0].added) == ("events", 1)


def test_what_is_missing_is_named(tmp_path):
    file = written(tmp_path, "x.csv", "customer_id,kind\nk1,view\n")
    with pytest.raises(UnrecognisedColumns, match=r"As events.*happened_at \(when\)"):
        take(Workspace(tmp_path / "ws"), file, as_table="events")
    with pytest.raises(InvalidInput, match="cannot be 'evnts'"):
        take(Workspace(tmp_path / "ws"), file, as_table="evnts")
    with pytest.raises(UnrecognisedColumns, match="cannot mean 'happend_at'"):
        take(Workspace(tmp_path / "ws"), file, as_table="events", columns={"happend_at": "kind"})


def test_a_bad_file_among_good_ones_leaves_everything_as_it_was(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    good = written(tmp_path, "events.csv", FILES["events"])
    bad = written(tmp_path, "contacts.csv", "customer_id,sent_at,channel,outcome\nk1,never,email,open\n")
    with pytest.raises(InvalidInput, match="no row of the file can be used"):
        take(workspace, good, bad)
    assert Workspace(tmp_path / "ws").manifest.tables == {}


def test_orders_stay_orders(tmp_path):
    """Columns such as 'type' or 'channel' do not make an order file a table of something else."""
    header, *rows = ORDERS.splitlines()
    text = "\n".join([f"{header},type,campaign,channel,consent", *(f"{row},view,x,web,yes" for row in rows)])
    workspace = Workspace(tmp_path / "ws")
    assert (
        take(workspace, written(tmp_path, "o.csv", text.replace(",type,", ",status,"))).sources[0].kind
        == "orders"
    )


def test_attributes_and_stock_of_products(tmp_path):
    text = 'sku,name,price,stock,attributes,attr_fits,attribute:Color\np1,Case,9,4,"{""Size"": [1, 2]}",phone a,red\n'
    text += "p2,Phone,99,0,color: blue; ram: 8 GB,,\np3,Odd,1,,{bad,,\np4,Plain,1,-1,,,\n"
    workspace = Workspace(tmp_path / "ws")
    summary = take(workspace, written(tmp_path, "products.csv", text))
    assert summary.sources[0].kind == "products"
    rows = {row["product_id"]: row for row in workspace.read("products").to_pylist()}
    assert json.loads(rows["p1"]["attributes"]) == {"size": "1, 2", "fits": "phone a", "color": "red"}
    assert json.loads(rows["p2"]["attributes"]) == {"color": "blue", "ram": "8 GB"}
    assert [rows[name]["stock"] for name in ("p1", "p2", "p4")] == [4.0, 0.0, -1.0]
    assert "p3" not in rows
    (aside,) = workspace.read("quarantine").to_pylist()
    assert (aside["kind"], aside["row"]) == ("products", 4)
    assert "attributes" in aside["reason"]


def test_all_firm_tables_are_loaded_even_if_never_given(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    take(workspace, written(tmp_path, "events.csv", FILES["events"]))
    with workspace.engine() as engine:
        counts = {table.name: engine.fetch(table.name).num_rows for table in FIRM_TABLES}
    assert counts == {name: 3 if name == "events" else 0 for name in counts}


def test_a_workspace_stored_before_a_contract_grew_is_read(tmp_path):
    import pyarrow.parquet as pq

    workspace = Workspace(tmp_path / "ws")
    take(
        workspace,
        written(
            tmp_path,
            "products.csv",
            "sku,name,price\n" + "".join(f"p{n},Thing {n},{n}\n" for n in range(1, 9)),
        ),
    )
    for file in workspace.files("product_list"):
        pq.write_table(pq.read_table(file).drop_columns(["attributes", "stock"]), file)
    opened = Workspace(tmp_path / "ws")
    take(opened, written(tmp_path, "orders.csv", ORDERS))
    assert opened.read("products").num_rows > 8


@pytest.mark.parametrize("text", ["", "customer_id,email\n", "customer_id,email\n,\n"])
def test_empty_files_get_a_clear_answer(text, tmp_path):
    with pytest.raises(PassendError) as problem:
        take(Workspace(tmp_path / "ws"), written(tmp_path, "customers.csv", text), as_table="customers")
    assert problem.value.remedy


def test_a_log_is_read_twice_once_for_what_was_looked_at_and_once_for_what_was_bought(tmp_path):
    log = "event_time,event_type,product_id,price,user_id,user_session\n" + "".join(
        f"2024-01-{n % 28 + 1:02d} 10:00:00 UTC,{('view', 'cart', 'remove_from_cart', 'purchase')[n % 4]},"
        f"p{n % 9},2.62,u{n % 7},s{n // 4}\n"
        for n in range(80)
    )
    workspace = Workspace(tmp_path / "ws")
    file = written(tmp_path, "log.csv", log)
    take(workspace, file)
    summary = take(workspace, file, as_table="orders")
    assert workspace.read("events").num_rows == 40
    assert workspace.read("orders").num_rows == 20
    assert summary.quarantined["looked at, searched or put in the cart, not bought"] == 60
    assert summary.adds_up


def test_rows_of_an_erased_customer_do_not_come_back(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    file = written(tmp_path, "customers.csv", FILES["customers"])
    take(workspace, file)
    erase_person(workspace, "K1")
    grown = written(tmp_path, "again.csv", FILES["customers"] + "K3;Cy;Z;;;15.01.2020;Firma;de\n")
    take(workspace, grown)
    assert sorted(workspace.read("customers")["customer_id"].to_pylist()) == ["K2", "K3"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("unsubscribed.csv", "customer_id\nK1\nK2\n"),
        ("Abmeldungen_widerspruch.csv", "Kundennummer;Name\nK1;A\nK2;B\n"),
        ("list.csv", "customer_id,status\nK1,unsubscribed\nK2,unsubscribed\n"),
    ],
)
def test_a_list_of_refusals_without_days_counts_from_today(tmp_path, name, text):
    """A refusal counts however it is written down; nobody on such a list is taken for a customer who agreed."""
    workspace = Workspace(tmp_path / "w")
    for file, content in (("orders.csv", ORDERS), (name, text)):
        take(workspace, written(tmp_path, file, content))
    rows = workspace.read("consents").to_pylist()
    assert {(row["customer_id"], row["is_given"], row["channel"]) for row in rows} == {
        ("k1", False, "email"),
        ("k2", False, "email"),
    }
    assert all(
        abs(row["said_at"] - datetime.now(UTC).replace(tzinfo=None)) < timedelta(hours=1) for row in rows
    )


def test_a_consent_without_its_day_proves_nothing(tmp_path):
    workspace = Workspace(tmp_path / "w")
    for file, content in (
        ("orders.csv", ORDERS),
        ("list.csv", "customer_id,status\nK1,unsubscribed\nK2,subscribed\n"),
    ):
        summary = take(workspace, written(tmp_path, file, content))
    assert [row["customer_id"] for row in workspace.read("consents").to_pylist()] == ["k1"]
    assert summary.sources[0].unusable == {"a consent without its day proves nothing": 1}
