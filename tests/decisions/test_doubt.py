"""How uncertain a value is, source by source and by hand."""

import numpy as np
import pytest

from passend.decisions.doubt import Doubt


def doubt(**parts):
    names = ("effect_low", "effect_high", "margin", "returns", "annoyance", "left")
    return Doubt(
        **{name: np.array([float(parts.get(name, 1.0 if name == "left" else 0.0))]) for name in names}
    )


def test_squares_add_up_and_annoyance_goes_from_half_to_twice_as_much():
    found = doubt(effect_low=3.0, effect_high=8.0, margin=4.0, returns=12.0, annoyance=12.0)
    assert found.low[0] == pytest.approx(np.sqrt(9 + 16 + 144 + 144))
    assert found.high[0] == pytest.approx(np.sqrt(64 + 16 + 144 + 36))


def test_never_more_downwards_than_if_all_went_wrong_together():
    # A tenth of the effect is left: the margin's 40 and the returns' 20 are doubts about a tenth of the sales.
    found = doubt(effect_low=3.0, margin=40.0, returns=20.0, annoyance=2.0, left=0.1)
    assert found.worst[0] == pytest.approx(3 + 0.1 * 60 + 2)
    assert found.low[0] == pytest.approx(11)
    assert found.high[0] == pytest.approx(np.sqrt(1600 + 400 + 1))


def test_what_the_caller_tells_comes_without():
    two = Doubt(**{name: np.array([4.0, 4.0]) for name in vars(doubt())})
    told = two.without(np.array([True, False]))
    assert told.low.tolist() == [0.0, two.low[1]]
    assert told.high.tolist() == [0.0, two.high[1]]
