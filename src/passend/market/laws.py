"""The numbers that the compiled loops need from a scenario, in one bundle."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from passend.market.catalogue import Goods
from passend.market.parameters import CHANNELS
from passend.market.people import DEMANDER, KINDS, LIMITER, REVERSER, People
from passend.market.scenario import Scenario

FORMS = ("logistic", "hump", "none")


class Laws(NamedTuple):
    """How the market works, in numbers; names as in the scenario. ``moved`` and ``returns`` are by kind of customer.

    ``serve_chance`` and ``serve_minutes`` by kind: service after an item. ``typical``: the average weekly need of a
    slot, to which needs are compared; ``usual_price`` likewise for prices.
    """

    leaving: float
    life_events: float
    life_boost: float
    life_weeks: int
    growth: float
    promotion_lift: float
    promotion_depth: float
    maximiser_wait: float
    fades: float
    suppresses: float
    leaves: float
    unsubscribes: float
    line: float
    return_cost: float
    return_loss: float
    minute: float
    moved: NDArray[np.float64]
    returns: NDArray[np.float64]
    serve_chance: NDArray[np.float64]
    serve_minutes: NDArray[np.float64]
    form: int
    base: float
    need: float
    discount: float
    price: float
    expense: float
    unneeded: float
    personal: float
    moves_needs: bool
    typical: float
    usual_price: float
    cost: NDArray[np.float64]
    reach: NDArray[np.float64]
    irritation: NDArray[np.float64]
    browsing: float
    recorded: float


def laws_of(scenario: Scenario, people: People, goods: Goods) -> Laws:
    """The laws of a scenario for its people."""
    number = scenario.number
    kinds = len(KINDS)
    moved = np.full(kinds, number("kinds.other_moved"))
    moved[LIMITER] = number("kinds.limiter_moved")
    returns = np.zeros(kinds)
    returns[REVERSER] = number("kinds.reverser_returns")
    chance = np.full(kinds, 0.05)
    chance[DEMANDER] = 0.9
    minutes = np.full(kinds, number("kinds.other_minutes"))
    minutes[DEMANDER] = number("kinds.demander_minutes")
    needed = people.rate[people.rate > 0]
    return Laws(
        leaving=number("customers.leaving"),
        life_events=number("customers.life_events"),
        life_boost=number("customers.life_boost"),
        life_weeks=scenario.whole("customers.life_weeks"),
        growth=float(np.log1p(number("products.trend")) / 52),
        promotion_lift=number("products.promotion_lift"),
        promotion_depth=number("products.promotion_depth"),
        maximiser_wait=number("kinds.maximiser_wait"),
        fades=number("annoyance.fades"),
        suppresses=number("annoyance.suppresses"),
        leaves=number("annoyance.leaves"),
        unsubscribes=number("annoyance.unsubscribes"),
        line=number("costs.line"),
        return_cost=number("costs.return"),
        return_loss=number("costs.return_loss"),
        minute=number("costs.minute"),
        moved=moved,
        returns=returns,
        serve_chance=chance,
        serve_minutes=minutes / chance,
        form=FORMS.index(scenario.text("response.form")),
        base=number("response.base"),
        need=number("response.need"),
        discount=number("response.discount"),
        price=number("response.price"),
        expense=number("response.expense"),
        unneeded=number("response.unneeded"),
        personal=number("response.personal"),
        moves_needs=bool(scenario.values["response.moves_needs"]),
        typical=float(np.exp(np.log(needed).mean())) if len(needed) else 1.0,
        usual_price=float(np.exp(np.average(np.log(goods.price), weights=goods.popularity[goods.family]))),
        cost=np.array([number(f"{one}.cost") for one in CHANNELS]),
        reach=np.array([number(f"{one}.reach") for one in CHANNELS]),
        irritation=np.array([number(f"{one}.irritation") for one in CHANNELS]),
        browsing=number("traces.browsing"),
        recorded=number("traces.recorded"),
    )


def weeks_of(scenario: Scenario) -> int:
    """Weeks for which promotions and outages are drawn; a longer play begins again with the first."""
    return scenario.whole("market.history_weeks") + 208
