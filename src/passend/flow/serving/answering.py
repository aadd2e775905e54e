"""From a shop's question to a list of products, from arrays alone: no database, no file, no waiting.

Whatever is asked, there is an answer: what completes the cart, what relates to the products at hand, else what the
customer should see next, else what sells now, else nothing.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from time import perf_counter

from passend.flow.serving.shelf import INTENTS, LEFT_ALONE, PINNED, REFUSES, TYPES, Lists, Shelf
from passend.kernels.holdout import is_held_out

#: The constant of reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009), and what each rank is worth by it.
_FUSION = 60
_WORTH = tuple(1.0 / (_FUSION + rank) for rank in range(1, 1001))
#: Lines of a cart that are looked at, the last ones.
LONGEST_CART = 50
MOST = 50
_POPULAR = TYPES.index("popular")
#: How the JSON object of a product ends where no reason is asked for, by type, pinned or not.
_ENDS = {
    kind + pinned: f',"type":"{name}","because_of":null,"reason":null}}'.encode()
    for kind, name in enumerate(TYPES)
    for pinned in (0, PINNED)
}


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


#: A product that was found: its code, its type, the code that it goes with, and its place in the lists it comes from.
_Found = tuple[int, int, int, int, Lists | None]


@dataclass(frozen=True)
class Chosen:
    """What answers a question, not yet put into words.

    Attributes:
        shelf, moment: that it comes from.
        found: the products, best first.
        source, held_out: as in `Answered`.
        explain: with the reason in a sentence.
    """

    shelf: Shelf
    moment: Moment
    found: tuple[_Found, ...]
    source: str
    held_out: bool
    explain: bool

    def told(self) -> Answered:
        """As objects."""
        items = tuple(Item(**json.loads(self._text(one))) for one in self.found)
        return Answered(items, self.source, self.held_out, self.shelf.number)

    def text(self) -> bytes:
        """The items as a JSON list, of pieces that were written when the shelf was laid out."""
        return b"[" + b",".join([self._text(one) for one in self.found]) + b"]"

    def _text(self, one: _Found) -> bytes:
        code, kind, because, place, of = one
        good = self.shelf.goods.piece(code)
        price = self.moment.prices.get(code)
        if price is not None:
            good = b"%s:%d" % (good.rpartition(b":")[0], price)  # the price is what a piece ends with
        if not self.explain:
            return good + _ENDS[kind]
        reason = of.reason[place] if of is not None else None
        other = self.shelf.product_ids[because] if because >= 0 else None
        end = {"type": TYPES[kind % PINNED], "because_of": other, "reason": reason}
        return good + b"," + json.dumps(end, ensure_ascii=False).encode()[1:]


def answer(shelf: Shelf, moment: Moment, asked: Question) -> Answered:
    """The products for a question."""
    return choose(shelf, moment, asked).told()


def choose(shelf: Shelf, moment: Moment, asked: Question) -> Chosen:
    """The products for a question, found but not yet put into words."""
    whose = asked.customer or asked.visit
    if whose and is_held_out(whose, shelf.salt, shelf.share):
        return Chosen(shelf, moment, (), "none", True, False)
    person = shelf.customers.find(asked.customer) if asked.customer else -1
    hands = _at_hand(shelf, asked)
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
    limit, is_sold, unsold, again = asked.limit, shelf.sold, moment.unsold, moment.sold
    for name, ask in sources:
        if perf_counter() > asked.until:
            source = source if found else "late"
            break
        for one in ask():
            code = one[0]
            if code not in barred and code not in unsold and (is_sold[code] or code in again):
                barred.add(code)  # each once
                found.append(one)
                source = name if source == "none" else source
                if len(found) >= limit:
                    return Chosen(shelf, moment, tuple(found), source, False, asked.explain)
    return Chosen(shelf, moment, tuple(found), source, False, asked.explain)


def _at_hand(shelf: Shelf, asked: Question) -> list[int]:
    """The product of the page, then the cart, what was added last first; as far as they are known."""
    code = shelf.code
    hands = [code[asked.product]] if asked.product in code else []
    hands += [code[one] for one in asked.cart[: -LONGEST_CART - 1 : -1] if one in code]
    return hands


def _barred(shelf: Shelf, moment: Moment, asked: Question, person: int) -> set[int]:
    code = shelf.code
    barred = {code[one] for one in (asked.product, *asked.cart, *asked.exclude) if one in code}
    if person >= 0:
        barred.update(shelf.customers.owned.at(person))
    barred.update(moment.bought.get(asked.customer, ()))
    return barred


def _is_cart(asked: Question) -> bool:
    return bool(asked.cart) and asked.intent == "complementary"


def _completing(shelf: Shelf, hands: list[int]) -> Iterable[_Found]:
    """What completes a cart: what people pinned beside its products, then what gets most of their votes."""
    votes, weight = shelf.votes, shelf.weight
    sums: dict[int, float] = {}
    voted: list[tuple[int, int, list[int], list[float]]] = []
    for hand in hands:
        items, low = votes.at(hand)
        own: list[float] = weight[low : low + len(items)].tolist()  # type: ignore[assignment]  # floats, not bytes
        voted.append((hand, low, items, own))
        for code, one in zip(items, own, strict=True):
            sums[code] = sums.get(code, 0.0) + one
    if not sums:
        return
    for hand in hands:
        items, low = shelf.related.at(hand * len(INTENTS))
        for place, code in enumerate(items, low):
            kind = shelf.related.kind[place]
            if kind < PINNED:
                break
            yield code, kind, hand, place, shelf.related
    for code in sorted(sums, key=sums.__getitem__, reverse=True):
        loudest, whose, place = float("-inf"), -1, -1
        for hand, low, items, own in voted:
            if code in items and own[at := items.index(code)] > loudest:
                loudest, whose, place = own[at], hand, low + at
        yield code, votes.kind[place], whose, place, votes


def _related(shelf: Shelf, hands: list[int], intent: int) -> Iterable[_Found]:
    """What relates to the products at hand; of several, what is high in many lists comes first."""
    lists = shelf.related
    if len(hands) == 1:
        items, low = lists.at(hands[0] * len(INTENTS) + intent)
        kinds = lists.kind[low : low + len(items)].tolist()
        return zip(items, kinds, repeat(hands[0]), range(low, low + len(items)), repeat(lists))
    heights: dict[int, float] = {}
    whole: list[tuple[int, int, list[int]]] = []
    for hand in hands:
        items, low = lists.at(hand * len(INTENTS) + intent)
        whole.append((hand, low, items))
        for code, worth in zip(items, _WORTH):  # noqa: B905 - there are more ranks than products in a list
            heights[code] = heights.get(code, 0.0) + worth
    return _by_height(lists, heights, whole)


def _by_height(
    lists: Lists, heights: Mapping[int, float], whole: list[tuple[int, int, list[int]]]
) -> Iterable[_Found]:
    """The highest first, each with the list in which it is highest; that is looked for only when it is wanted."""
    for code in sorted(heights, key=heights.__getitem__, reverse=True):
        best, whose, place = len(_WORTH), -1, -1
        for hand, low, items in whole:
            if code in items and (at := items.index(code)) < best:
                best, whose, place = at, hand, low + at
        yield code, lists.kind[place], whose, place, lists


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
        (code, lists.kind[low + n], lists.because[low + n], low + n, lists) for n, code in enumerate(items)
    )


def _popular(shelf: Shelf, hands: list[int], fallback: str) -> Iterable[_Found]:
    codes: Iterable[int] = ()
    if fallback == "category" and hands:
        codes = shelf.popular_in.get(shelf.category[hands[0]], ())
    elif fallback != "none":
        codes = shelf.popular
    return ((code, _POPULAR, -1, -1, None) for code in codes)
