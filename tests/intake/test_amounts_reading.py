"""The reading of a file's amounts is the one under which they agree, and what nothing decides is asked."""

import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from passend.intake.columns import recognise
from passend.intake.lines import stage_lines
from passend.ports import Silence
from passend.settings import Settings
from tests.intake.memory_source import MemorySource

PRICES = {"A": 4.99, "B": 12.5, "C": 79.0, "D": 3.33}


def rows(seed=1, orders=60, share=0.0):
    """Lines of orders with a discount of their own for a share of them: order, product, pieces, price, share off."""
    chance = random.Random(seed)
    for order in range(orders):
        for product in chance.sample(sorted(PRICES), chance.randint(1, 3)):
            off = chance.choice([0.1, 0.2, 0.5]) if chance.random() < share else 0.0
            yield order, product, chance.randint(1, 4), PRICES[product], off


def file_of(header, make, **options):
    names = ["order_id", "customer_id", "date", "sku", *header.split("|")]
    lines = [
        [f"{1000 + row[0]}", f"c{row[0] % 9}", f"2026-01-{1 + row[0] % 28:02d}", row[1], *make(*row)]
        for row in rows(**options)
    ]
    columns = list(zip(*lines, strict=True))
    return pa.table(
        {name: pa.array([str(v) for v in column]) for name, column in zip(names, columns, strict=True)}
    )


def read(table, tmp_path):
    source = MemorySource(table, batch=37)
    recognition = recognise(source)
    staged = stage_lines(source, recognition, Settings(), tmp_path, Silence())
    lines = pa.concat_tables(pq.read_table(file) for file in staged.files).to_pylist()
    return recognition, staged, lines


def money(lines):
    return sum(row["unit_price"] * row["quantity"] - (row["discount"] or 0) for row in lines)


def truth(**options):
    return sum(pieces * price * (1 - off) for _, _, pieces, price, off in rows(**options))


@pytest.mark.parametrize(
    ("header", "make", "meanings"),
    [
        ("qty|price", lambda _o, _s, n, p, _d: (n, p), {"price": "unit_price"}),
        ("qty|item-price", lambda _o, _s, n, p, _d: (n, round(n * p, 2)), {"item-price": "line_total"}),
        ("qty|amount", lambda _o, _s, n, p, _d: (n, p), {"amount": "unit_price"}),
        ("qty|amount", lambda _o, _s, n, p, _d: (n, round(n * p, 2)), {"amount": "line_total"}),
        (
            "qty|Sales|Discount",
            lambda _o, _s, n, p, d: (n, round(n * p * (1 - d), 4), d),
            {"Sales": "line_total", "Discount": "discount_share"},
        ),
        (
            "qty|Sales|Discount",
            lambda _o, _s, n, p, d: (n, n * p, round(n * p * d, 4)),
            {"Sales": "line_gross", "Discount": "discount"},
        ),
        (
            "qty|price|Discount|line total",
            lambda _o, _s, n, p, d: (n, p, int(d * 100), round(n * p * (1 - d), 4)),
            {"price": "unit_price", "Discount": "discount_share", "line total": "line_total"},
        ),
        (
            "qty|price|Discount|total",
            lambda _o, _s, n, p, d: (n, p, int(d * 100), round(n * p * (1 - d), 4)),
            {"price": "unit_price", "Discount": "discount_share", "total": "line_total"},
        ),
        (
            "qty|price|Discount|line total",
            lambda _o, _s, n, p, d: (n, p, round(p * d, 4), round(n * p * (1 - d), 4)),
            {"price": "unit_price", "Discount": "discount_each", "line total": "line_total"},
        ),
        (
            "qty|price|Discount|line total",
            lambda _o, _s, n, p, d: (n, p, -round(n * p * d, 4), n * p),
            {"price": "unit_price", "Discount": "discount", "line total": "line_gross"},
        ),
    ],
)
def test_the_amounts_decide_what_they_mean(header, make, meanings, tmp_path):
    reduced = 0.4 if "Discount" in header else 0.0
    recognition, _, lines = read(file_of(header, make, share=reduced), tmp_path)
    assert {
        column: meaning for meaning, (column, *_) in recognition.mapping.items() if column in meanings
    } == meanings
    assert recognition.doubts == ()
    assert money(lines) == pytest.approx(truth(share=reduced), abs=0.05)


def test_what_a_layout_says_stands_where_nothing_was_taken_off(tmp_path):
    """Amazon's item price is that before promotions; an export without their column has it all the same."""
    table = file_of("quantity|item-price", lambda _o, _s, n, p, _d: (n, round(n * p, 2)))
    names = {"order_id": "amazon-order-id", "customer_id": "buyer-email", "date": "purchase-date"}
    recognition, _, lines = read(
        table.rename_columns([names.get(n, n) for n in table.column_names]), tmp_path
    )
    assert recognition.mapping["line_gross"] == ("item-price",)
    assert money(lines) == pytest.approx(truth())


@pytest.mark.parametrize(
    ("header", "make", "column"),
    [
        (
            "qty|amount|Discount",
            lambda o, s, n, p, _d: (n, (31 * o + 17 * ord(s)) % 50 + 20.25, o % 4),
            "amount",
        ),
        ("qty|price|Discount", lambda _o, _s, n, p, d: (n, p, d), "Discount"),
        ("qty|price|Discount", lambda _o, _s, n, p, d: (n, p, int(d * 10)), "Discount"),
        ("qty|price|Rabatt", lambda _o, _s, n, p, d: (n, 100 * p, int(d * 100)), "Rabatt"),
    ],
)
def test_what_nothing_decides_is_asked_with_what_settles_it(header, make, column):
    recognition = recognise(MemorySource(file_of(header, make, share=0.5)))
    assert [column in doubt.sentence for doubt in recognition.doubts] == [True]
    assert f'="{column}"' in recognition.doubts[0].remedy
    first = recognition.doubts[0].remedy.split('"')[0].removeprefix("--map ").removesuffix("=")
    settled = recognise(MemorySource(file_of(header, make, share=0.5)), overrides={first: column})
    assert settled.doubts == ()


SHOP = (
    "Name,Email,Created at,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,"
    "Lineitem quantity,Lineitem price,Lineitem sku,Lineitem discount"
)


def shop_orders(reduction, *, beside, tax=0.0):
    """Orders with a code of 10 on every other one and 1 off each first line, in Shopify's layout."""
    lines = []
    for order in range(40):
        code = reduction if order % 2 else 0.0
        net = 2 * 20.0 - 1.0 + 30.0 - code
        named = code if beside else code + 1.0
        first = [f"{net:.2f}", "4.90", f"{net * tax:.2f}", f"{net * (1 + tax) + 4.9:.2f}", f"{named:.2f}"]
        shown = [f"#{order}", f"{order % 7}@x.de", "2026-02-03 10:00:00 +0100", "EUR"]
        lines.append([*shown, *first, "2", "20.00", "MUG", "1.00"])
        lines.append([*shown[:3], "", "", "", "", "", "", "1", "30.00", "PLATE", "0.00"])
    columns = list(zip(*lines, strict=True))
    return pa.table({name: pa.array(column) for name, column in zip(SHOP.split(","), columns, strict=True)})


@pytest.mark.parametrize("tax", [0.0, 0.19])
@pytest.mark.parametrize(("beside", "meaning"), [(True, "order_discount"), (False, "all_discounts")])
def test_orders_decide_what_their_discount_is_off(beside, meaning, tax, tmp_path):
    recognition, staged, _ = read(shop_orders(10.0, beside=beside, tax=tax), tmp_path)
    assert recognition.mapping[meaning] == ("Discount Amount",)
    (agreement,) = staged.agreements
    assert (agreement.agree, agreement.compared) == (40, 40)
    assert "40 of 40 orders add up to the cent" in agreement.sentence()


def test_orders_that_do_not_add_up_are_told_with_their_columns(tmp_path):
    table = shop_orders(10.0, beside=True)
    wrong = pa.array([f"{float(v) + 3:.2f}" if v else v for v in table["Subtotal"].to_pylist()])
    table = table.set_column(4, "Subtotal", wrong).drop_columns(["Total"])
    _, staged, _ = read(table, tmp_path)
    (agreement,) = staged.agreements
    assert (agreement.agree, agreement.holds) == (0, False)
    assert "'Subtotal'" in agreement.doubt().sentence
