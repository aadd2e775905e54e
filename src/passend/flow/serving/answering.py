"""From a shop's question to a list of products, from arrays alone: no database, no file, no waiting.

Whatever is asked, there is an answer: what completes the cart, what relates to the products at hand, else what the
customer should see next, else what sells now, else nothing.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter

from passend.flow.serving.adjusting import Adjustment, Placement, lifted, reach
from passend.flow.serving.retrieving import Found, completing, next_ones, placed_in_front, popular, related
from passend.flow.serving.shelf import INTENTS, LEFT_ALONE, PINNED, REFUSES, TYPES, Shelf
from passend.flow.serving.trials import Trial, drawn
from passend.kernels.holdout import is_held_out

#: Lines of a cart that are looked at, the last ones.
LONGEST_CART = 50
MOST = 50
_RELATED = INTENTS.index("related")
#: A list that begins with what people placed comes from where the rest of it comes from.
_NOWHERE = frozenset({"none", "pinned"})
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
        placement: where it will be shown; what people decided for it counts.
        is_rehearsed: somebody looks at what would be shown: nobody is held out, and nothing is counted.
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
    placement: str = ""
    is_rehearsed: bool = False


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
        source: cart, relations, customer, popular, pinned, late, busy, error or none.
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
        alone: customers of whom people said since whether they are left alone.
        placements: what people decided, by the name of the placement.
        hour: since 1970; where nobody is known, hours are compared.
    """

    unsold: frozenset[int] = frozenset()
    sold: frozenset[int] = frozenset()
    prices: Mapping[int, int] = field(default_factory=dict)
    bought: Mapping[str, frozenset[int]] = field(default_factory=dict)
    refusing: Mapping[str, bool] = field(default_factory=dict)
    alone: Mapping[str, bool] = field(default_factory=dict)
    placements: Mapping[str, Placement] = field(default_factory=dict)
    hour: int = 0


@dataclass(frozen=True)
class Chosen:
    """What answers a question, not yet put into words.

    Attributes:
        shelf, moment: that it comes from.
        found: the products, best first.
        source, held_out: as in `Answered`.
        explain: with the reason in a sentence.
        trial: the place in the placement's comparison with nothing; None where there is none.
    """

    shelf: Shelf
    moment: Moment
    found: tuple[Found, ...]
    source: str
    held_out: bool
    explain: bool
    trial: Trial | None = None

    def told(self) -> Answered:
        """As objects."""
        items = tuple(Item(**json.loads(self._text(one))) for one in self.found)
        return Answered(items, self.source, self.held_out, self.shelf.number)

    def text(self) -> bytes:
        """The items as a JSON list, of pieces that were written when the shelf was laid out."""
        return b"[" + b",".join([self._text(one) for one in self.found]) + b"]"

    def _text(self, one: Found) -> bytes:
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
    if is_kept_without(shelf, asked):
        return Chosen(shelf, moment, (), "none", True, False)
    case = lay_before(shelf, moment, asked)
    found, source = case.listed()
    placed = moment.placements.get(asked.placement)
    # Both arms are counted where there is a list: without one there is nothing to compare.
    if placed is None or not placed.share or not found or asked.is_rehearsed:
        return Chosen(shelf, moment, tuple(found), source, False, asked.explain)
    on = shelf.product_ids[case.hands[0]] if case.hands else ""
    by = (asked.customer, asked.visit, f"{moment.hour}/{on}")
    trial = drawn(asked.placement, placed, shelf.salt, by)
    if trial.is_shown:
        return Chosen(shelf, moment, tuple(found), source, False, asked.explain, trial)
    return Chosen(shelf, moment, (), "none", True, False, trial)


def is_kept_without(shelf: Shelf, asked: Question) -> bool:
    """Whether the firm's own hold-out keeps whoever asks without recommendations."""
    whose = asked.customer or asked.visit
    return bool(whose) and not asked.is_rehearsed and is_held_out(whose, shelf.salt, shelf.share)


@dataclass(slots=True)
class Case:
    """A question with all that decides its answer; who answers and who explains go through the same one.

    It is made thousands of times a second, so it is a plain object; nobody changes it.

    Attributes:
        person: place of the customer, -1 where unknown.
        hands: codes of the products at hand.
        words: what people decided for this placement and these products.
    """

    shelf: Shelf
    moment: Moment
    asked: Question
    person: int
    hands: list[int]
    words: Adjustment | None

    @property
    def is_quiet(self) -> bool:
        """The customer refuses offers, or is left alone: nothing personal, and nothing that people placed."""
        asked = self.asked
        return bool(asked.customer) and is_quiet(self.shelf, self.moment, asked.customer, self.person)

    def bars(self) -> Iterator[tuple[str, Iterable[int]]]:
        """What must not be answered, with the rule that says so, the first rule first."""
        shelf, asked, code = self.shelf, self.asked, self.shelf.code
        long = len(asked.cart) > LONGEST_CART
        yield "at hand", [code[one] for one in asked.cart if one in code] if long else self.hands
        if long and asked.product in code:
            yield "at hand", (code[asked.product],)
        if asked.exclude:
            yield "excluded", [code[one] for one in asked.exclude if one in code]
        if self.person >= 0:
            yield "owned", shelf.customers.owned.at(self.person)
        if asked.customer in self.moment.bought:
            yield "owned", self.moment.bought[asked.customer]
        for hand in self.hands:
            yield "kept apart", self._apart(hand)
        if self.words is not None:
            yield "buried", self.words.buried

    def _apart(self, hand: int) -> Iterable[int]:
        """What people forbade beside a product; beside what is complementary also what replaces it."""
        apart = self.shelf.apart.at(hand)
        if self.asked.intent == "complementary" or not apart:
            return apart
        return set(apart).difference(self.shelf.related.at(hand * len(INTENTS) + _RELATED)[0])

    def is_sold(self, code: int) -> bool:
        """Whether a product can be bought now."""
        return code not in self.moment.unsold and bool(self.shelf.sold[code] or code in self.moment.sold)

    def sources(self) -> tuple[tuple[str, Callable[[], Iterable[Found]]], ...]:
        """Where products come from, the best source first."""
        shelf, asked, hands = self.shelf, self.asked, self.hands
        usual: tuple[tuple[str, Callable[[], Iterable[Found]]], ...] = (
            ("cart", lambda: completing(shelf, hands) if _is_cart(asked) else ()),
            ("relations", lambda: related(shelf, hands, INTENTS.index(asked.intent))),
            ("customer", lambda: next_ones(shelf, self.person) if not self.is_quiet else ()),
            ("popular", lambda: popular(shelf, hands, asked.fallback)),
        )
        words = self.words
        if words is None or not words.pinned or self.is_quiet:
            return usual
        return (
            ("pinned", lambda: placed_in_front(shelf, hands, INTENTS.index(asked.intent), words.pinned)),
            *usual,
        )

    def listed(self, limit: int = 0) -> tuple[list[Found], str]:
        """The products, best first, and where the first of them comes from."""
        limit = limit or self.asked.limit
        barred: set[int] = set()
        for _, codes in self.bars():
            barred.update(codes)
        words = self.words
        boosted = words.boosted if words is not None and words.boosted and not self.is_quiet else {}
        most = reach(boosted, limit) if boosted else limit
        found: list[Found] = []
        source, in_front = "none", 0
        for name, ask in self.sources():
            if perf_counter() > self.asked.until:
                source = source if found else "late"
                break
            before = len(found)
            self._take(ask(), barred, found, most)
            if len(found) > before and source in _NOWHERE:
                source = name
            if name == "pinned":
                in_front = len(found)
            if len(found) >= most:
                break
        if boosted:
            free = limit - min(in_front, limit)
            found = [*found[:in_front], *lifted(found[in_front:], boosted, free, _code)]
        return found[:limit], source

    def _take(self, ones: Iterable[Found], barred: set[int], found: list[Found], most: int) -> None:
        """Take what a source has, until there are enough: what nothing bars and can be bought, each once."""
        is_sold, unsold, again = self.shelf.sold, self.moment.unsold, self.moment.sold
        for one in ones:
            code = one[0]
            if code not in barred and code not in unsold and (is_sold[code] or code in again):
                barred.add(code)
                found.append(one)
                if len(found) >= most:
                    return


def lay_before(shelf: Shelf, moment: Moment, asked: Question) -> Case:
    """Everything that decides an answer."""
    person = shelf.customers.find(asked.customer) if asked.customer else -1
    hands = _at_hand(shelf, asked)
    placed = moment.placements.get(asked.placement)
    words = placed.holding(shelf, hands) if placed is not None else None
    return Case(shelf, moment, asked, person, hands, words)


def _at_hand(shelf: Shelf, asked: Question) -> list[int]:
    """The product of the page, then the cart, what was added last first; as far as they are known."""
    code = shelf.code
    hands = [code[asked.product]] if asked.product in code else []
    hands += [code[one] for one in asked.cart[: -LONGEST_CART - 1 : -1] if one in code]
    return hands


def _is_cart(asked: Question) -> bool:
    return bool(asked.cart) and asked.intent == "complementary"


def is_quiet(shelf: Shelf, moment: Moment, customer: str, person: int) -> bool:
    """Whether offers are not meant for a customer: they refused them on the site, or are left alone."""
    flags = shelf.customers.flags[person] if person >= 0 else 0
    refuses = moment.refusing.get(customer, bool(flags & REFUSES))
    return refuses or moment.alone.get(customer, bool(flags & LEFT_ALONE))


def _code(one: Found) -> int:
    return one[0]
