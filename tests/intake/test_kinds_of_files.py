"""Kinds of order files that were once read wrongly in silence: cells with fields, groups, documents, parts."""

import pytest

from passend.errors import UnrecognisedColumns, UnsettledGuess
from passend.flow.importing import import_sources
from passend.flow.sources import ImportRequest
from passend.ports import Silence
from passend.workspace import Workspace
from tests.intake.reading import written


def imported(folder, *files):
    """What files become: order, product, pieces, cents of each line; and the workspace."""
    place = Workspace(folder / "workspace")
    paths = [written(folder, text, f"{number}.csv") for number, text in enumerate(files)]
    summary = import_sources(place, [ImportRequest(path) for path in paths], Silence())
    rows = place.read("orders").to_pylist()
    found = [(row["order_id"], row["product_id"], row["quantity"], row["revenue_cents"]) for row in rows]
    return sorted(found), place, summary


def test_fields_of_a_cell_become_columns_whatever_divides_them(tmp_path):
    head = "order_id,date,email,contents\n"
    piped = [
        '1,2026-01-01,a@x.de,"name:Mug, blue|sku:M|quantity:2|total:24.00;name:Pot|sku:P|quantity:1|total:9.00"',
        "2,2026-01-02,b@x.de,name:Pot|sku:P|quantity:3|total:27.00",
    ]
    right = [("1", "M", 2, 2400), ("1", "P", 1, 900), ("2", "P", 3, 2700)]
    (tmp_path / "a").mkdir()
    found, place, _ = imported(tmp_path / "a", head + "\n".join(piped) + "\n")
    assert found == right
    assert {row["name"] for row in place.read("products").to_pylist()} == {"Mug, blue", "Pot"}
    swapped = [
        row.replace("|", "~").replace(";", "|").replace("~", ", ").replace("Mug, blue", "Mug")
        for row in piped
    ]
    quoted = [
        f'{row.rsplit(",n", 1)[0]},"n{row.rsplit(",n", 1)[1]}"' if '"' not in row else row for row in swapped
    ]
    (tmp_path / "b").mkdir()
    assert imported(tmp_path / "b", head + "\n".join(quoted) + "\n")[0] == right


def test_text_with_a_colon_is_no_cell_of_fields(tmp_path):
    rows = ["1,2026-01-01,a@x.de,Mug,1,note: call; door: left; time: 5 pm", "2,2026-01-02,b@x.de,Pot,1,"]
    found = imported(tmp_path, "\n".join(["order_id,date,email,product,qty,remark", *rows, ""]))[0]
    assert found == [("1", "Mug", 1, None), ("2", "Pot", 1, None)]


def test_products_that_begin_with_their_count_may_have_commas(tmp_path):
    rows = ['1,2026-01-01,a@x.de,"2x Mug, 1x Pot, 1 l"', "2,2026-01-02,b@x.de,3x Mug"]
    found = imported(tmp_path, "\n".join(["order_id,date,email,items", *rows, ""]))[0]
    assert [line[:3] for line in found] == [("1", "Mug", 2), ("1", "Pot, 1 l", 1), ("2", "Mug", 3)]


def test_headings_of_a_report_say_who_bought(tmp_path):
    rows = ["Customer 7 Lee,,,", "R1,2026-01-01,Mug,2", "R1,2026-01-01,Pot,1", "Total 7,,,3"]
    rows += ["Customer 8 Ray,,,", "R2,2026-01-02,Mug,1", "Total 8,,,1"]
    _, place, summary = imported(tmp_path, "\n".join(["receipt,date,product,qty", *rows, ""]))
    bought = {(row["order_id"], row["customer_id"]) for row in place.read("orders").to_pylist()}
    assert bought == {("R1", "7"), ("R2", "8")}
    assert any("headings" in note for source in summary.sources for note in source.notes)


def test_a_type_that_tells_credit_notes_is_no_category(tmp_path):
    rows = ["1,k,2026-01-01,Mug,2,Sales invoice", "2,l,2026-01-02,Mug,1,Sales invoice"]
    rows += ["3,k,2026-01-05,Mug,1,Sales credit note"]
    found, place, _ = imported(tmp_path, "\n".join(["invoice no,customer,date,sku,qty,type", *rows, ""]))
    assert [line[:3] for line in found] == [("1", "Mug", 2), ("2", "Mug", 1)]
    assert [row["order_id"] for row in place.read("returns").to_pylist()] == ["1"]
    assert {row["category"] for row in place.read("products").to_pylist()} == {None}


def test_orders_beside_invoices_are_asked_about_and_offers_are_no_sales(tmp_path):
    head = "belegnummer,kunde,datum,artikel,menge,belegart\n"
    offers = (
        head + "1,k,2026-01-01,Mug,9,Angebot\n2,k,2026-01-02,Mug,1,Rechnung\n3,l,2026-01-13,Mug,1,Rechnung\n"
    )
    assert [line[0] for line in imported(tmp_path, offers)[0]] == ["2", "3"]
    both = head + "1,k,2026-01-01,Mug,1,Auftrag\n2,k,2026-01-02,Mug,1,Rechnung\n"
    with pytest.raises(UnsettledGuess, match="count twice"):
        import_sources(
            Workspace(tmp_path / "other"), [ImportRequest(written(tmp_path, both, "b.csv"))], Silence()
        )


def test_voided_lines_and_test_orders_are_no_sales(tmp_path):
    rows = [
        "1,k,2026-01-01,Mug,1,false,no",
        "1,k,2026-01-01,Pot,1,true,no",
        "2,l,2026-01-02,Mug,99,false,yes",
    ]
    found = imported(tmp_path, "\n".join(["order_id,customer,date,sku,qty,void?,test order", *rows, ""]))[0]
    assert found == [("1", "Mug", 1, None)]


def test_prices_with_tax_are_what_people_pay(tmp_path):
    rows = ["1,k,2026-01-01,Mug,2,10.00,11.90,23.80", "2,l,2026-01-02,Pot,1,20.00,23.80,23.80"]
    head = "order_id,customer,date,sku,qty,Unit price excl. tax,Unit price incl. tax,Row total incl. VAT"
    found = imported(tmp_path, "\n".join([head, *rows, ""]))[0]
    assert [line[3] for line in found] == [2380, 2380]


def test_money_that_nothing_reads_is_asked_about(tmp_path):
    rows = ["1,k,2026-01-01,Mug,2,10.50", "2,l,2026-01-02,Pot,1,20.25"]
    head = "order_id,customer,date,sku,qty,Net price group A"
    with pytest.raises(UnsettledGuess, match="what a line costs"):
        imported(tmp_path, "\n".join([head, *rows, ""]))


def test_one_amount_less_the_discount_is_the_other(tmp_path):
    rows = ["1,k,2026-01-01,Mug,2,11.00,1.10,9.90", "2,l,2026-01-02,Pot,1,4.00,0.00,4.00"]
    head = "order_id,customer,date,sku,qty,Gross sales,Discounts,Kept"
    assert [line[3] for line in imported(tmp_path, "\n".join([head, *rows, ""]))[0]] == [990, 400]


def test_an_account_that_is_the_same_everywhere_is_no_customer(tmp_path):
    rows = [f"{number},2026-01-0{number},Mug,1,till@shop.de" for number in range(1, 5)]
    _, place, summary = imported(tmp_path, "\n".join(["receipt no,date,sku,qty,account", *rows, ""]))
    assert {row["customer_id"] for row in place.read("orders").to_pylist()} == {None}
    assert any("the same in every row" in note for source in summary.sources for note in source.notes)


def test_returned_beside_ordered_counts_pieces(tmp_path):
    rows = ["1,k,2026-01-01,Mug,2,2,1", "2,l,2026-01-02,Pot,1,1,0"]
    found, place, _ = imported(
        tmp_path, "\n".join(["order_id,customer,date,sku,ordered,shipped,returned", *rows, ""])
    )
    assert [line[:3] for line in found] == [("1", "Mug", 2), ("2", "Pot", 1)]
    assert [row["quantity"] for row in place.read("returns").to_pylist()] == [1]


def test_lines_that_say_who_bought_learn_from_their_orders_which_failed(tmp_path):
    orders = "order_id,customer_id,date_created,status\n7,k,2026-01-01,completed\n8,l,2026-01-02,failed\n"
    lines = "order_id,customer_id,date,product_id,quantity\n7,k,2026-01-01,cup,2\n8,l,2026-01-02,cup,1\n"
    assert [line[:3] for line in imported(tmp_path, orders, lines)[0]] == [("7", "cup", 2)]


def test_a_list_of_returns_is_not_joined_as_orders(tmp_path):
    returns = "order_id,customer_id,return_date,reason\n7,k,2026-01-09,small\n"
    lines = "order_id,customer_id,date,product_id,quantity\n7,k,2026-01-01,cup,2\n8,l,2026-01-02,cup,1\n"
    with pytest.raises(UnrecognisedColumns):
        imported(tmp_path, returns, lines)


def test_a_row_above_its_lines_that_sums_them_up_counts_no_piece(tmp_path):
    head = (
        "Order Number,Buyer Username,Item Title,Quantity,Sold For,Shipping And Handling,Total Price,Sale Date"
    )
    rows = ["1,ann,,3,$53.00,$4.90,$57.90,Oct-01-26", "1,ann,Mug,2,$24.00,,,", "1,ann,Pot,1,$29.00,,,"]
    rows += ["2,bob,Pot,1,$29.00,$0.00,$29.00,Oct-15-26"]
    found = imported(tmp_path, "\n".join([head, *rows, ""]))[0]
    assert found == [("1", "Mug", 2, 2400), ("1", "Pot", 1, 2900), ("2", "Pot", 1, 2900)]


def test_parents_that_are_empty_make_no_variant(tmp_path):
    head = "order_number,label,product_number,quantity,unit_price,total_price,parent_id,email,order_date"
    rows = ["1,Mug,M,2,12,24,,a@x.de,2026-01-01", "2,Mug,M,1,12,12,,b@x.de,2026-01-02"]
    found = imported(tmp_path, "\n".join([head, *rows, ""]))[0]
    assert found == [("1", "M", 2, 2400), ("2", "M", 1, 1200)]


def test_a_total_that_is_less_than_the_lines_is_explained_or_asked_about(tmp_path):
    lines = [
        (f"{number}", f"2026-01-{number:02d}", 2 + number % 3, number % 3 == 0) for number in range(1, 29)
    ]

    def rows(off):
        for order, day, pieces, less in lines:
            subtotal = 12.5 * pieces
            taken = 5.25 if less else 0
            yield f"{order},k{order},{day},Mug,{pieces},12.50,{subtotal:.2f},{subtotal - taken:.2f}" + (
                f",{taken:.2f}" if off else ""
            )

    head = "order_id,customer,date,sku,qty,price,subtotal,order total"
    with pytest.raises(UnsettledGuess, match="cost less"):
        imported(tmp_path, "\n".join([head, *rows(off=False), ""]))
    for name, taken_off in (("taken off", True), ("gift card", False)):
        (tmp_path / name).mkdir()
        found = imported(tmp_path / name, "\n".join([f"{head},{name}", *rows(off=True), ""]))[0]
        whole = sum(1250 * pieces for _, _, pieces, _ in lines)
        off = sum(525 for *_, less in lines if less)
        assert sum(line[3] for line in found) == (whole - off if taken_off else whole)


def test_exports_that_lack_the_products_name_the_one_to_take(tmp_path):
    head = "Sale Date,Order ID,Buyer User ID,Full Name,Number of Items,Order Value,Order Total,SKU"
    with pytest.raises(UnrecognisedColumns) as refused:
        imported(tmp_path, f"{head}\n10/05/26,1,ann,Ann,2,24.00,24.00,M\n")
    assert "Order items" in str(refused.value)
