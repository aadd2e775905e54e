"""Where products of an answer come from: each source yields what it has, the best first.

What completes a cart, relations of what is at hand, a customer's own list, what people placed, what sells now.
"""

from collections.abc import Iterable, Mapping
from itertools import chain, repeat

from passend.flow.serving.shelf import INTENTS, PINNED, TYPES, Lists, Shelf

#: The constant of reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009), and what each rank is worth by it.
_FUSION = 60
_WORTH = tuple(1.0 / (_FUSION + rank) for rank in range(1, 1001))
_TOGETHER, _POPULAR, _CHOSEN = (TYPES.index(one) for one in ("complement", "popular", "pinned"))
#: A product that was found: its code, its type, the code that it goes with, and its place in the lists it comes from.
Found = tuple[int, int, int, int, Lists | None]


def completing(shelf: Shelf, hands: list[int]) -> Iterable[Found]:
    """What completes a cart: what people pinned beside its products, then what the ranker says."""
    additions = shelf.carts.complete(hands) if shelf.carts is not None else iter(())
    first = next(additions, None)
    if first is None:
        return
    for hand in hands:
        items, low = shelf.related.at(hand * len(INTENTS))
        for place, code in enumerate(items, low):
            kind = shelf.related.kind[place]
            if kind < PINNED:
                break
            yield code, kind, hand, place, shelf.related
    companions = shelf.companions
    for code, whose in chain((first,), additions):
        if whose < 0:
            yield code, _POPULAR, -1, -1, None
            continue
        items, low = companions.at(whose)
        if code in items:
            yield code, _TOGETHER, whose, low + items.index(code), companions
        else:
            yield code, _TOGETHER, whose, -1, None


def related(shelf: Shelf, hands: list[int], intent: int) -> Iterable[Found]:
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
) -> Iterable[Found]:
    """The highest first, each with the list in which it is highest; that is looked for only when it is wanted."""
    for code in sorted(heights, key=heights.__getitem__, reverse=True):
        best, whose, place = len(_WORTH), -1, -1
        for hand, low, items in whole:
            if code in items and (at := items.index(code)) < best:
                best, whose, place = at, hand, low + at
        yield code, lists.kind[place], whose, place, lists


def next_ones(shelf: Shelf, person: int) -> Iterable[Found]:
    """What a known customer should see next."""
    if person < 0:
        return ()
    lists = shelf.customers.lists
    items, low = lists.at(person)
    return (
        (code, lists.kind[low + n], lists.because[low + n], low + n, lists) for n, code in enumerate(items)
    )


def placed_in_front(shelf: Shelf, hands: list[int], intent: int, pinned: Iterable[int]) -> Iterable[Found]:
    """What people placed in front; where it relates to a product at hand anyway, with that reason."""
    for code in pinned:
        for hand in hands:
            items, low = shelf.related.at(hand * len(INTENTS) + intent)
            if code in items:
                place = low + items.index(code)
                yield code, shelf.related.kind[place] % PINNED + PINNED, hand, place, shelf.related
                break
        else:
            yield code, _CHOSEN + PINNED, -1, -1, None


def popular(shelf: Shelf, hands: list[int], fallback: str) -> Iterable[Found]:
    """What sells now, of the category of what is at hand or of all."""
    codes: Iterable[int] = ()
    if fallback == "category" and hands:
        codes = shelf.popular_in.get(shelf.category[hands[0]], ())
    elif fallback != "none":
        codes = shelf.popular
    return ((code, _POPULAR, -1, -1, None) for code in codes)
