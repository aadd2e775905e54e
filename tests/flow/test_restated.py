"""The log of restated figures: a late return, a window that closed; and nothing where nothing changed."""

import pytest

from passend.flow.importing import import_sources
from passend.flow.results import measure_workspace
from passend.flow.sources import ImportRequest
from passend.ports import Silence
from passend.workspace import Workspace
from tests.cli.test_results import call, filled


@pytest.fixture
def shop(tmp_path):
    return filled(tmp_path, 400)


def _told(shop):
    return measure_workspace(Workspace(shop), Silence())


def _add(shop, rows):
    file = shop.parent / f"more-{len(list(shop.parent.glob('more-*')))}.csv"
    file.write_text("\n".join(["order_id,customer_id,product_id,ordered_at,quantity,unit_price", *rows]))
    import_sources(Workspace(shop), [ImportRequest(file, as_table="orders")], Silence())


def _treated_order(shop):
    """An order of a treated customer in the window: number, customer, product, price."""
    lines = (line.split(",") for line in (shop.parent / "orders.csv").read_text().splitlines()[1:])
    return next(
        (one[0], one[1], one[2], one[5])
        for one in lines
        if one[3] > "2026-03-12" and one[3] < "2026-03-20" and int(one[1][1:]) % 5
    )


def test_a_late_return_is_logged_with_both_figures_day_and_cause(shop):
    first = _told(shop)
    assert not first.restated
    assert not _told(shop).restated
    number, customer, product, price = _treated_order(shop)
    _add(shop, [f"R{number},{customer},{product},2026-08-02,-1,{price}"])
    later = _told(shop)
    row = later.restated[0]
    assert row["cause"] == "returns came late"
    assert not row["was_provisional"]
    assert (row["earlier"], row["total"]) == (
        first.measured[0].effects["profit"].total,
        later.measured[0].effects["profit"].total,
    )
    assert row["total"] < row["earlier"]
    assert str(row["until"])[:10] == "2026-08-02"
    assert str(row["earlier_until"]) < str(row["until"])
    assert len(_told(shop).restated) == 1
    said = call("results", "-w", shop, "--language", "de")
    assert "Berichtigte Zahlen" in said
    assert "Rücksendungen kamen" in said
    call("letter", "-w", shop, "--folder", shop.parent, "--language", "en")
    assert "Restated figures" in (shop.parent / "letter.html").read_text("utf-8")


def test_a_provisional_figure_that_becomes_final_is_logged_once(shop):
    before = Workspace(shop, ["customers.as_of=2026-03-25"])
    assert measure_workspace(before, Silence()).measured[0].is_provisional
    row = _told(shop).restated[0]
    assert row["was_provisional"]
    assert row["cause"].startswith("windows or returns were still open")
    assert len(_told(shop).restated) == 1


def test_a_corrected_order_and_another_cost_have_their_own_cause(shop):
    _told(shop)
    _, customer, product, _ = _treated_order(shop)
    _add(shop, [f"late1,{customer},{product},2026-03-15,1,300"])
    assert _told(shop).restated[0]["cause"] == "orders came late or were corrected"
    dearer = Workspace(shop, ["customers.margin_share=0.2"])
    assert (
        measure_workspace(dearer, Silence())
        .restated[0]["cause"]
        .startswith("costs, prices of goods or settings")
    )
