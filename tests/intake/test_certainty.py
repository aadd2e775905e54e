"""What is certain is taken; what is loosely named and not borne out by the content is asked."""

import pytest

from passend.errors import UnrecognisedColumns
from passend.intake.columns import recognise
from passend.intake.firm_words import FIRM_WORDS
from passend.intake.synonyms import key, name_scores
from tests.intake.memory_source import MemorySource, texts


def doubts_of(*rows, divider=";"):
    found = recognise(MemorySource(texts(*rows, divider=divider)))
    return [doubt.remedy for doubt in found.doubts]


BORNE_OUT = (
    "No.;Customer;Date;SKU;Qty;Price",
    "1;k1;2026-01-01;A;1;2.50",
    "1;k1;2026-01-01;B;1;2.50",
    "2;k2;2026-01-02;A;1;2.50",
    "2;k2;2026-01-02;C;2;2.50",
)


def test_a_loose_name_counts_where_the_content_bears_it_out():
    assert doubts_of(*BORNE_OUT) == []


@pytest.mark.parametrize(("cell", "odd"), [("two", "'two'"), ("x" * 50, f"'{'x' * 39}…'")])
def test_a_doubt_names_the_value_that_does_not_fit(cell, odd):
    found = recognise(MemorySource(texts(*BORNE_OUT, f"3;k3;2026-01-03;C;{cell};2.50")))
    assert [odd in doubt.sentence for doubt in found.doubts] == [True]
    assert found.mapping["quantity"] == ("Qty",)
    assert found.mapping["order_id"] == ("No.",)


def test_a_number_for_each_line_is_no_order_for_certain():
    rows = [BORNE_OUT[0], *(f"{n};{row[2:]}" for n, row in enumerate(BORNE_OUT[1:], 7))]
    assert doubts_of(*rows) == ['--map order_id="No."']


def test_the_only_dates_need_not_be_those_of_the_order():
    rows = ("order_id;sku;shipping_limit;price", "1;A;2026-01-01;2", "2;B;2026-01-03;3", "3;A;2026-01-04;2")
    assert doubts_of(*rows) == ['--map ordered_at="shipping_limit"']


def test_a_file_without_a_header_is_all_guess_and_no_product_list():
    table = texts("column_1;column_2;column_3", "1;A;9.90", "1;B;5.50", "2;A;9.90", "3;C;1.25")
    found = recognise(MemorySource(table))
    assert found.kind == "orders"
    assert sorted(doubt.remedy.split("=")[0] for doubt in found.doubts) == sorted(
        f"--map {meaning}" for meaning in found.mapping
    )
    once = texts("column_1;column_2", "A-1;9.90", "B-2;5.50", "C-3;1.25")
    with pytest.raises(UnrecognisedColumns, match="which order"):
        recognise(MemorySource(once))


@pytest.mark.parametrize(
    "name", ["sequence", "order_id", "customer_id", "product_id", "ordered_at", "unit_price"]
)
def test_the_names_of_the_contract_are_always_recognised(name):
    header = "order_id;customer_id;product_id;ordered_at;sequence;quantity;unit_price"
    found = recognise(MemorySource(texts(header, "a;k;P;2026-01-01;1;1;2.5", "b;k;P;2026-01-02;2;1;2.5")))
    assert found.mapping[name] == (name,)
    assert found.doubts == ()


@pytest.mark.parametrize(
    ("header", "decimal", "asked"),
    [
        ("order_id;customer_id;sku;qty;price", "", True),
        ("Bestellnummer;Kundennummer;Artikelnummer;Menge;Preis", ",", False),
    ],
)
def test_a_thousand_in_german_is_asked_elsewhere(header, decimal, asked):
    found = recognise(MemorySource(texts(header, "1;k1;A;1;1.250", "2;k2;A;2;1.250", "3;k3;B;1;999")))
    assert found.decimals[header.split(";")[-1]] == decimal
    assert [doubt.setting for doubt in found.doubts] == ["intake.decimals"] * asked


def test_thousandths_are_what_some_currencies_have():
    header = "order_id;customer_id;sku;qty;price;currency"
    assert doubts_of(header, "1;k1;A;1;1.250;KWD", "2;k2;A;2;1.250;KWD") == []


@pytest.mark.parametrize("table", ["customers", "consents", "contacts"])
def test_a_household_is_the_customer_in_every_table(table):
    assert key("household_id") in FIRM_WORDS[table]["customer_id"]
    assert "customer_id" in name_scores("household_id")


def test_amounts_that_are_not_used_are_mentioned():
    rows = ("order_id;sku;qty;price;Profit", "1;A;1;2.50;0.75", "2;A;2;2.50;1.25")
    assert any("Profit" in note for note in recognise(MemorySource(texts(*rows))).notes)
