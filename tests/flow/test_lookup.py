"""What a customer's page says fits together: a verdict that is given before the plan never contradicts it."""

import pytest

from passend.flow.lookup import _judged, _why_not
from passend.language import retold, speaking

BEFORE = {"verdict": "nothing fits", "treatment": "none", "reason": "no product is known"}


@pytest.mark.parametrize(
    ("verdict", "has_offers", "says"),
    [
        ("nothing fits", True, "offer"),
        ("nothing fits", False, "nothing fits"),
        ("leave alone", True, "leave alone"),
        ("offer", True, "offer"),
    ],
)
def test_whoever_is_offered_something_is_not_told_that_nothing_fits(verdict, has_offers, says) -> None:
    judged = _judged({**BEFORE, "verdict": verdict}, has_offers)
    assert judged["verdict"] == says
    assert (judged["reason"] == BEFORE["reason"]) == (says == verdict)


def test_why_not_speaks_of_nothing_fitting_only_where_nothing_is_offered() -> None:
    assert _why_not({**BEFORE, "verdict": "offer"}, has_something=True, is_held_out=False) == []
    [says] = _why_not(BEFORE, has_something=False, is_held_out=False)
    assert says.startswith("no product is known to go with")


def test_it_is_told_in_german() -> None:
    with speaking("de"):
        assert retold(_judged(BEFORE, has_offers=True)["reason"]).startswith("noch kein Kauf deutet")
