"""Shops that no method was made for: each gets a correct or a clear answer, through the whole job."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from passend.flow import ImportRequest, import_sources, make_plan, write_report
from passend.flow.lookup import find_product
from passend.ports import Silence
from passend.workspace import Workspace

HEADER = ["order_id", "customer_id", "product_id", "product_name", "order_date", "quantity", "price"]
START = datetime(2024, 1, 1)


def run(folder: Path, rows: list[list], *further: Path) -> Workspace:
    file = folder / "orders.csv"
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text)
        writer.writerow(HEADER)
        writer.writerows(rows)
    workspace = Workspace(folder / "ws")
    import_sources(workspace, [ImportRequest(path) for path in (file, *further)], Silence())
    make_plan(workspace, Silence())
    write_report(workspace, Silence())
    return workspace


def line(order: object, customer: object, product: object, day: int = 0, name: str = "") -> list:
    return [
        order,
        customer,
        product,
        name or f"Thing {product}",
        f"{START + timedelta(days=day):%Y-%m-%d}",
        1,
        "9.90",
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [line(1, "a", "p1")],
        [line(n, f"c{n % 5}", "p1", n) for n in range(60)],
        [line(1, "a", f"p{n}") for n in range(12)],
        [line(n, f"c{n}", f"p{p}", n % 90) for n in range(200) for p in range(4)],
        [line(n, "", f"p{n % 3}", n) for n in range(30)],
        [line(n, f"c{n}", f"p{n}", n) for n in range(40)],
    ],
    ids=["one line", "one product", "one basket", "all baskets equal", "guests only", "nothing twice"],
)
def test_odd_shops_are_answered_and_nothing_is_made_up(rows, tmp_path):
    workspace = run(tmp_path, rows)
    assert workspace.read("relations").num_rows == 0
    shown = find_product(workspace, rows[0][2])
    assert shown["relations"] == {}
    owned = {(row[1], row[2]) for row in rows}
    offers = workspace.read("recommendations").to_pylist()
    assert not owned & {(row["customer_id"], row["product_id"]) for row in offers}


def test_a_basket_of_100_000_lines_says_nothing_of_pairs_and_stops_nothing(tmp_path):
    rows = [line("huge", "reseller", f"p{n % 2000}", 5) for n in range(100_000)]
    for place, row in enumerate(rows):
        row[5] = 1 + place // 2000
    for n in range(300):
        wanted = ["a", "b"] if n % 2 else [f"p{n % 40}", f"p{(n * 7 + 3) % 40}"]
        rows += [line(n, f"c{n % 70}", product, n % 90) for product in wanted]
    workspace = run(tmp_path, rows)
    assert workspace.read("orders").num_rows > 100_000
    pairs = {(row["product_id"], row["other_id"]) for row in workspace.read("relations").to_pylist()}
    assert {("a", "b"), ("b", "a")} <= pairs
    assert len(pairs) < 200, "the huge basket alone holds two million pairs"


def test_products_named_with_emoji(tmp_path):
    rows = []
    for n in range(300):
        bike = [("🚲", "Rad 🚲 „schnell“"), ("🪖", "Helm 🪖👩‍🚀")]
        oils = [(f"x{n % 7}", f"Öl 🛢️ {n % 7}"), (f"x{(n + 3) % 7}", f"Öl 🛢️ {(n + 3) % 7}")]
        rows += [line(n, f"c{n % 50}", code, n % 120, name) for code, name in (bike if n % 2 else oils)]
    workspace = run(tmp_path, rows)
    shown = find_product(workspace, "🚲")
    assert [row["other_id"] for row in shown["relations"]["complement"]] == ["🪖"]
    assert "Helm 🪖👩‍🚀" in shown["relations"]["complement"][0]["reason"]
    assert "🪖👩‍🚀" in (workspace.folder / "report.html").read_text("utf-8")


def test_numbers_in_one_file_and_text_in_the_other_are_one_product(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        line(n, 100 + n % 50, product, n % 120)
        for n in range(200)
        for product in ([1, 2] if n % 2 else [3 + n % 5])
    ]
    products = tmp_path / "products.parquet"
    pq.write_table(
        pa.table(
            {"product_id": [1.0, 2.0, 3.0], "name": ["One", "Two", "Three"], "unit_cost": [1.0, 2.0, 3.0]}
        ),
        products,
    )
    events = tmp_path / "events.csv"
    events.write_text(
        "event_name,event_time,user_id,item_id\n"
        + "".join(f"view_item,2024-01-{n + 1:02d},{100 + n}.0,1.0\n" for n in range(20))
    )
    workspace = run(tmp_path, rows, products, events)
    assert find_product(workspace, "1")["product"]["name"] == "One"
    assert set(workspace.read("events")["customer_id"].to_pylist()) <= {str(100 + n) for n in range(50)}
    assert set(workspace.read("events")["product_id"].to_pylist()) == {"1"}
