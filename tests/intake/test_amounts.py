"""What a line costs, by what its columns mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.intake.amounts import Given, line_amounts


def line(quantity=1.0, **columns):
    found = line_amounts(
        Given(
            np.array([float(quantity)]), {name: np.array([float(value)]) for name, value in columns.items()}
        )
    )
    return found.unit_price[0], found.discount[0], found.net[0]


def said(expected):
    return pytest.approx(expected, nan_ok=True, abs=1e-9)


NOTHING = np.nan


@pytest.mark.parametrize(
    ("quantity", "columns", "expected"),
    [
        (2, {"unit_price": 48}, (48, NOTHING, 96)),
        (2, {"unit_price": 48, "discount": 9.6}, (48, 9.6, 86.4)),
        (2, {"unit_price": 48, "discount": -9.6}, (48, 9.6, 86.4)),
        (2, {"unit_price": 48, "discount_each": 4.8}, (48, 9.6, 86.4)),
        (2, {"unit_price": 48, "discount_share": 0.1}, (48, 9.6, 86.4)),
        (2, {"net_price": 43.2, "discount_each": 4.8}, (48, 9.6, 86.4)),
        (2, {"line_total": 86.4, "discount": 9.6}, (48, 9.6, 86.4)),
        (2, {"line_total": 86.4, "discount_share": 0.1}, (48, 9.6, 86.4)),
        (2, {"line_gross": 96, "discount": 9.6}, (48, 9.6, 86.4)),
        (2, {"line_gross": 96, "line_total": 86.4}, (48, 9.6, 86.4)),
        (2, {"unit_price": 48, "line_total": 86.4}, (48, 9.6, 86.4)),
        (3, {"unit_price": 3.33, "line_total": 10.0}, (10 / 3, NOTHING, 10)),
        (2, {"line_total": 0, "discount_share": 1}, (0, NOTHING, 0)),
        (-1, {"unit_price": 48, "discount": 9.6}, (48, 9.6, -38.4)),
        (-1, {"line_total": -38.4}, (38.4, NOTHING, -38.4)),
        (-1, {"line_total": 38.4}, (38.4, NOTHING, -38.4)),
        (1, {"line_total": -38.4}, (-38.4, NOTHING, -38.4)),
        (0, {"line_total": 5}, (NOTHING, NOTHING, 5)),
        (1, {}, (NOTHING, NOTHING, NOTHING)),
    ],
)
def test_a_line(quantity, columns, expected):
    assert line(quantity, **columns) == said(expected)


def test_a_per_cent_sign_makes_a_discount_a_share_in_its_row_only():
    found = line_amounts(
        Given(
            np.array([2.0, 2.0]),
            {"unit_price": np.array([10.0, 10.0]), "discount": np.array([10.0, 10.0])},
            np.array([True, False]),
        )
    )
    assert found.net.tolist() == [18, 10]


def test_two_ways_to_an_amount_are_compared():
    found = line_amounts(
        Given(
            np.array([2.0, 2.0, 1.0]),
            {"unit_price": np.array([5.0, 5.0, np.nan]), "line_total": np.array([10.0, 9.0, 3.0])},
        )
    )
    assert found.agrees.tolist()[:2] == [1, 0]
    assert np.isnan(found.agrees[2])


money = st.integers(1, 10**7).map(lambda cents: cents / 100)


@given(st.integers(1, 500), money, st.floats(0, 1))
def test_every_way_to_write_a_line_gives_the_same_line(quantity, price, share):
    gross = price * quantity
    off = gross * share
    ways = [
        {"unit_price": price, "discount": off},
        {"unit_price": price, "line_total": gross - off, "discount": off},
        {"line_gross": gross, "discount": off},
        {"line_gross": gross, "line_total": gross - off},
        {"line_total": gross - off, "discount": off},
    ]
    for way in ways:
        unit, discount, net = line(quantity, **way)
        assert unit == pytest.approx(price, rel=1e-6, abs=0.006)
        assert np.nan_to_num(discount) == pytest.approx(off, rel=1e-6, abs=0.006)
        assert net == pytest.approx(gross - off, rel=1e-6, abs=0.006)
        assert unit * quantity - np.nan_to_num(discount) == pytest.approx(net, rel=1e-6, abs=0.006)
