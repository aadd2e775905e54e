"""Sentences of tables are recognised, whatever stands in them, and told in the reader's language."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.language import phrase, retold, speaking
from passend.language.phrases import PLACE, STORED
from translations.__main__ import catalogue

#: An example for each kind of place: as a table writes it, and in German.
EXAMPLES = {
    "": ("Tea, green; no. 5", "Tea, green; no. 5"), "n": ("1234", "1.234"), "x": ("2.5", "2,5"),
    ".0": ("75", "75"), ".1": ("7.5", "7,5"), ".2": ("0.75", "0,75"), "%0": ("55%", "55\xa0%"),
    "%": ("55 %", "55\xa0%"), "d": ("2026-05-03", "03.05.2026"), "m": ("1,234.50 EUR", "1.234,50\xa0€"),
    "w": ("email", "E-Mail"), "s": ("the budget", "das Budget"),
    "i": ("3, 5", "3, 5"),
    "l": ("the budget and one more offer", "das Budget und ein Angebot mehr"),
    "c": ("the budget, one more offer", "das Budget, ein Angebot mehr"),
    "j": ("the budget; one more offer", "das Budget; ein Angebot mehr"),
}  # fmt: skip
MESSAGES = [entry for entry in catalogue("de", STORED) if entry.id and isinstance(entry.id, str)]


@pytest.mark.parametrize("entry", MESSAGES, ids=lambda entry: entry.id[:60])
def test_every_stored_message_is_told_in_german(entry):
    stored = PLACE.sub(lambda place: EXAMPLES[place[2] or ""][0], entry.id)
    told = PLACE.sub(lambda place: EXAMPLES[place[2] or ""][1], entry.string)
    with speaking("de"):
        assert retold(stored) == told


@given(st.text(min_size=1, max_size=30).filter(lambda text: "; " not in text and ", " not in text))
def test_names_of_products_pass_unchanged(name):
    stored = f"of 1200 orders with {name}, 41 also held {name}; expected 9"
    with speaking("de"):
        assert retold(stored) == (
            f"in 41 von 1.200 Bestellungen mit „{name}“ lag auch „{name}“; zu erwarten: 9"
        )


def test_words_of_the_account_of_an_import_are_german():
    with speaking("de"):
        assert retold("orders add up to the cent (lines - order discount = subtotal)") == (
            "Bestellungen gehen auf den Cent auf (Zeilen - Rabatt der Bestellung = Zwischensumme)"
        )
        assert "gilt darum nicht als Rabatt;" in retold(
            "'Off' is the same on all lines of an order, so it is not taken as discount; "
            'change with --map discount="Off".'
        )
        assert retold(
            'If one of them does, name it with --map product_id="Column Name" and --map order_id="Column Name". '
            "If the file is something else, say so with --as TABLE: consents, contacts, customers, contracts, "
            "events or costs."
        ).startswith(
            'Wenn doch, nennen Sie sie mit --map product_id="Name der Spalte" und --map order_id="Name der Spalte".'
        )
        assert "fehlt der Datei Kundennummer" in retold(
            "As consents, the file lacks customer number. The columns are: A."
        )
        assert retold("lines 3, 5") == "Zeilen 3, 5"


def test_english_stays_as_the_tables_hold_it():
    assert retold("bought it 12 times, last on 2026-05-03") == "bought it 12 times, last on 2026-05-03"


def test_what_no_message_fits_stays_as_it_is():
    with speaking("de"):
        assert retold("Frau Meier wünscht keine Anrufe") == "Frau Meier wünscht keine Anrufe"
        assert retold("") == ""


def test_languages_do_not_remember_each_others_sentences():
    assert retold("the budget") == "the budget"
    with speaking("de"):
        assert retold("the budget") == "das Budget"
    assert retold("the budget") == "the budget"


def test_a_message_of_a_face_is_not_taken_for_a_stored_one():
    with speaking("de"):
        assert phrase("{low} to {high}", low="1", high="2") == "1 bis 2"
        assert retold("Nail to Wall") == "Nail to Wall"
    assert not re.search(r"bis", retold("Nail to Wall"))
