"""What an offer is worth: expected incremental profit, term by term.

    value = effect x (margin - expected returns - own sales displaced + later sales - service)
            - contact - discount given away - annoyance

- effect: extra purchases by the contact (measured where it was, else a documented prior).
- margin: of a usual purchase of the product, after the discount that comes with the offer.
- expected returns: the customer's returned share x (margin + handling).
- own sales displaced: what would have been bought anyway, of this product or of the one it replaces.
- discount given away: to those who would have bought without an offer. Who buys mostly at deep discounts gets none.
- annoyance: customers lost to the channel by one contact x what a customer is worth over the years.

Doing nothing is worth 0: an offer of less is not made. Amounts are fractions of minor units (cents). How uncertain a
value is, and why, is told in ``doubt.py``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.decisions import priors
from passend.decisions.candidates import KINDS, Candidates, Side, steady, subset
from passend.decisions.doubt import Doubt, returned_doubt, worth_doubt
from passend.decisions.rules.schema import Rules
from passend.vocabulary import Treatment

Amounts = NDArray[np.float64]

#: Where no price is known at all, a sale counts as one unit of this many cents, so that offers can still be ranked.
NOMINAL_CENTS = 100.0
#: How an effect may be known.
PRIOR, HIERARCHICAL, MEASURED = range(3)
BASES = ("prior, not measured", "hierarchical, from contacts like it", "measured")
#: What was learned of a contact: nothing, that it brings something, that it brings nothing, that it does harm for sure.
UNKNOWN, BRINGS, BRINGS_NOTHING, DOES_HARM = range(4)


@dataclass(frozen=True)
class Worth:
    """Every term of every candidate's value.

    Attributes:
        effect: extra purchases a contact, with its 95 % interval.
        basis: how the effect is known, a place in ``BASES``.
        contacts: how many contacts it was learned from; not a number where nobody said.
        margin_cents: of one extra purchase; the terms below it are amounts of one extra purchase, too.
        contact_cents: of the contact, as are the two after it.
        value_cents: all together, with its interval.
        doubt: what the interval comes from.
        priced: whether the product has a price; otherwise its value only ranks.
    """

    effect: Amounts
    effect_low: Amounts
    effect_high: Amounts
    basis: NDArray[np.int8]
    contacts: Amounts
    margin_cents: Amounts
    returns_cents: Amounts
    own_sales_cents: Amounts
    later_cents: Amounts
    service_cents: Amounts
    contact_cents: Amounts
    discount_cents: Amounts
    annoyance_cents: Amounts
    value_cents: Amounts
    value_low_cents: Amounts
    value_high_cents: Amounts
    doubt: Doubt
    priced: NDArray[np.bool_]


@dataclass(frozen=True)
class Appraisal:
    """What is kept of every candidate's value; the terms of a few can be had again at any time.

    Attributes:
        value_cents: float64 (candidates).
        error_cents: float32 (candidates), a quarter of the width of the 95 % interval, about.
        contact_cents: float32 (candidates).
        has_margin: bool (candidates), whether a sale earns anything.
        learned: int8 (candidates), what was learned of such contacts, from ``UNKNOWN`` to ``DOES_HARM``.
        priced: bool (candidates), whether the product has a price.
    """

    value_cents: Amounts
    error_cents: NDArray[np.float32]
    contact_cents: NDArray[np.float32]
    has_margin: NDArray[np.bool_]
    learned: NDArray[np.int8]
    priced: NDArray[np.bool_]


def appraise(made: Candidates, rules: Rules, block: int = 2_000_000) -> Appraisal:
    """The value of each candidate, computed block by block so that memory stays bounded."""
    count = len(made)
    found = Appraisal(
        np.empty(count), np.empty(count, np.float32), np.empty(count, np.float32), np.empty(count, np.bool_),
        np.empty(count, np.int8), np.empty(count, np.bool_),
    )  # fmt: skip
    for first in range(0, count, block):
        rows = np.arange(first, min(first + block, count))
        terms = worth(subset(made, rows), rules)
        found.value_cents[rows] = terms.value_cents
        found.error_cents[rows] = (terms.value_high_cents - terms.value_low_cents) / (2 * 1.96)
        found.contact_cents[rows] = terms.contact_cents
        found.has_margin[rows] = terms.margin_cents > 0
        found.learned[rows] = np.select(
            [terms.basis == PRIOR, terms.effect_high < 0, terms.effect <= 0],
            [UNKNOWN, DOES_HARM, BRINGS_NOTHING],
            BRINGS,
        )
        found.priced[rows] = terms.priced
    return found


def worth(made: Candidates, rules: Rules) -> Worth:
    """The value of each candidate and all its terms."""
    pairs, assumed = made.pairs, rules.values
    channels = [rules.channels[name] for name in made.channels]
    sale, rate, priced = _sales(made.products, assumed.margin_share)
    discount_share = discounts(made.customers, rules)[made.customer]
    full = sale * rate
    returned = steady(np.clip(made.customers.numbers("returned_share", 0.0), 0, 1))[made.customer]
    kind = pairs.kind[made.pair]
    own = np.array([priors.OWN_SALES[name] for name in KINDS])[kind] * _displaced(
        made, full, sale, discount_share
    )
    mine = full[made.product] - sale[made.product] * discount_share
    returns = returned * (np.maximum(mine, 0) + assumed.return_cost_cents)
    later = assumed.later_share * np.maximum(mine, 0)
    each = mine - returns - own + later - assumed.order_cost_cents
    effect, low, high, basis, contacts = _effects(made)
    contact = np.array([one.cost_cents for one in channels])[made.channel]
    lost = np.array([one.unsubscribe_share for one in channels])[made.channel]
    worths = lifetime(made.customers, rules)
    annoyance = lost * worths[made.customer]
    base = pairs.given.get("base_probability", np.full(len(pairs), np.nan))[made.pair]
    base = np.where(np.isnan(base), priors.BASE_PROBABILITY, base)
    discount = base * sale[made.product] * discount_share
    value = effect * each - (contact + annoyance + discount)
    down, up = effect - low, high - effect
    worth_low, worth_high, is_assumed = worth_doubt(made.customers, worths)
    doubt = Doubt(
        np.where(each >= 0, down, up) * np.abs(each),
        np.where(each >= 0, up, down) * np.abs(each),
        np.abs(effect * _margin_slope(made, sale, (returned, assumed.later_share))),
        np.abs(effect) * returned_doubt(made.customers)[made.customer]
        * (np.maximum(mine, 0) + assumed.return_cost_cents),
        lost * worth_low[made.customer],
        lost * worth_high[made.customer],
        is_assumed[made.customer],
        np.where((effect > 0) & (low >= 0), low / np.where(effect > 0, effect, 1.0), 1.0),
    )  # fmt: skip
    priced = priced[made.product]
    given = pairs.given.get("value_cents")
    if given is not None:
        told = ~np.isnan(given[made.pair])
        value = np.where(told, given[made.pair], value)
        doubt = _certain(doubt, told)
        priced = priced | told
    return Worth(
        effect, low, high, basis, contacts, mine, returns, own, later,
        np.full(len(made), assumed.order_cost_cents), contact, discount, annoyance, value, value - doubt.low,
        value + doubt.high, doubt, priced,
    )  # fmt: skip


def _margin_slope(made: Candidates, sale: Amounts, shares: tuple[Amounts, float]) -> Amounts:
    """What half the interval of an assumed margin changes about an extra purchase's worth; 0 where costs are known."""
    cost, price = made.products.numbers("unit_cost_cents"), made.products.numbers("price_cents")
    assumed = ~((cost >= 0) & (price > 0)) & (price > 0)
    change = np.where(assumed, sale * priors.MARGIN_DOUBT, 0.0)
    returned, later_share = shares
    kind = made.pairs.kind[made.pair]
    own = np.array([priors.OWN_SALES[name] for name in KINDS])[kind]
    return np.asarray(change[made.product] * (1 - returned + later_share) - own * change[_displacing(made)])


def _certain(doubt: Doubt, told: NDArray[np.bool_]) -> Doubt:
    """A value that the caller gives comes without an interval."""
    parts = {
        name: np.where(told, 0.0, part) for name, part in vars(doubt).items() if name != "worth_is_assumed"
    }
    return Doubt(**parts, worth_is_assumed=doubt.worth_is_assumed)


def _sales(products: Side, margin_share: float) -> tuple[Amounts, Amounts, NDArray[np.bool_]]:
    """What a usual purchase of each product amounts to, the margin's share of it, and whether the price is known."""
    price = products.numbers("price_cents")
    usual = products.numbers("usual_cents")
    sale = np.where(usual > 0, usual, price)
    cost = products.numbers("unit_cost_cents")
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where((cost >= 0) & (price > 0), (price - cost) / price, margin_share)
    priced = sale > 0
    if not priced.any():
        return np.full(len(products), NOMINAL_CENTS), np.ones(len(products)), priced
    return np.where(priced, sale, 0.0), rate, priced


def discounts(customers: Side, rules: Rules) -> Amounts:
    """The reduction that comes with offers, by customer: none for those who buy mostly at deep discounts."""
    without = customers.texts("treatment") == Treatment.NO_DISCOUNTS.value
    return np.where(without, 0.0, rules.values.discount_share)


def _displaced(made: Candidates, full: Amounts, sale: Amounts, discount_share: Amounts) -> Amounts:
    """Margin of the sale that is lost when the offered one is made."""
    lost = _displacing(made)
    return np.maximum(full[lost] - sale[lost] * discount_share, 0)


def _displacing(made: Candidates) -> NDArray[np.int32]:
    """The product whose sale is lost when the offered one is made: the one that it replaces, else itself."""
    because, kind = made.pairs.because[made.pair], made.pairs.kind[made.pair]
    replaces = (because >= 0) & ((kind == KINDS.index("upgrade")) | (kind == KINDS.index("substitute")))
    return np.where(replaces, because, made.product)


def _effects(made: Candidates) -> tuple[Amounts, Amounts, Amounts, NDArray[np.int8], Amounts]:
    """Effect, its interval, how it is known, and from how many contacts."""
    pairs = made.pairs
    effect = priors.prior_effect(made.channels, made.channel, pairs.kind[made.pair], pairs.fit[made.pair])
    low, high = priors.prior_interval(effect)
    if not {"effect", *(f"{name}_effect" for name in made.channels)} & set(pairs.given):
        return effect, low, high, np.zeros(len(made), np.int8), np.full(len(made), np.nan)
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


def lifetime(customers: Side, rules: Rules) -> Amounts:
    """What each customer is worth over the years: as estimated, else the margin of a year so far x the years."""
    known = customers.numbers("lifetime_cents")
    revenue = customers.numbers("revenue_cents", 0.0)
    years = (customers.numbers("as_of") - customers.numbers("first_order_at")) / 365.0
    years = np.where(np.isnan(years), 1.0, np.maximum(years, 1.0))
    assumed = revenue / years * max(rules.values.margin_share, 0.0) * rules.values.lifetime_years
    return np.asarray(np.maximum(np.where(np.isnan(known), assumed, known), 0.0), dtype=np.float64)
