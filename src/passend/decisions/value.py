"""What an offer is worth: expected incremental profit over half a year, term by term.

    value = effect x (margin - returns - own sales - service) - contact - discount - annoyance

- effect: extra purchases by the contact (learned where contacts are known, else a documented prior).
- margin: of a usual purchase of the product, after the discount that comes with the offer.
- returns: the chance that it comes back x (the margin + handling + what spoiled goods lose).
- own sales: what is only moved. A share of an added sale is saved elsewhere in the shop; another comes just before a
  purchase that would have been made anyway within half a year.
- service: handling, and the customer's usual service an item.
- discount: given away to those who would have bought without an offer and take it.
- annoyance: coming purchases that a contact spoils, more where earlier contacts are still remembered.

Doing nothing is worth 0: an offer of less is not made. A lost permission costs later offers, not purchases: it is a
limit with a price (``permissions.py``), and no part of the value. Amounts are fractions of minor units (cents).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from passend.decisions.candidates import Candidates, subset
from passend.decisions.doubt import Doubt

Amounts = NDArray[np.float64]

#: How an effect may be known.
PRIOR, HIERARCHICAL, MEASURED = range(3)
BASES = ("prior, not measured", "hierarchical, from contacts like it", "measured")
#: What was learned of a contact: nothing, that it brings something, that it brings nothing, that it does harm for sure.
UNKNOWN, BRINGS, BRINGS_NOTHING, DOES_HARM = range(4)
#: Share of the cost of goods that is lost when they come back, and the most that is ever expected to come back.
SPOILED, MOST_BACK = 0.2, 0.95


@dataclass(frozen=True)
class Figures:
    """What is known of offers, before money is added up; one row each.

    Attributes:
        effect: extra purchases a contact, with its 95 % interval.
        basis: how the effect is known, a place in ``BASES``.
        contacts: how many contacts it was learned from; not a number where nobody said.
        base: chance to buy in the time of the offer without it.
        sale: amount of a usual purchase at the list price.
        cost: of a usual purchase.
        discount: the reduction that is offered, a share.
        takes: share of those who would have bought anyway that takes the discount.
        returned: chance that the item comes back.
        return_cents: handling of a return.
        at_risk: cost of goods that may come back spoiled.
        moved: share of an added sale that is saved elsewhere in the shop.
        spends: margin of the customer's own half-year, from which at most is saved.
        anyway: share of added sales that only come before one that would have been made.
        service: handling and service of an item.
        contact: cost of the contact.
        annoyance: coming profit that the contact spoils.
        lost: permissions that the contact costs.
        margin_doubt: half-width of the 95 % interval of an assumed margin, as is ``returned_doubt`` of ``returned``.
        priced: whether the product has a price; otherwise its value only ranks.
        told: the whole value, where the caller knows it; else not a number.
    """

    effect: Amounts
    effect_low: Amounts
    effect_high: Amounts
    basis: NDArray[np.int8]
    contacts: Amounts
    base: Amounts
    sale: Amounts
    cost: Amounts
    discount: Amounts
    takes: Amounts
    returned: Amounts
    return_cents: Amounts
    at_risk: Amounts
    moved: Amounts
    spends: Amounts
    anyway: Amounts
    service: Amounts
    contact: Amounts
    annoyance: Amounts
    lost: Amounts
    margin_doubt: Amounts
    returned_doubt: Amounts
    priced: NDArray[np.bool_]
    told: Amounts

    def rows(self, kept: NDArray[np.generic]) -> "Figures":
        """Some of them."""
        return replace(self, **{one.name: getattr(self, one.name)[kept] for one in fields(self)})


#: Tells what is known of candidates.
Source = Callable[[Candidates], Figures]


@dataclass(frozen=True)
class Worth:
    """Every term of every candidate's value.

    Attributes:
        effect: extra purchases a contact, with its 95 % interval; as ``basis`` and ``contacts`` in ``Figures``.
        margin_cents: of one extra purchase; the three terms below it are amounts of one extra purchase, too.
        contact_cents: of the contact, as are the two after it.
        value_cents: all together, with its 95 % interval.
        lost: permissions that the contact costs.
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
    service_cents: Amounts
    contact_cents: Amounts
    discount_cents: Amounts
    annoyance_cents: Amounts
    value_cents: Amounts
    value_low_cents: Amounts
    value_high_cents: Amounts
    lost: Amounts
    doubt: Doubt
    priced: NDArray[np.bool_]

    @property
    def each_cents(self) -> Amounts:
        """What one extra purchase leaves."""
        return self.margin_cents - self.returns_cents - self.own_sales_cents - self.service_cents


def return_costs(cents: float, most_share: float, sale: Amounts) -> Amounts:
    """What handling a return costs, by the price of the goods: a stated cost, or an assumed one of at most a share."""
    return np.full(len(sale), cents) if np.isinf(most_share) else np.minimum(cents, most_share * sale)


def sale_terms(known: Figures) -> tuple[Amounts, Amounts, Amounts]:
    """Of one extra purchase: the margin, what returns take from it, and what own sales do."""
    margin = known.sale * (1.0 - known.discount) - known.cost
    elsewhere = known.moved * np.clip(margin, 0.0, known.spends)
    back = np.clip(known.returned, 0.0, MOST_BACK)
    returns = back * (margin - elsewhere + known.return_cents + SPOILED * known.at_risk)
    left = margin - elsewhere - returns - known.service
    return margin, returns, elsewhere + known.anyway * left


def worth(known: Figures) -> Worth:
    """The value of each offer and all its terms."""
    margin, returns, own = sale_terms(known)
    each = margin - returns - own - known.service
    discount = known.base * known.takes * known.discount * known.sale
    value = known.effect * each - known.contact - discount - known.annoyance
    down, up = known.effect - known.effect_low, known.effect_high - known.effect
    back = np.clip(known.returned, 0.0, MOST_BACK)
    doubt = Doubt(
        np.where(each >= 0, down, up) * np.abs(each),
        np.where(each >= 0, up, down) * np.abs(each),
        np.abs(known.effect) * known.margin_doubt * (1.0 - back) * (1.0 - known.anyway),
        np.abs(known.effect) * known.returned_doubt * (np.maximum(margin, 0.0) + known.return_cents),
        known.annoyance,
        np.where(
            (known.effect > 0) & (known.effect_low >= 0),
            known.effect_low / np.where(known.effect > 0, known.effect, 1.0),
            1.0,
        ),
    )
    told = ~np.isnan(known.told)
    if told.any():
        value = np.where(told, known.told, value)
        doubt = doubt.without(told)
    return Worth(
        known.effect, known.effect_low, known.effect_high, known.basis, known.contacts, margin, returns, own,
        known.service, known.contact, discount, known.annoyance, value, value - doubt.low, value + doubt.high,
        known.lost, doubt, known.priced | told,
    )  # fmt: skip


@dataclass(frozen=True)
class Appraisal:
    """What is kept of every candidate's value; the terms of a few can be had again at any time.

    Attributes:
        value_cents: float64 (candidates).
        error_cents: float32 (candidates), standard error of the value that comes from the effect.
        contact_cents: float32 (candidates).
        lost: float32 (candidates), permissions that the contact costs.
        has_margin: bool (candidates), whether a sale earns anything.
        learned: int8 (candidates), what was learned of such contacts, from ``UNKNOWN`` to ``DOES_HARM``.
        priced: bool (candidates), whether the product has a price.
        told: whether the caller told the values.
    """

    value_cents: Amounts
    error_cents: NDArray[np.float32]
    contact_cents: NDArray[np.float32]
    lost: NDArray[np.float32]
    has_margin: NDArray[np.bool_]
    learned: NDArray[np.int8]
    priced: NDArray[np.bool_]
    told: bool


def appraise(made: Candidates, source: Source, block: int = 500_000) -> Appraisal:
    """The value of each candidate, computed block by block so that memory stays bounded."""
    count = len(made)
    found = Appraisal(
        np.empty(count), np.empty(count, np.float32), np.empty(count, np.float32), np.empty(count, np.float32),
        np.empty(count, np.bool_), np.empty(count, np.int8), np.empty(count, np.bool_),
        "value_cents" in made.pairs.given,
    )  # fmt: skip
    for first in range(0, count, block):
        rows = np.arange(first, min(first + block, count))
        terms = worth(source(subset(made, rows) if count > block else made))
        found.value_cents[rows] = terms.value_cents
        found.error_cents[rows] = (terms.effect_high - terms.effect_low) / 3.92 * np.abs(terms.each_cents)
        found.contact_cents[rows] = terms.contact_cents
        found.lost[rows] = terms.lost
        found.has_margin[rows] = terms.margin_cents > 0
        found.learned[rows] = np.select(
            [terms.basis == PRIOR, terms.effect_high < 0, terms.effect <= 0],
            [UNKNOWN, DOES_HARM, BRINGS_NOTHING],
            BRINGS,
        )
        found.priced[rows] = terms.priced
    return found
