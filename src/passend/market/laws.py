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
    slot, to which needs are compared; ``usual_price`` likewise for prices. ``returns`` is added where it is above the product's own.
    """

    leaving: float
    life_events: float
    life_boost: float
    life_weeks: int
    trend: float
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
        *(number(f"customers.{name}") for name in ("leaving", "life_events", "life_boost")),
        scenario.whole("customers.life_weeks"),
        *(number(f"products.{name}") for name in ("trend", "promotion_lift", "promotion_depth")),
        number("kinds.maximiser_wait"),
        *(number(f"annoyance.{name}") for name in ("fades", "suppresses", "leaves", "unsubscribes")),
        *(number(f"costs.{name}") for name in ("line", "return", "return_loss", "minute")),
        moved,
        returns,
        chance,
        minutes / chance,
        FORMS.index(scenario.text("response.form")),
        *(number(f"response.{name}") for name in ("base", "need", "discount", "price", "expense", "unneeded", "personal")),
        bool(scenario.values["response.moves_needs"]),
        float(np.exp(np.log(needed).mean())) if len(needed) else 1.0,
        float(np.exp(np.average(np.log(goods.price), weights=goods.popularity[goods.family]))),
        *(np.array([number(f"{one}.{name}") for one in CHANNELS]) for name in ("cost", "reach", "irritation")),
        *(number(f"traces.{name}") for name in ("browsing", "recorded")),
    )  # type: ignore[call-arg]


def weeks_of(scenario: Scenario) -> int:
    """Weeks for which promotions and outages are drawn; a longer play begins again with the first."""
    return scenario.whole("market.history_weeks") + 208


def promoted(goods: Goods, week: int) -> NDArray[np.bool_]:
    """Which families are on promotion in a week."""
    return np.asarray(goods.promotion[week % len(goods.promotion)])
