"""The exports that the benchmark writes hold what it calls right, and what an import loses is noticed."""

from collections import Counter
from dataclasses import replace

import pytest

from benchmarks.export_files import systems, write
from benchmarks.export_orders import Line, Order, Wish, invented, spread, truth
from benchmarks.intake_layouts import MORE, VARIANTS, differences, verdict


def test_every_system_says_whose_order_of_what():
    assert len(systems()) >= 25
    for system in systems():
        assert system.says("order") or system.says("buyer"), system.name
        assert any(system.says(name) for name in ("sku", "item", "ean")), system.name


@pytest.mark.parametrize("off", [0, 1, 333, 1999])
def test_parts_of_an_orders_discount_add_up_to_it(off):
    lines = (Line(1, 3, 1990, 50), Line(0, 1, 1250), Line(8, 2, 640))
    order = Order(1001, 1, invented(Wish(), 1)[0].at, lines, off=off)
    assert sum(spread(order)) == order.goods - off == order.subtotal


def test_what_is_lost_or_changed_is_noticed():
    right = truth(invented(Wish(), 3), buyers=True, currencies=True, pieces=True, money=True)
    (first, *_) = right.lines
    lost = replace(right, lines=right.lines - Counter([first]))
    assert list(differences(right, right)) == []
    assert "lines" in " ".join(differences(right, lost))
    assert "customers" in " ".join(differences(right, replace(right, customers=1)))


@pytest.mark.parametrize("variant", [VARIANTS[1], MORE[3]], ids=lambda variant: variant.name)
def test_an_export_with_everything_is_read_to_the_cent(variant, tmp_path):
    shop = next(system for system in systems() if system.name == "shopify-orders")
    assert verdict(shop, variant, 5, tmp_path) == ("right", "")


def test_a_variant_writes_what_it_is_called(tmp_path):
    shop = next(system for system in systems() if system.name == "odoo-sale")
    german = next(variant for variant in VARIANTS if variant.german)
    made = invented(german.wish(shop), 1)
    write(tmp_path / "file.csv", made, shop, german, 1)
    header, first, second = (tmp_path / "file.csv").read_text(encoding="cp1252").splitlines()[:3]
    assert header.startswith("Auftragsreferenz;Kunde;")
    assert "," in first.split(";")[6]
    assert len(made[0].lines) == 1 or second.startswith(";;")
