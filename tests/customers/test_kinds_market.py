"""The costly kinds in the simulated market, which draws customers and promotions in ways of its own."""

import numpy as np
import pytest

from passend.market.people import KINDS
from passend.market.world import Market
from tests.customers.kinds_world import engine_of
from tests.worlds import rows_of

MAXIMISER = "promotion maximiser"


def _judged(scenario, seed, maximisers):
    """By customer what was found, and the true kind."""
    market = Market(scenario, seed, {"customers.number": 1000, "kinds.maximisers": maximisers})
    found = rows_of(engine_of(dict(market.tables())), "customer_kinds")
    return found, [KINDS[market.people.kind[int(row["customer_id"][1:]) - 1000]] for row in found]


@pytest.mark.parametrize("scenario", ["electronics", "gym"])
def test_where_nobody_waits_for_promotions_nobody_is_named_for_it(scenario):
    found, _ = _judged(scenario, 21, 0.0)
    assert np.mean([row["kind"] == MAXIMISER for row in found]) <= 0.01


@pytest.mark.parametrize("scenario", ["electronics", "gym"])
def test_who_waits_for_promotions_is_told_from_others(scenario):
    found, truth = _judged(scenario, 22, 0.1)
    named = [true == MAXIMISER for row, true in zip(found, truth, strict=True) if row["kind"] == MAXIMISER]
    assert np.mean(named) >= 0.8
    assert len(named) >= 5
