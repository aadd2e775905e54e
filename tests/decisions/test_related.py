"""How options relate to what their customers have: type, what speaks for them, strength; popular where nothing does."""

import numpy as np
import pyarrow as pa
import pytest

from passend.decisions.candidates import KINDS, side
from passend.decisions.options import Options
from passend.decisions.related import related_of

SIDES = (side(pa.table({"customer_id": ["a", "b"]}), "customer_id"),
         side(pa.table({"product_id": ["x", "y", "z"]}), "product_id"))  # fmt: skip


def of(rows):
    found = Options(np.array([0, 0, 1]), np.array([0, 1, 1]), np.zeros(3), None, None, 3, 0, 0)
    columns = ("customer_id", "product_id", "type", "because_of", "strength")
    kinds = [pa.string()] * 4 + [pa.float64()]
    parts = zip(*rows, strict=True) if rows else [()] * 5
    table = pa.table(
        {name: pa.array(part, kind) for name, part, kind in zip(columns, parts, kinds, strict=True)}
    )
    return related_of(found, SIDES, table)


def test_each_option_finds_its_own_relation_whatever_the_order():
    rows = [("b", "y", "upgrade", "z", 2.5), ("a", "z", "next", "x", 9.0), ("a", "y", "next", "x", 1.5)]
    for told in (rows, rows[::-1]):
        found = of(told)
        assert [KINDS[one] for one in found.kind] == ["popular", "next", "upgrade"]
        assert found.because.tolist() == [-1, 0, 2]
        assert found.score == pytest.approx([0, 1.5, 2.5])


def test_without_relations_all_is_popular_and_an_unknown_type_is_too():
    assert {KINDS[one] for one in of([]).kind} == {"popular"}
    found = of([("a", "x", "cousin", None, None)])
    assert KINDS[found.kind[0]] == "popular"
    assert (found.because[0], found.score[0]) == (-1, 0)
