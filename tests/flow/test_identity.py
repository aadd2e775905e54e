"""One person is one person in every table: refused, erased, exported and merged under any way of writing."""

import json
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from passend.errors import InvalidInput
from passend.flow import ImportRequest, import_sources, make_plan
from passend.flow.identity import Merge
from passend.flow.lookup import find_customer
from passend.flow.merging import merge_customers, merges
from passend.flow.persons import erase_person, export_person, is_erased
from passend.ports import Silence
from passend.workspace import Workspace

RULES = "channels:\n  onsite: {use: no}\n  desk: {use: no}\n  email: {accepts: [opt-in], cost_cents: 0}\n"


def take(workspace, *files, **options):
    return import_sources(workspace, [ImportRequest(file, **options) for file in files], Silence())


def file(folder, name, *rows):
    path = folder / name
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def orders(folder, name="orders.csv", who=lambda n: f"K{n}", customers=40, header="customer_id"):
    rows = [
        f"{n}{k},{who(n)},{2024 + k}-0{k + 1}-{n % 28 + 1:02d},{sku},1,{price}"
        for n in range(customers)
        for k in range(2)
        for sku, price in (("PHONE", "300.00"), (f"CASE{n % 3}", "9.00"))[: 1 + (n + k) % 2]
    ]
    return file(folder, name, f"order_id,{header},date,sku,qty,price", *rows)


def mailed(workspace):
    make_plan(workspace, Silence())
    return {row["customer_id"] for row in workspace.read("offers").to_pylist() if row["channel"] == "email"}


def test_a_refusal_in_other_letters_or_by_unsubscribing_counts(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    (workspace.folder / "rules.yaml").write_text(RULES)
    agreed = [f"Kim{n}@Example.com,email,2025-01-01,yes,opt-in" for n in range(40)]
    refused = [
        f"{name},email,2025-06-01,no,"
        for name in ("kim1@example.com", " KIM2@EXAMPLE.COM ", "<kim3@example.com>")
    ]
    tie = ["kim4@example.com,email,2025-07-01,no,", "Kim4@example.com,email,2025-07-01,yes,opt-in"]
    sent = ["kim5@EXAMPLE.com,2025-08-01,email,spring,PHONE,unsubscribed"]
    take(
        workspace,
        orders(tmp_path, who=lambda n: f"Kim{n}@Example.com", header="email"),
        file(tmp_path, "consents.csv", "customer_id,channel,said_at,is_given,basis", *agreed, *refused, *tie),
        file(tmp_path, "contacts.csv", "customer_id,sent_at,channel,campaign,sku,outcome", *sent),
    )
    found = mailed(workspace)
    assert len(found) > 20
    assert not {f"kim{n}@example.com" for n in (1, 2, 3, 4, 5)} & found
    assert not find_customer(workspace, "KIM5@example.com")["channels"][0]["is_allowed"]


def test_consents_by_address_and_numbers_without_their_zeros_reach_the_customer(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    (workspace.folder / "rules.yaml").write_text(RULES)
    customers = [f"{n},Kim{n}@Example.com" for n in range(1, 41)]
    consents = [f"{n},email,2025-01-01,yes,opt-in" for n in range(1, 41)]
    take(
        workspace,
        orders(tmp_path, who=lambda n: f"{n + 1:05d}"),
        file(tmp_path, "customers.csv", "customer_id,email", *customers),
        file(tmp_path, "consents.csv", "customer_id,channel,said_at,is_given,basis", *consents,
             "KIM7@example.com,email,2025-05-01,no,"),
    )  # fmt: skip
    found = mailed(workspace)
    assert found, "nobody may be mailed without a consent that reaches them"
    assert found <= {f"{n:05d}" for n in range(1, 41)} - {"00007"}
    assert {row["customer_id"] for row in workspace.read("consents").to_pylist()} == {
        f"{n:05d}" for n in range(1, 41)
    }
    assert workspace.read("consents", as_written=True)["customer_id"][0].as_py() != "00001", "kept as written"
    assert find_customer(workspace, "8")["who"][0]["email"] == "kim8@example.com"


@pytest.mark.parametrize("nobody", ["0", "-1", "0000", "Guest", "guest@shop.example"])
def test_guests_are_nobody_and_it_is_said(nobody, tmp_path):
    workspace = Workspace(tmp_path / "ws")
    summary = take(workspace, orders(tmp_path, who=lambda n: nobody if n % 4 == 0 else f"K{n}"))
    sold = workspace.read("orders")
    assert sold["customer_id"].null_count == 30 == sum(1 for n in range(40) if n % 4 == 0) * 3
    assert len(sold["customer_id"].unique()) == 31
    assert "belong to nobody" in " ".join(summary.sources[0].notes)
    other = Workspace(tmp_path / "other", ["intake.guests= "])
    take(other, orders(tmp_path, who=lambda n: nobody if n % 4 == 0 else f"K{n}"))
    assert other.read("orders")["customer_id"].null_count == 0


@pytest.mark.parametrize("listed", ["{n}", "{n:05d}"])
def test_product_numbers_meet_across_files(listed, tmp_path):
    workspace = Workspace(tmp_path / "ws")
    rows = [f"{n};0{n % 9 + 1}.01.2026;K{n % 7};{815 + n % 2:05d};1;0,12" for n in range(40)]
    names = [f"{listed.format(n=n)};Ware {n};0,05" for n in (815, 816, 817)]
    summary = take(
        workspace,
        file(tmp_path, "orders.csv", "Bestellnummer;Datum;Kundennummer;Artikelnummer;Menge;Preis", *rows),
        file(tmp_path, "products.csv", "Artikelnummer;Bezeichnung;Einkaufspreis", *names),
    )
    products = {row["product_id"]: row["name"] for row in workspace.read("products").to_pylist()}
    assert products == {"00815": "Ware 815", "00816": "Ware 816", listed.format(n=817): "Ware 817"}
    assert summary.remarks == ()


def test_numbers_that_do_not_meet_are_said_not_to(tmp_path):
    summary = take(
        Workspace(tmp_path / "ws"),
        orders(tmp_path),
        file(tmp_path, "products.csv", "sku,name,unit_cost", *(f"EAN{n},Ware {n},1.00" for n in range(5))),
        file(tmp_path, "consents.csv", "customer_id,channel,said_at,is_given", "a@b.de,email,2025-01-01,yes"),
    )
    assert len(summary.remarks) == 2
    assert "product_list hardly meet" in summary.remarks[1]
    assert "'a@b.de'" in summary.remarks[0]


def test_numbers_do_not_depend_on_the_order_of_files(tmp_path):
    first = orders(tmp_path, "a.csv", who=lambda n: f"{n + 1:04d}")
    second = file(
        tmp_path,
        "b.csv",
        "customer_id,channel,said_at,is_given",
        *(f"{n},email,2025-01-01,yes" for n in (1, 2)),
    )
    content = []
    for number, files in enumerate(((first, second), (second, first))):
        workspace = Workspace(tmp_path / f"ws{number}")
        for one in files:
            take(workspace, one)
        content.append(
            [sorted(map(str, workspace.read(name).to_pylist())) for name in ("orders", "consents")]
        )
    assert content[0] == content[1]


@pytest.mark.parametrize("said", ["kim3@example.com", "KIM3@Example.com ", "Kim <kim3@EXAMPLE.com>"])
def test_erasing_one_way_of_writing_erases_all_and_keeps_all_out(said, tmp_path):
    workspace = Workspace(tmp_path / "ws")
    sold = orders(tmp_path, who=lambda n: f"{n + 1:03d}")
    listed = file(
        tmp_path, "customers.csv", "customer_id,email", *(f"{n},Kim{n}@Example.com" for n in range(1, 41))
    )
    words = file(tmp_path, "consents.csv", "customer_id,channel,said_at,is_given",
                 "3,email,2025-01-01,yes", "KIM3@example.com,email,2025-02-01,no", "kim3@example.com,email,x,no",
                 "kim30@example.com,email,x,no")  # fmt: skip
    take(workspace, sold, listed, words)
    assert set(export_person(workspace, said)) >= {"orders", "lines", "customers", "consents"}
    assert len(export_person(workspace, "3")["consents"]) == 2
    erase_person(workspace, said)
    for path in workspace.folder.rglob("*.parquet"):
        texts = json.dumps(pq.ParquetFile(path).read().to_pylist(), default=str).lower()
        assert "kim3@" not in texts, path
        assert '"003"' not in texts, path
    assert "kim30@" in str(workspace.read("quarantine").to_pylist()), "another's row stays"
    assert is_erased(workspace, "0003")
    again = file(tmp_path, "again.csv", "order_id,customer_id,date,sku,qty,price", "n1,3,2026-05-01,PHONE,1,300.00",
                 "n2,0003,2026-05-01,PHONE,1,300.00", "n3,Kim3@Example.com,2026-05-01,PHONE,1,300.00",
                 "n4,030,2026-05-01,PHONE,1,300.00")  # fmt: skip
    take(workspace, again)
    assert set(workspace.read("orders")["order_id"].to_pylist()) & {"n1", "n2", "n3", "n4"} == {"n4"}
    with pytest.raises(InvalidInput, match="Nothing is stored"):
        export_person(workspace, said)


def word(one, other, action="merge", reason="same address", author="Ada"):
    return Merge(one, other, action, reason, author, datetime.now(UTC).replace(tzinfo=None))


def owned(workspace, number):
    return {row["order_id"] for row in workspace.read("orders").to_pylist() if row["customer_id"] == number}


def test_merged_customers_are_one_in_every_table_and_two_again_when_it_is_taken_back(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    words = file(tmp_path, "consents.csv", "customer_id,channel,said_at,is_given", "K2,email,2025-01-01,no")
    take(workspace, orders(tmp_path), words)
    before = {name: workspace.read(name) for name in ("orders", "consents")}
    assert merge_customers(workspace, word("K1", "k2 "), Silence()) == "K1"
    assert owned(workspace, "K1") == {"10", "11", "20", "21"}
    assert not owned(workspace, "K2")
    assert workspace.read("consents")["customer_id"].to_pylist() == ["K1"], (
        "a refusal of one is a refusal of both"
    )
    assert merge_customers(workspace, word("K3", "K1"), Silence()) == "K3"
    assert owned(workspace, "K3") == {"10", "11", "20", "21", "30", "31"}
    with pytest.raises(InvalidInput, match="one customer already"):
        merge_customers(workspace, word("K3", "K2"), Silence())
    merge_customers(workspace, word("K3", "K1", "part", "other Kim"), Silence())
    merge_customers(workspace, word("K1", "K2", "part", "other Kim"), Silence())
    for name, table in before.items():
        assert (
            workspace.read(name).sort_by(table.schema.names[0]).equals(table.sort_by(table.schema.names[0]))
        ), name
    log = merges(workspace).sort_by("edited_at").to_pylist()
    assert [(row["action"], row["author"]) for row in log] == [("merge", "Ada")] * 2 + [("part", "Ada")] * 2
    take(
        workspace,
        file(tmp_path, "more.csv", "customer_id,channel,said_at,is_given", "K9,email,2025-01-01,no"),
    )
    assert owned(workspace, "K2"), "an import does not bring a merge back"


def test_a_merge_holds_for_files_to_come_and_erasure_reaches_both(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    take(workspace, orders(tmp_path))
    merge_customers(workspace, word("K1", "K2"), Silence())
    take(
        workspace,
        file(
            tmp_path, "more.csv", "order_id,customer_id,date,sku,qty,price", "n1,K2,2026-05-01,PHONE,1,3.00"
        ),
    )
    assert "n1" in owned(workspace, "K1")
    erase_person(workspace, "K2")
    rest = json.dumps(
        [workspace.read(name, as_written=True).to_pylist() for name in workspace.manifest.tables], default=str
    )
    assert '"K1"' not in rest
    assert '"K2"' not in rest


@pytest.mark.parametrize(
    ("given", "says"),
    [(("K1", "K1"), "itself"), (("K1", "nobody"), "no customer 'nobody'"), (("K1", "K2", "part"), "were not merged"),
     (("K1", "K2", "merge", " "), "missing"), (("K1", "K2", "merge", "x", ""), "missing")],
)  # fmt: skip
def test_a_merge_that_cannot_be_changes_nothing(given, says, tmp_path):
    workspace = Workspace(tmp_path / "ws")
    take(workspace, orders(tmp_path, customers=8))
    before = workspace.manifest
    with pytest.raises(InvalidInput, match=says):
        merge_customers(workspace, word(*given), Silence())
    assert Workspace(tmp_path / "ws").manifest == before
