"""What a name says is in the pack: one product in several packs, and who takes which of them."""

import numpy as np
import pytest

from passend.decisions.packs import pack_of, same_products, smaller_packs


@pytest.mark.parametrize(
    ("name", "product", "of", "amount"),
    [
        ("Espresso Napoli 250 g whole beans", "Espresso Napoli whole beans", "weight", 250),
        ("Espresso Napoli 1 kg whole beans", "Espresso Napoli whole beans", "weight", 1000),
        ("Olivenöl (500ml)", "Olivenöl", "volume", 500),
        ("Olivenöl 1,5L", "Olivenöl", "volume", 1500),
        ("Bier Pils 6x0,33 l", "Bier Pils", "volume", 1980),
        ("Creme 50 ml 2er Set", "Creme", "volume", 100),
        ("Bier Pils 4er-Pack", "Bier Pils", "pieces", 4),
        ("PACK OF 12 LONDON TISSUES", "LONDON TISSUES", "pieces", 12),
        ("Filterpapier Größe 2, 100 St.", "Filterpapier Größe 2", "pieces", 100),
    ],
)
def test_amounts_of_a_pack_are_read_and_parted_from_the_name(name, product, of, amount):
    found = pack_of(name)
    assert (found.product, found.of) == (product, of)
    assert found.amount == pytest.approx(amount)


@pytest.mark.parametrize(
    "name",
    ["Tamper 58 mm", "Ibuprofen 400 mg", "6 RIBBONS", "iPhone 4G", "PC monitor", "1 kg", "Bar 5 kg 20 g", ""],
)
def test_lengths_strengths_models_and_what_is_in_doubt_are_no_amounts(name):
    found = pack_of(name)
    assert (found.product, found.of) == (name, "")
    assert np.isnan(found.amount)


def test_only_what_is_alike_but_for_the_amount_is_one_product():
    names = [
        "Napoli 250 g",
        "NAPOLI 1 kg",
        "Forte 1 kg",
        "Napoli 250 g",
        "Rice 1 kg",
        "Rice 4er-Pack",
        "Rice",
    ]
    code, amount = same_products(names, ["A", "A", "A", "B", "A", "A", "A"])
    assert code[0] == code[1]
    assert code[4] == code[5]
    assert len(set(code.tolist())) == 5
    assert amount[:2].tolist() == [250, 1000]
    # A product in one pack alone, and packs that cannot be compared, have no amount.
    assert np.isnan(amount[2:]).all()


def test_smaller_packs_are_those_of_larger_ones_that_were_never_taken():
    packs = same_products(["Napoli 250 g", "Napoli 500 g", "Napoli 1 kg", "Forte 250 g"], [""] * 4)
    rows = [(0, 2), (1, 0), (2, 1), (2, 2), (3, 3), (4, 2), (4, 2)]
    who, what = smaller_packs(tuple(np.array(one, np.int64) for one in zip(*rows, strict=True)), packs)
    assert set(zip(who.tolist(), what.tolist(), strict=True)) == {(0, 0), (0, 1), (2, 0), (4, 0), (4, 1)}
    nobody = np.zeros(0, np.int64)
    assert len(smaller_packs((nobody, nobody), packs)[0]) == 0
