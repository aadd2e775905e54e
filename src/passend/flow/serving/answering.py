"""From a shop's question to a list of products, from arrays alone: no database, no file, no waiting.

Whatever is asked, there is an answer: what completes the cart, what relates to the products at hand, else what the
customer should see next, else what sells now, else nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter

from passend.flow.serving.shelf import INTENTS, LEFT_ALONE, PINNED, REFUSES, TYPES, Lists, Shelf
from passend.kernels.holdout import is_held_out

#: The constant of reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009).
_FUSION = 60
#: Lines of a cart that are looked at, the last ones.
LONGEST_CART = 50
MOST = 50
_POPULAR = TYPES.index("popular")


@dataclass(frozen=True)
class Question:
    """What a shop asks.

    Attributes:
        product: shown on the page.
        cart: products in the cart, in the order of adding.
        customer: number of the customer, as the shop's signature or a secret key vouches for it.
        visit: the shop's number of cart or visit; keeps strangers in or out of the hold-out.
        intent: complementary, related or upgrade.
        exclude: products that must not come.
        limit: products wanted.
        fallback: what answers where nothing is known: popular, category or none.
        explain: with the reason in a sentence.
        until: moment of ``perf_counter`` after which what there is goes out.
    """

    product: str = ""
    cart: tuple[str, ...] = ()
    customer: str = ""
    visit: str = ""
    intent: str = "complementary"
    exclude: tuple[str, ...] = ()
    limit: int = 4
    fallback: str = "category"
    explain: bool = False
    until: float = float("inf")


@dataclass(frozen=True)
class Item:
    """One product of an answer."""

    product_id: str
    name: str
    price_cents: int | None
    currency: str | None
    type: str
    because_of: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Answered:
    """A list, best first.

    Attributes:
        items: the products.
        source: cart, relations, customer, popular, late, busy, error or none.
        held_out: kept without, to measure what recommendations bring.
        version: of the data that answered.
    """

    items: tuple[Item, ...]
    source: str
    held_out: bool
    version: int


@dataclass(frozen=True)
class Moment:
    """What happened since the shelf was laid out.

    Attributes:
        unsold: codes that cannot be bought now.
        sold: codes that can be bought again.
        prices: code -> price in minor units.
        bought: customer -> codes bought since.
        refusing: customers who said no to offers on the site; True no, False yes again.
    """

    unsold: frozenset[int] = frozenset()
    sold: frozenset[int] = frozenset()
    prices: Mapping[int, int] = field(default_factory=dict)
    bought: Mapping[str, frozenset[int]] = field(default_factory=dict)
    refusing: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class _Found:
    code: int
    kind: int
    because: int
    place: int
    of: Lists | None


def answer(shelf: Shelf, moment: Moment, asked: Question) -> Answered:
    """The products for a question."""
    whose = asked.customer or asked.visit
    if whose and is_held_out(whose, shelf.salt, shelf.share):
        return Answered((), "none", True, shelf.number)
    person = shelf.customers.find(asked.customer) if asked.customer else -1
    hands = [shelf.code[one] for one in _at_hand(asked) if one in shelf.code]
    barred = _barred(shelf, moment, asked, person)
    if asked.intent == "complementary":
        for hand in hands:
            barred.update(shelf.apart.at(hand))
    source = "none"
    found: list[_Found] = []
    sources: tuple[tuple[str, Callable[[], Iterable[_Found]]], ...] = (
        ("cart", lambda: _completing(shelf, hands) if _is_cart(asked) else ()),
        ("relations", lambda: _related(shelf, hands, INTENTS.index(asked.intent))),
        ("customer", lambda: _next_ones(shelf, moment, asked.customer, person)),
        ("popular", lambda: _popular(shelf, hands, asked.fallback)),
    )
    taken: set[int] = set()
    for name, ask in sources:
        if len(found) >= asked.limit:
            break
        if perf_counter() > asked.until:
            source = source if found else "late"
            break
        for one in ask():
            if len(found) >= asked.limit:
                break
            if one.code not in taken and one.code not in barred and _is_sold(shelf, moment, one.code):
                taken.add(one.code)
                found.append(one)
                source = name if source == "none" else source
    items = tuple(_item(shelf, moment, one, asked.explain) for one in found)
    return Answered(items, source, False, shelf.number)


def _at_hand(asked: Question) -> Iterator[str]:
    """The product of the page, then the cart, what was added last first."""
    if asked.product:
        yield asked.product
    yield from reversed(asked.cart[-LONGEST_CART:])


def _barred(shelf: Shelf, moment: Moment, asked: Question, person: int) -> set[int]:
    code = shelf.code
    barred = {code[one] for one in (asked.product, *asked.cart, *asked.exclude) if one in code}
    if person >= 0:
        barred.update(shelf.customers.owned.at(person))
    barred.update(moment.bought.get(asked.customer, ()))
    return barred


def _is_sold(shelf: Shelf, moment: Moment, code: int) -> bool:
    return code not in moment.unsold and (shelf.sold[code] == 1 or code in moment.sold)


def _is_cart(asked: Question) -> bool:
    return bool(asked.cart) and asked.intent == "complementary"


def _completing(shelf: Shelf, hands: list[int]) -> Iterable[_Found]:
    """What completes a cart: what people pinned beside its products, then what gets most of their votes."""
    votes, weight = shelf.votes, shelf.weight
    sums: dict[int, float] = {}
    best: dict[int, tuple[float, int, int]] = {}
    for hand in hands:
        items, low = votes.at(hand)
        for place, (code, own) in enumerate(zip(items, weight[low : low + len(items)], strict=True), low):
            sums[code] = sums.get(code, 0.0) + own
            known = best.get(code)
            if known is None or own > known[0]:
                best[code] = (own, hand, place)
    if not sums:
        return
    for hand in hands:
        items, low = shelf.related.at(hand * len(INTENTS))
        for place, code in enumerate(items, low):
            kind = shelf.related.kind[place]
            if kind < PINNED:
                break
            yield _Found(code, kind, hand, place, shelf.related)
    for code in sorted(sums, key=sums.__getitem__, reverse=True):
        _, hand, place = best[code]
        yield _Found(code, votes.kind[place], hand, place, votes)


def _related(shelf: Shelf, hands: list[int], intent: int) -> Iterable[_Found]:
    """What relates to the products at hand; of several, what is high in many lists comes first."""
    lists = shelf.related
    if len(hands) == 1:
        items, low = lists.at(hands[0] * len(INTENTS) + intent)
        return (_Found(code, lists.kind[low + n], hands[0], low + n, lists) for n, code in enumerate(items))
    heights: dict[int, float] = {}
    firsts: dict[int, tuple[int, int, int]] = {}
    for hand in hands:
        items, low = lists.at(hand * len(INTENTS) + intent)
        for rank, code in enumerate(items, start=1):
            heights[code] = heights.get(code, 0.0) + 1.0 / (_FUSION + rank)
            known = firsts.get(code)
            if known is None or rank < known[0]:
                firsts[code] = (rank, hand, low + rank - 1)
    order = sorted(heights, key=heights.__getitem__, reverse=True)
    return (_Found(code, lists.kind[firsts[code][2]], *firsts[code][1:], lists) for code in order)


def _next_ones(shelf: Shelf, moment: Moment, customer: str, person: int) -> Iterable[_Found]:
    """What the customer should see next; nothing for whom offers are not meant."""
    if person < 0:
        return ()
    flags = shelf.customers.flags[person]
    refuses = moment.refusing.get(customer, bool(flags & REFUSES))
    if refuses or flags & LEFT_ALONE:
        return ()
    lists = shelf.customers.lists
    items, low = lists.at(person)
    return (
        _Found(code, lists.kind[low + n], lists.because[low + n], low + n, lists)
        for n, code in enumerate(items)
    )


def _popular(shelf: Shelf, hands: list[int], fallback: str) -> Iterator[_Found]:
    if fallback == "none":
        return
    codes: Iterable[int] = shelf.popular
    if fallback == "category" and hands:
        codes = shelf.popular_in.get(shelf.category[hands[0]], ())
    for code in codes:
        yield _Found(code, _POPULAR, -1, -1, None)


def _item(shelf: Shelf, moment: Moment, one: _Found, explain: bool) -> Item:
    good = shelf.goods[one.code]
    reason = one.of.reason[one.place] if explain and one.of is not None else None
    because = shelf.product_ids[one.because] if explain and one.because >= 0 else None
    price = moment.prices.get(one.code, good["price_cents"])
    return Item(
        good["product_id"], good["name"], price, good["currency"], TYPES[one.kind % PINNED], because, reason
    )
