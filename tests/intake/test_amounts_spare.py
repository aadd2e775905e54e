"""Columns with names that say nothing are found by arithmetic, and a discount that nothing proves is asked about."""

import random

import pyarrow as pa
import pytest

from passend.intake.columns import recognise
from tests.intake.memory_source import MemorySource

PRICES = {"A": 4.99, "B": 12.5, "C": 79.0, "D": 23.3}


def orders(seed=4):
    """Number, lines (product, pieces), discount of the order, postage."""
    chance = random.Random(seed)
    for number in range(60):
        lines = [(name, chance.randint(1, 3)) for name in chance.sample(sorted(PRICES), chance.randint(1, 3))]
        goods = sum(PRICES[name] * pieces for name, pieces in lines)
        yield number, lines, round(goods * 0.1, 2) if number % 4 == 1 else 0.0, 0.0 if goods > 50 else 4.9


def table(columns, seed=4):
    """A file whose columns are header -> f(number, product, pieces, off, postage, goods)."""
    rows = []
    for number, lines, off, postage in orders(seed):
        goods = round(sum(PRICES[name] * pieces for name, pieces in lines), 2)
        rows += [
            [f"{1000 + number}", f"c{number % 9}", f"2026-01-{1 + number % 28:02d}", name]
            + [str(make(name, pieces, off, postage, goods)) for make in columns.values()]
            for name, pieces in lines
        ]
    names = ["order_id", "customer_id", "date", "sku", *columns]
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


def found(columns, **words):
    recognition = recognise(MemorySource(table(columns)), **words)
    return {column: meaning for meaning, (column, *_) in recognition.mapping.items()}, recognition.doubts


PRICE = {"price": lambda name, _n, _o, _p, _g: PRICES[name]}
QTY = {"qty": lambda _name, pieces, _o, _p, _g: pieces}
LINE = {"line total": lambda name, pieces, _o, _p, _g: round(PRICES[name] * pieces, 2)}


@pytest.mark.parametrize("columns", [LINE, PRICE | LINE], ids=["line amounts", "prices and line amounts"])
def test_pieces_are_found_by_what_a_piece_costs(columns):
    # 'Rang' is a number of whole values, too, and explains nothing.
    columns |= {"Rang": lambda name, _n, _o, _p, g: int(g) % 7 + len(name), "Zaehler": QTY["qty"]}
    meanings, doubts = found(columns)
    assert meanings.get("Zaehler") == "quantity"
    assert "Rang" not in meanings
    assert doubts == ()


def test_a_price_that_is_steady_needs_no_pieces():
    meanings, _ = found(PRICE | {"Rang": lambda name, _n, _o, _p, g: int(g) % 7 + len(name)})
    assert "quantity" not in meanings.values()


def test_the_parts_of_an_orders_sum_are_found_where_it_adds_up():
    columns = (
        PRICE
        | QTY
        | {
            "Abzug": lambda _name, _n, off, _p, _g: off,
            "Zustellung": lambda _name, _n, _o, postage, _g: postage,
            "Endbetrag": lambda _name, _n, off, postage, goods: round(goods - off + postage, 2),
        }
    )
    meanings, doubts = found(columns)
    assert {name: meanings.get(name) for name in ("Abzug", "Zustellung", "Endbetrag")} == {
        "Abzug": "order_discount", "Zustellung": "order_shipping", "Endbetrag": "order_total",
    }  # fmt: skip
    assert doubts == ()


def test_numbers_without_a_sum_are_no_parts_of_orders():
    columns = (
        PRICE
        | QTY
        | {
            "Gewicht": lambda _name, _n, _o, _p, goods: round(goods / 7, 2),
            "Strecke": lambda _name, _n, _o, _p, goods: round(goods * 3.3 % 11, 2),
        }
    )
    meanings, _ = found(columns)
    assert not {"Gewicht", "Strecke"} & set(meanings)


@pytest.mark.parametrize("header", ["Gutscheineinloesung", "Kundennachlass"])
def test_a_column_that_speaks_of_a_discount_is_asked_about(header):
    columns = PRICE | QTY | {header: lambda _name, _n, off, _p, _g: off}
    _, (doubt,) = found(columns)
    assert header in doubt.sentence
    assert f'--map order_discount="{header}"' in doubt.remedy
    assert found(columns, overrides={"order_discount": header})[1] == ()
    assert found(columns, overrides={"order_discount": ""})[1] == ()


def test_a_subtotal_does_not_prove_that_a_discount_is_off_already():
    columns = (
        PRICE
        | QTY
        | {
            "order discount": lambda _name, _n, off, _p, _g: off,
            "subtotal": lambda _name, _n, _o, _p, goods: goods,
        }
    )
    meanings, (doubt,) = found(columns)
    assert meanings["order discount"] == "order_discount"
    assert "before or after" in doubt.sentence
    total = {"order total": lambda _name, _n, off, _p, goods: round(goods - off, 2)}
    meanings, doubts = found(columns | total)
    assert (meanings["order discount"], doubts) == ("order_discount", ())
