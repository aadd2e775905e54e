"""Lists of refunds beside the orders: what comes back is no sale."""

import pytest

from passend.flow import ImportRequest, import_sources
from passend.ports import Silence
from passend.workspace import Workspace

ORDERS = (
    "order_id,order_date,customer_id,product_id,quantity,unit_price\n"
    "1001,2026-01-10,K1,L1,2,39.00\n1001,2026-01-10,K1,H1,1,59.00\n1002,2026-01-12,K2,L1,1,39.00\n"
)


def taken(tmp_path, refunds, orders=ORDERS):
    for name, text in (("orders.csv", orders), ("refunds.csv", refunds)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    workspace = Workspace(tmp_path / "w")
    files = [ImportRequest(tmp_path / name) for name in ("orders.csv", "refunds.csv")]
    return workspace, import_sources(workspace, files, Silence())


@pytest.mark.parametrize(
    "refunds",
    [
        "refund_id,order_id,product_id,refund_date,quantity,amount\nR1,1001,L1,2026-02-01,1,39.00\n",
        "refund_id,order_id,product_id,refund_date,quantity,amount\nR1,1001,L1,2026-02-01,1,-39.00\n",
        "Gutschriftnr;Bestellnummer;Kunde;Artikel;Menge;Betrag;Gutschriftdatum\nG1;1001;K1;L1;1;-39,00;01.02.2026\n",
        "order_id,product_id,quantity,line_total,returned_at\n1001,L1,1,39.00,2026-02-01\n",
    ],
)
def test_a_list_of_refunds_takes_back_what_was_sold(tmp_path, refunds):
    workspace, summary = taken(tmp_path, refunds)
    assert (summary.kept, summary.returns) == (3, 1)
    (back,) = workspace.read("returns").to_pylist()
    assert (back["order_id"], back["product_id"], back["quantity"]) == ("1001", "L1", 1)
    assert back["returned_at"].date().isoformat() == "2026-02-01"
    assert any("lists refunds" in note for source in summary.sources for note in source.notes)


def test_orders_that_say_which_rows_came_back_stay_orders(tmp_path):
    orders = (
        "order_id,order_date,customer_id,product_id,quantity,unit_price,refund_id\n"
        "1,2026-01-10,K1,L1,1,39.00,\n2,2026-01-11,K2,L1,1,39.00,\n3,2026-01-12,K3,L1,1,39.00,R1\n"
    )
    _, summary = taken(
        tmp_path, "refund_id,order_id,product_id,refund_date,quantity\nR1,3,L1,2026-02-01,1\n", orders
    )
    assert (summary.kept, summary.returns) == (3, 1)


@pytest.mark.parametrize("column", ["returned_at", "refund date", "Retourniert am"])
def test_a_day_in_a_column_of_returns_says_that_the_row_came_back(tmp_path, column):
    """The day alone says so: a row with one is no sale that stayed."""
    (tmp_path / "orders.csv").write_text(
        f"order_id,order_date,customer_id,product_id,quantity,unit_price,{column}\n"
        "1,2026-01-10,K1,L1,1,39.00,\n2,2026-01-11,K2,L1,1,39.00,2026-01-20\n3,2026-01-12,K3,L1,1,39.00,\n",
        encoding="utf-8",
    )
    workspace = Workspace(tmp_path / "w")
    import_sources(workspace, [ImportRequest(tmp_path / "orders.csv")], Silence())
    assert [row["order_id"] for row in workspace.read("returns").to_pylist()] == ["2"]
