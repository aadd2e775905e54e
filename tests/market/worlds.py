"""Small markets that the tests share; making one takes a second, so each is made once."""

from functools import cache

from passend.market.scenario import load_scenario
from passend.market.world import Market

SMALL = {"customers.number": 300, "market.history_weeks": 20, "market.horizon_weeks": 8}


def small(name, **changes):
    return load_scenario(name).changed(
        SMALL | {key.replace("__", "."): value for key, value in changes.items()}
    )


@cache
def _market(name, seed):
    return Market(small(name), seed)


def market(name="bicycle-shop", seed=1):
    """A market to step without harming other tests."""
    return _market(name, seed).twin()
