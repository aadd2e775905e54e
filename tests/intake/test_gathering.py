"""Tables that belong together, rows with several products, exports known by name: from files to order lines."""

import pytest

from passend.errors import InvalidInput, UnrecognisedColumns
from passend.flow.importing import import_sources
from passend.flow.sources import ImportRequest
from passend.intake.known import all_layouts, known_layout
from passend.ports import Silence
from passend.workspace import Workspace
from tests.intake.reading import written


def lines_of(folder, *files):
    """The order lines that files become: order, product, pieces."""
    place = Workspace(folder / "workspace")
    paths = [written(folder, text, f"{number}.csv") for number, text in enumerate(files)]
    summary = import_sources(place, [ImportRequest(path) for path in paths], Silence())
    rows = place.read("orders").to_pylist()
    return summary, sorted((row["order_id"], row["product_id"], row["quantity"]) for row in rows)


def test_orders_and_lines_are_joined_in_either_order(tmp_path):
    orders = "order_id,customer_id,order_date\n7,k,2026-01-01\n8,l,2026-01-02\n9,k,2026-01-03\n"
    lines = "order_id,product_id,quantity\n7,cup,2\n7,pot,1\n8,cup,1\n9,pot,3\n"
    for number, files in enumerate(((orders, lines), (lines, orders))):
        folder = tmp_path / str(number)
        folder.mkdir()
        summary, found = lines_of(folder, *files)
        assert found == [("7", "cup", 2), ("7", "pot", 1), ("8", "cup", 1), ("9", "pot", 3)]
        assert any("joined" in note for source in summary.sources for note in source.notes)


def test_each_product_of_a_row_becomes_a_line(tmp_path):
    rows = ["1,2026-01-01,a@x.de,cup,2,pot,1", "2,2026-01-02,b@x.de,cup,1,,"]
    wide = "\n".join(["Order ID,Date,Email,Product 1,Qty 1,Product 2,Qty 2", *rows, ""])
    assert lines_of(tmp_path, wide)[1] == [("1", "cup", 2), ("1", "pot", 1), ("2", "cup", 1)]


def test_each_product_of_a_cell_becomes_a_line(tmp_path):
    rows = ["1;k;2026-01-01;2x cup | pot", "2;l;2026-01-02;pot | cup", "3;k;2026-01-03;cup"]
    found = lines_of(tmp_path, "\n".join(["order_id;customer_id;date;items", *rows, ""]))[1]
    assert found == [("1", "cup", 2), ("1", "pot", 1), ("2", "cup", 1), ("2", "pot", 1), ("3", "cup", 1)]


def test_a_column_for_each_product_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(UnrecognisedColumns, match="a column for each product") as refused:
        lines_of(
            tmp_path, "order_id,customer_id,date,foo,bar,baz\n1,k,2026-01-01,1,0,0\n2,l,2026-01-02,0,1,1\n"
        )
    assert "one row for each product" in str(refused.value)


def test_the_newer_export_of_an_order_holds_in_either_order(tmp_path):
    head = "order_id,customer_id,date,sku,qty\n"
    old = head + "1,k,2026-01-01,cup,2\n1,k,2026-01-01,pot,1\n"
    new = head + "1,k,2026-01-01,cup,1\n2,l,2026-01-09,pot,1\n"
    for number, files in enumerate(((old, new), (new, old))):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert lines_of(folder, *files)[1] == [("1", "cup", 1), ("2", "pot", 1)]


def _orders(customer, products="cup pot jar", day=0):
    """Twelve orders of two products, each of the customer that its number gives."""
    skus = products.split()
    return "order_id,customer_id,date,sku,qty\n" + "".join(
        f"{number},{customer(number)},2026-01-{1 + number + day:02},{sku},1\n"
        for number in range(1, 13)
        for sku in (skus[number % len(skus)], skus[(number + 1) % len(skus)])
    )


def test_customers_numbered_anew_do_not_double_their_orders(tmp_path):
    before = lines_of(tmp_path, _orders(lambda number: 100 + number % 5))[1]
    after = lines_of(tmp_path, _orders(lambda number: f"KD{100 + number % 5}"))[1]
    assert after == before
    rows = Workspace(tmp_path / "workspace").read("orders")
    assert set(rows["customer_id"].to_pylist()) == {f"KD{100 + who}" for who in range(5)}


@pytest.mark.parametrize(
    "other",
    [
        _orders(lambda number: f"B{number % 5}", products="saw axe nail"),
        _orders(lambda number: f"B{number % 5}", day=9),
        _orders(lambda number: f"B{number % 3}"),
    ],
    ids=["of other products", "of other days", "of other people"],
)
def test_orders_of_another_shop_that_counts_alike_stay(other, tmp_path):
    lines_of(tmp_path, _orders(lambda number: 100 + number % 5))
    assert len(lines_of(tmp_path, other)[1]) == 48


def test_every_layout_is_read_and_knows_its_own_headers():
    layouts = all_layouts()
    assert len(layouts) >= 25
    for layout in layouts:
        headers = [names[0] for names in layout.needs]
        found = known_layout(headers)
        assert found is not None, layout.name


def test_a_firm_adds_its_own_layout_and_a_wrong_one_says_what_is_wrong(tmp_path):
    head = "name: Till\nversion: all\nsource: back office\nneeds: [Bon, PLU]\n"
    text = head + "columns: {order_id: Bon, product_id: PLU}\n"
    written(tmp_path, text, "till.yaml")
    found = known_layout(["Bon", "PLU", "Stk"], str(tmp_path))
    assert found is not None
    assert found[1] == {"order_id": ("Bon",), "product_id": ("PLU",)}
    written(tmp_path, text.replace("order_id", "colour"), "wrong.yaml")
    with pytest.raises(InvalidInput, match="colour"):
        known_layout(["Bon"], str(tmp_path))
