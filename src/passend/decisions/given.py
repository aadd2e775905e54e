"""The figures of offers that come as a table, without the firm's past: what the caller knows, else assumptions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.decisions import priors
from passend.decisions.candidates import KINDS, Candidates, Side, steady
from passend.decisions.knowledge.patience import spoiled_by
from passend.decisions.rules.schema import Rules
from passend.decisions.value import HIERARCHICAL, MEASURED, PRIOR, Amounts, Figures, return_costs
from passend.vocabulary import Treatment

_WEEKS, _HALF_YEAR = 52.0, 0.5
#: Orders that the firm's usual returns are worth beside a customer's own (setting ``customers.return_orders``).
_USUAL_ORDERS, _WIDTH = 3.0, 1.96


@dataclass(frozen=True)
class Given:
    """Figures from the columns of a table of offers; call it with candidates."""

    rules: Rules

    def __call__(self, made: Candidates) -> Figures:
        """The figures of candidates."""
        assumed, pairs = self.rules.values, made.pairs
        channels = [self.rules.channels[name] for name in made.channels]
        sale, cost, is_assumed, priced = _sales(made.products, assumed.margin_share)
        kind = pairs.kind[made.pair]
        effect, low, high, basis, contacts = _effects(made)
        customers = made.customers
        lost = np.array([one.unsubscribe_share for one in channels])[made.channel]
        yearly = yearly_margin(customers, assumed.margin_share)
        own = yearly / _WEEKS
        base = pairs.given.get("base_probability", np.full(len(pairs), np.nan))[made.pair]
        returned = steady(np.clip(customers.numbers("returned_share", 0.0), 0, 1))
        told = pairs.given.get("value_cents", np.full(len(pairs), np.nan))[made.pair]
        count = len(made)
        return Figures(
            effect=effect,
            effect_low=low,
            effect_high=high,
            basis=basis,
            contacts=contacts,
            base=np.where(np.isnan(base), priors.BASE_PROBABILITY, base),
            sale=sale[made.product],
            cost=cost[made.product],
            discount=discounts(customers, self.rules)[made.customer],
            takes=np.ones(count),
            returned=returned[made.customer],
            return_cents=return_costs(assumed.return_cost_cents, assumed.return_most_share, sale)[
                made.product
            ],
            at_risk=np.zeros(count),
            moved=np.full(count, priors.MOVED),
            spends=(yearly * _HALF_YEAR)[made.customer],
            anyway=np.array([priors.ANYWAY[name] for name in KINDS])[kind],
            service=np.full(count, assumed.order_cost_cents),
            contact=np.array([one.cost_cents for one in channels])[made.channel],
            annoyance=spoiled_by(lost) * own[made.customer],
            lost=lost,
            margin_doubt=np.where(is_assumed, priors.MARGIN_DOUBT * sale, 0.0)[made.product],
            returned_doubt=_returned_doubt(customers, returned)[made.customer],
            priced=priced[made.product],
            told=told,
        )


def discounts(customers: Side, rules: Rules) -> Amounts:
    """The reduction that comes with offers, by customer: none for those who buy mostly at deep discounts."""
    without = customers.texts("treatment") == Treatment.NO_DISCOUNTS.value
    return np.where(without, 0.0, rules.values.discount_share)


def yearly_margin(customers: Side, margin_share: float) -> Amounts:
    """What a customer has brought a year so far."""
    years = (customers.numbers("as_of") - customers.numbers("first_order_at")) / 365.0
    years = np.where(np.isnan(years), 1.0, np.maximum(years, 1.0))
    return np.asarray(customers.numbers("revenue_cents", 0.0) / years * max(margin_share, 0.0))


def _returned_doubt(customers: Side, returned: Amounts) -> Amounts:
    """Half-width of each customer's returned share: binomial, told by the customer's orders and some usual ones."""
    orders = customers.numbers("orders", 0.0) + _USUAL_ORDERS
    return np.asarray(_WIDTH * np.sqrt(returned * (1 - returned) / (orders + 1)))


def _sales(
    products: Side, margin_share: float
) -> tuple[Amounts, Amounts, NDArray[np.bool_], NDArray[np.bool_]]:
    """What a usual purchase amounts to and costs, whether the cost is assumed, and whether the price is known."""
    price, usual = products.numbers("price_cents"), products.numbers("usual_cents")
    sale = np.where(usual > 0, usual, price)
    cost = products.numbers("unit_cost_cents")
    known = (cost >= 0) & (price > 0)
    rate = np.where(known, cost / np.where(known, price, 1.0), 1.0 - margin_share)
    priced = sale > 0
    if not priced.any():
        nominal = np.full(len(products), priors.NOMINAL_CENTS)
        return nominal, np.zeros(len(products)), np.zeros(len(products), np.bool_), priced
    sale = np.where(priced, sale, 0.0)
    return sale, sale * rate, ~known & priced, priced


def _effects(made: Candidates) -> tuple[Amounts, Amounts, Amounts, NDArray[np.int8], Amounts]:
    """Effect, its interval, how it is known, and from how many contacts."""
    pairs = made.pairs
    effect = priors.prior_effect(made.channels, made.channel, pairs.kind[made.pair], pairs.fit[made.pair])
    low, high = priors.prior_interval(effect)
    nothing = np.full(len(pairs), np.nan)
    known, known_low, known_high, contacts = (
        _on_channel(made, nothing, name) for name in ("effect", "low", "high", "contacts")
    )
    learned = ~np.isnan(known)
    basis = np.where(learned, np.where(contacts < priors.LEAST_COUNTED, HIERARCHICAL, MEASURED), PRIOR)
    return (
        np.where(learned, known, effect),
        np.where(learned, np.where(np.isnan(known_low), known, known_low), low),
        np.where(learned, np.where(np.isnan(known_high), known, known_high), high),
        basis.astype(np.int8),
        contacts,
    )


def _on_channel(made: Candidates, nothing: Amounts, what: str) -> Amounts:
    """What is known of the effect on the candidate's channel, else on any."""
    given = made.pairs.given
    found = given.get("effect" if what == "effect" else f"effect_{what}", nothing)[made.pair]
    for code, name in enumerate(made.channels):
        own = given.get(f"{name}_{what}")
        if own is not None:
            mine = own[made.pair]
            found = np.where((made.channel == code) & ~np.isnan(mine), mine, found)
    return found
