"""Who might be offered what: every product is weighed for every customer, and the best few go on to be decided.

Some customers at a time, on arrays: what may not be offered at all is left out first, so that it takes nobody's place.
Products are weighed as if sent on the first channel in use; each of the few then competes on every channel.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passend.decisions.candidates import KINDS, Candidates, Pairs, Side
from passend.decisions.knowledge.figures import CODES, Informed
from passend.decisions.knowledge.knowledge import Knowledge, Wants
from passend.decisions.knowledge.past import Past
from passend.decisions.knowledge.rhythm import over_after
from passend.decisions.packs import smaller_packs
from passend.decisions.rules.schema import Rules
from passend.decisions.value import worth
from passend.vocabulary import Channel

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Options of a customer that go on; reduced prices are tried for so many times as many products.
MOST, _TRIED = 10, 3
#: Of these so many may meet one need; a customer is offered one of them.
_OF_ONE_NEED = 3
#: An offer has to be taken at least this share as often as the likeliest one for the customer: the dearest thing is not
#: shown to whoever hardly needs it.
RELEVANT = 0.03
#: Products above which not all are weighed for everybody, but those that earn most and those retrieved.
ALL_PRODUCTS = 400
#: A product dearer by this factor than anything among so many purchases needs a sign of interest above the usual.
_DEARER, _PURCHASES, _SIGN = np.log(8.0), 3, 3.0


@dataclass(frozen=True)
class Shelf:
    """What may be offered to whom, before anything is weighed.

    Attributes:
        on_sale: bool (products), active and on stock.
        asked: bool (customers), who may get offers at all.
        barred: customer and product of pairs that are never offered, e.g. what does not fit what they own.
        only: bool (customers), to whom only the pairs of ``lifted`` are offered.
        lifted: customer and product of better products and services that fit.
        retrieved: customer and product of pairs that are weighed where not all can be.
        discounted: bool (customers), who may get a reduced price.
    """

    on_sale: Flags
    asked: Flags
    barred: tuple[Ints, Ints]
    only: Flags
    lifted: tuple[Ints, Ints]
    retrieved: tuple[Ints, Ints]
    discounted: Flags


def open_shelf(customers: int, products: int) -> Shelf:
    """Everything for everybody."""
    nobody = (np.zeros(0, np.int64), np.zeros(0, np.int64))
    yes, all_products = np.ones(customers, np.bool_), np.ones(products, np.bool_)
    return Shelf(all_products, yes, nobody, np.zeros(customers, np.bool_), nobody, nobody, yes)


@dataclass(frozen=True)
class Options:
    """The best few of each customer, in the order of customers, products and discounts; and what is known of both.

    Attributes:
        customer: code, as ``product``.
        discount: the reduction, a share.
        wants: what the customer wants of the product's need.
        informed: tells the figures of any offer.
        weighed: pairs of customer and product that were weighed.
        sated: of these, pairs left out because the need was met lately, or is hardly ever felt by customers like these.
        too_dear: of these, pairs left out because nothing shows that the customer would pay so much.
    """

    customer: Ints
    product: Ints
    discount: Floats
    wants: Wants
    informed: Informed
    weighed: int
    sated: int
    too_dear: int


def options(
    past: Past,
    knowledge: Knowledge,
    rules: Rules,
    shelf: Shelf,
    most: int = MOST,
    *,
    seen: Callable[[Ints, Wants], None] | None = None,
) -> Options:
    """Weigh every product for every customer who may be asked, and keep the best few.

    Args:
        past: what happened.
        knowledge: what was learned from it.
        rules: channels in use, their costs, the largest discount.
        shelf: what may be offered to whom.
        most: options of a customer that go on, each with one discount.
        seen: is told what all customers want, some at a time: it costs too much to be found out twice.
    """
    outlook = knowledge.outlook(past)
    own = np.zeros(past.customers)
    informed = Informed(past, knowledge, outlook, rules, own)
    packs = smaller_packs((past.sales.customer, past.sales.product), (past.goods.same, past.goods.amount))
    search = _Search(informed, shelf, _products(past, shelf), most, packs)
    found: list[tuple[Ints, Ints, Floats, Wants]] = []
    counts = np.zeros(3, np.int64)
    everybody = np.arange(past.customers)
    for some, wants in knowledge.wants(past, everybody if seen else everybody[shelf.asked]):
        if seen:
            seen(some, wants)
            here = np.flatnonzero(shelf.asked[some])
            some, wants = some[here], wants.at(here)  # noqa: PLW2901 - only those asked go on
        own[some] = wants.rate @ knowledge.earned
        best, counted = search.best(some, wants)
        found.append(best)
        counts += counted
    if not found:
        nothing = np.zeros(0)
        wants = Wants(nothing, nothing, nothing, np.zeros(0, np.bool_))
        found = [(np.zeros(0, np.int64), np.zeros(0, np.int64), nothing, wants)]
    customer, product, discount = (np.concatenate([one[place] for one in found]) for place in range(3))
    wanted = Wants(
        *(
            np.concatenate([getattr(one[3], name) for one in found])
            for name in ("interest", "rate", "tried", "sated")
        )
    )
    return Options(customer, product, discount, wanted, informed, *(int(one) for one in counts))


def candidates_of(
    found: Options, sides: tuple[Side, Side], channels: tuple[str, ...], related: "Related | None" = None
) -> Candidates:
    """The options on every channel in use, as the decision wants them."""
    count = len(found.customer)
    kinds = related or Related(
        np.full(count, len(KINDS) - 1, np.int8), np.full(count, -1, np.int32), np.zeros(count)
    )
    wants = found.wants
    past, group = found.informed.past, found.informed.past.goods.group[found.product]
    rhythm = found.informed.knowledge.taught.needs.rhythm
    usual = rhythm.own_of(past.history, past.week, found.customer, group)
    given = {
        "interest": wants.interest, "rate": wants.rate, "tried": wants.tried, "discount": found.discount,
        "usual_weeks": usual, "over_weeks": over_after(usual),
    }  # fmt: skip
    pairs = Pairs(
        found.customer.astype(np.int32), found.product.astype(np.int32), kinds.kind, kinds.because, kinds.score,
        np.ones(count), given,
    )  # fmt: skip
    pair = np.repeat(np.arange(count), len(channels))
    channel = np.tile(np.arange(len(channels), dtype=np.int8), count)
    return Candidates(
        *sides,
        channels,
        pairs.customer[pair],
        pairs.product[pair],
        channel,
        pair,
        pairs,
        past.today,
        past.goods.group,
    )


@dataclass(frozen=True)
class Related:
    """How each option relates to what its customer has.

    Attributes:
        kind: type of relation, a place in ``KINDS``.
        because: the product that speaks for it; -1 for none.
        score: strength.
    """

    kind: NDArray[np.int8]
    because: NDArray[np.int32]
    score: Floats


@dataclass(frozen=True)
class _Search:
    informed: Informed
    shelf: Shelf
    products: Ints
    most: int
    smaller: tuple[Ints, Ints]

    def best(self, some: Ints, wants: Wants) -> tuple[tuple[Ints, Ints, Floats, Wants], Ints]:
        """The best options of some customers; and how many pairs were weighed, sated, too dear."""
        past, shelf = self.informed.past, self.shelf
        products = self.products
        group = past.goods.group[products]
        allowed = self._allowed(some)
        sated = allowed & wants.sated[:, group]
        allowed &= ~sated
        dear = allowed & self._too_dear(some, wants)
        allowed &= ~dear
        counts = np.array([allowed.sum() + sated.sum() + dear.sum(), sated.sum(), dear.sum()], np.int64)
        full, effect = np.full(allowed.shape, -np.inf), np.zeros(allowed.shape)
        rows, columns = np.nonzero(allowed)
        full[rows, columns], effect[rows, columns] = self._value(
            some, wants, (rows, columns), np.zeros(len(rows))
        )
        full[effect < RELEVANT * effect.max(axis=1, initial=0.0)[:, None]] = -np.inf
        rows, columns = np.nonzero(_top(full, _TRIED * self.most))
        lists = [(rows, columns, np.zeros(len(rows)), full[rows, columns])]
        largest = self.informed.rules.values.discount_share
        if largest > 0:
            near = _top(full, _TRIED * self.most) & shelf.discounted[some][:, None]
            rows, columns = np.nonzero(near)
            reduced = np.full(len(rows), largest)
            lists.append((rows, columns, reduced, self._value(some, wants, (rows, columns), reduced)[0]))
        rows, columns, discount, value = (np.concatenate(parts) for parts in zip(*lists, strict=True))
        kept = _best_of(rows * past.groups + group[columns], value, _OF_ONE_NEED)
        kept = kept[_best_of(rows[kept], value[kept], self.most)]
        kept = kept[np.lexsort((discount[kept], columns[kept], rows[kept]))]
        rows, columns, discount = rows[kept], columns[kept], discount[kept]
        chosen = wants.at(rows, group[columns])
        return (some[rows], products[columns], discount, chosen), counts

    def _value(
        self, some: Ints, wants: Wants, pair: tuple[Ints, Ints], discount: Floats
    ) -> tuple[Floats, Floats]:
        """Value and effect of pairs of customer and product, by their rows and columns."""
        rows, columns = pair
        product = self.products[columns]
        first = self.informed.rules.used[0]
        contact = np.full(len(rows), first.cost_cents)
        channel = np.full(len(rows), CODES[Channel(first.name)])
        needed = wants.at(rows, self.informed.past.goods.group[product])
        figures = self.informed.of((some[rows], product, channel), needed, discount, contact, rough=True)
        return worth(figures).value_cents, figures.effect

    def _allowed(self, some: Ints) -> Flags:
        shelf, products = self.shelf, self.products
        allowed = np.tile(shelf.on_sale[products], (len(some), 1))
        place = np.full(len(shelf.on_sale), -1, np.int64)
        place[products] = np.arange(len(products))
        _mark(allowed, some, shelf.barred, place, value=False)
        _mark(allowed, some, self.smaller, place, value=False)
        only = shelf.only[some]
        if only.any():
            lifted = np.zeros_like(allowed)
            _mark(lifted, some, shelf.lifted, place, value=True)
            allowed[only] &= lifted[only]
        if len(products) < len(shelf.on_sale) or len(shelf.on_sale) > ALL_PRODUCTS:
            asked = np.zeros_like(allowed)
            asked[:, _earning(self.informed.past, products)] = True
            _mark(asked, some, shelf.retrieved, place, value=True)
            allowed &= asked
        return allowed

    def _too_dear(self, some: Ints, wants: Wants) -> Flags:
        """Far above what the customer ever paid, and no more than the usual interest."""
        past, known = self.informed.past, self.informed
        price = np.log(past.goods.known_price[self.products])
        dearest = known.outlook.dearest[some]
        beyond = (known.outlook.bought[some] >= _PURCHASES)[:, None] & (
            price[None, :] > (dearest + _DEARER)[:, None]
        )
        usual = known.knowledge.usual
        plain = usual.activity * usual.share
        group = past.goods.group[self.products]
        return np.asarray(beyond & (wants.interest[:, group] < _SIGN * plain[group][None, :]))


def _mark(grid: Flags, some: Ints, pairs: tuple[Ints, Ints], place: Ints, *, value: bool) -> None:
    """Set the cells of pairs of customer and product; ``some`` are the customers of the rows, in order."""
    who, what = pairs
    if not len(who):
        return
    row = np.minimum(np.searchsorted(some, who), len(some) - 1)
    here = (some[row] == who) & (place[what] >= 0)
    grid[row[here], place[what[here]]] = value


def _products(past: Past, shelf: Shelf) -> Ints:
    """Products that are weighed at all: of a large catalogue those that earn most, and those retrieved for somebody."""
    count = len(shelf.on_sale)
    if count <= ALL_PRODUCTS:
        return np.arange(count)
    wanted = np.zeros(count, np.bool_)
    wanted[_earning(past, np.arange(count))] = True
    wanted[shelf.retrieved[1]] = True
    wanted[shelf.lifted[1]] = True
    return np.flatnonzero(wanted & shelf.on_sale)


def _earning(past: Past, products: Ints) -> Ints:
    """Places of the products that earned most, of a large catalogue."""
    sold = np.bincount(past.sales.product, minlength=len(past.goods.price)).astype(float)
    earned = (sold * np.nan_to_num(past.goods.margin))[products]
    return np.sort(np.argsort(-earned, kind="stable")[: ALL_PRODUCTS // 4])


def _top(value: Floats, most: int) -> Flags:
    """By row the cells with the highest values, those that are possible."""
    if value.shape[1] <= most:
        return np.isfinite(value)
    edge = -np.partition(-value, most - 1, axis=1)[:, most - 1]
    return np.isfinite(value) & (value >= edge[:, None])


def _best_of(rows: Ints, value: Floats, most: int) -> Ints:
    """Places of the best few of each row."""
    order = np.lexsort((-value, rows))
    first = np.searchsorted(rows[order], rows[order])
    return order[np.arange(len(order)) - first < most]
