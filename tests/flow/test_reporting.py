from passend.flow import ImportRequest, export_offers, import_sources, make_plan
from passend.ports import Silence
from passend.workspace import Workspace


def test_formulas_in_names_do_not_run_in_a_spreadsheet(tmp_path):
    things = [(n, (n + k) % 9) for n in range(200) for k in (0, 1)]
    rows = "".join(f"{n},k{n % 60},p{thing},=HYPERLINK({thing}),1\n" for n, thing in things)
    (tmp_path / "orders.csv").write_text("order_id,customer_id,product_id,product_name,quantity\n" + rows)
    place = Workspace(tmp_path / "ws")
    import_sources(place, [ImportRequest(tmp_path / "orders.csv")], Silence())
    make_plan(place, Silence())
    text = export_offers(place, Silence())["offers_csv"].read_text("utf-8")
    assert "'=HYPERLINK" in text
    assert '"=HYPERLINK' not in text
