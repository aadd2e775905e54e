"""A column of tax rates is no amount of tax; a true amount of tax stays one."""

import pytest

from passend.intake.columns import recognise
from tests.intake.memory_source import MemorySource, texts

HEAD = "Beleg-Nr.;Belegdatum;Artikel;Menge;E-Preis netto;USt;Summe netto"
PRICES = (8.31, 2.09, 19.9, 5.6, 40.34, 3.36, 12.5, 7.1)


def read(rates, **options):
    rows = [
        f"{number // 2};2026-01-0{number + 1};A{number};1;{_said(price)};{rates[number % len(rates)]};{_said(price)}"
        for number, price in enumerate(PRICES)
    ]
    return recognise(MemorySource(texts(HEAD, *rows)), **options)


def _said(amount):
    return f"{amount:.2f}".replace(".", ",")


@pytest.mark.parametrize(
    "rates", [("0,07", "0,19"), ("7", "19"), ("7 %", "19 %"), ("19", "19", "0"), ("5,5", "20")]
)
def test_rates_are_set_aside_and_that_is_said(rates):
    found = read(rates)
    assert "order_tax" not in found.mapping
    assert "line_tax" not in found.mapping
    assert "'USt' holds rates of tax, not amounts of it; it is not needed." in found.notes
    assert not [note for note in found.notes if note.startswith("Not used")]


@pytest.mark.parametrize(
    "amounts",
    [
        ("1,58", "0,40", "3,78", "1,06", "7,66", "0,64", "2,38", "1,35"),  # 19 % of each
        ("3", "11,50"),  # no rates of any country
    ],
)
def test_amounts_of_tax_stay_amounts(amounts):
    assert read(amounts).mapping["order_tax"] == ("USt",)


def test_the_same_tax_on_the_same_price_is_an_amount():
    rows = [f"{number};2026-01-0{number};A;1;100,00;19,00;100,00" for number in range(1, 9)]
    assert recognise(MemorySource(texts(HEAD, *rows))).mapping["order_tax"] == ("USt",)


def test_a_persons_word_stands():
    assert read(("7", "19"), overrides={"order_tax": "USt"}).mapping["order_tax"] == ("USt",)


def test_the_amount_beside_the_rate_is_taken():
    rows = [
        f"{number};2026-01-0{number + 1};A{number};1;{_said(price)};19;{_said(price)};{_said(price * 0.19)}"
        for number, price in enumerate(PRICES)
    ]
    found = recognise(MemorySource(texts(HEAD + ";Steuerbetrag", *rows)))
    assert found.mapping.get("order_tax", ("Steuerbetrag",)) == ("Steuerbetrag",)
    assert "USt" not in {name for names in found.mapping.values() for name in names}
