from datetime import datetime
from pathlib import Path

import pytest

from passend.errors import InvalidInput
from passend.products.edits import Edit, edits_as_csv, edits_of, edits_table, read_edits, with_edits
from passend.products.merchant import merchant_feed, read_merchant_feed
from tests.worlds import table

AT = datetime(2026, 1, 31, 14)
FIRST = Edit("p1", "p2", "pin", "they fit", "Ada", AT, "accessory")
SECOND = Edit("p1", "p3", "forbid", 'too "big", says \n the shop', "Bo", AT)


def test_edits_survive_csv_and_are_kept_once(tmp_path: Path):
    log = edits_table([SECOND, FIRST])
    file = tmp_path / "edits.csv"
    file.write_text("\ufeff" + edits_as_csv(log), "utf-8")
    assert read_edits(file) == edits_of(log)
    assert with_edits(log, read_edits(file)).equals(log)


def test_author_and_time_may_come_from_outside():
    (edit,) = read_edits(
        "product_id,other_id,action,type,note\np1,p2,retype,substitute,same thing\n", author="Ada", at=AT
    )
    assert (edit.author, edit.edited_at, edit.type) == ("Ada", AT, "substitute")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("p1,p1,pin,,why,Ada,2026-01-01", "itself"),
        ("p1,p2,push,,why,Ada,2026-01-01", "no action"),
        ("p1,p2,pin,friend,why,Ada,2026-01-01", "no type"),
        ("p1,p2,retype,,why,Ada,2026-01-01", "which type"),
        ("p1,p2,pin,,,Ada,2026-01-01", "note"),
        ("p1,p2,pin,,why,,2026-01-01", "author"),
        ("p1,p2,pin,,why,Ada,yesterday", "not a time"),
        ("p1,p2,pin,,why,Ada,", "not a time"),
        (",p2,pin,,why,Ada,2026-01-01", "missing"),
    ],
)
def test_a_bad_row_is_named(row, says):
    with pytest.raises(InvalidInput, match=says) as problem:
        read_edits("product_id,other_id,action,type,note,author,edited_at\n" + row)
    assert "line 2" in str(problem.value)


def test_a_file_without_columns_is_refused():
    with pytest.raises(InvalidInput, match="lacks columns: action, note, other_id"):
        read_edits("product_id\np1\n")


WORDS = ("part_of_set", "required_part", "often_bought_with", "substitute", "different_brand", "accessory")


def _relations():
    kinds = {"substitute": "substitute", "different_brand": "substitute"}
    rows = [
        {
            "product_id": "p1",
            "other_id": f"x{place}",
            "type": kinds.get(word, "complement"),
            "role": word,
            "rank": place,
        }
        for place, word in enumerate(WORDS, 1)
    ]
    many = [
        {"product_id": "p2", "other_id": f"y{place}", "type": "complement", "rank": place}
        for place in range(1, 36)
    ]
    other = [
        {"product_id": "p3", "other_id": "x1", "type": "upgrade"},
        {"product_id": "p3", "other_id": "x2", "type": "next"},
        {"product_id": "p 4", "other_id": "x1", "type": "complement"},
    ]
    return table("relations", [*rows, *many, *other])


def test_the_merchant_form_goes_out_and_comes_back():
    feed = merchant_feed(_relations())
    edits = read_merchant_feed(feed.text, author="Ada", at=AT)
    by_product: dict[str, list[tuple[str | None, str]]] = {}
    for edit in edits:
        assert (edit.action, edit.author, edit.edited_at) == ("pin", "Ada", AT)
        by_product.setdefault(edit.product_id, []).append((edit.type, edit.other_id))
    assert by_product["p1"] == [(word, f"x{place}") for place, word in enumerate(WORDS, 1)]
    assert by_product["p2"] == [("often_bought_with", f"y{place}") for place in range(1, 31)]
    assert by_product["p3"] == [("substitute", "x1")]
    assert len(feed.left_out) == 6
    assert any("p 4" in reason for reason in feed.left_out)


@pytest.mark.parametrize("cell", ["friend:id:x", "substitute:x", "accessory:gtin:811571013579"])
def test_what_is_not_of_the_form_is_named(cell):
    with pytest.raises(InvalidInput, match="'" + cell) as problem:
        read_merchant_feed(f"id\trelated_product\np1\t{cell}\n", author="Ada", at=AT)
    assert "line 2" in str(problem.value)
