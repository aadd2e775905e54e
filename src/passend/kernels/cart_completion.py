"""What completes one cart, within microseconds: the signals of all that was ever bought beside its lines, then trees.

A cheap weighted sum of the signals finds the most promising additions, and only these are ranked by the trees that were
learned on whole carts. It is the ranker of `products.next_product.carts`, asked about one cart.

Trees are not walked: every threshold below a signal's value strikes out the leaves that can no longer be reached, and
the first leaf left is the tree's answer (QuickScorer: Lucchese et al., SIGIR 2015). Which leaves of all trees a signal
leaves was worked out before for each step between its thresholds.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Masks = NDArray[np.uint16]

#: Additions that the trees look at.
LOOKED_AT = 40
#: Additions that are named: those of the trees, then the next promising ones.
NAMED = 60
#: Leaves that a tree may have: bits of a mask.
MOST_LEAVES = 16
#: Signals: of the pairs with the cart's lines, of the product, of its category, of the cart.
(LATER, AFTER_LAST, TOGETHER, RECENT, WALK, BEST, EASE, POPULARITY, POPULARITY_LAST, LATENESS, IN_CATEGORY,
 SHARE, IS_LAST, FOLLOWS, LINES) = range(15)  # fmt: skip
SIGNALS = 15
#: By the remainder of a power of two by 19 which power it is.
_BIT = np.zeros(19, np.int64)
_BIT[[2**one % 19 for one in range(MOST_LEAVES)]] = range(MOST_LEAVES)


@njit(cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def complete_cart(
    cart: Longs, fading: float, is_ordered: bool,
    start: Longs, item: Ints, later: Floats, together: Floats, walk: Floats,
    ease_place: Ints, ease_weights: Floats,
    facts: Floats, kind: Ints, follows: Floats, popular: Longs,
    weights: Doubles, look: Floats, is_rooted: bool,
    of_signal: Longs, threshold: Floats, left: Masks, leaf: Floats,
    slot: Ints,
) -> tuple[Ints, Ints, Floats]:  # fmt: skip
    """The additions to a cart, best first.

    Args:
        cart: codes of its lines in the order of adding, each once.
        fading: what a line counts beside the next one, where the order means anything.
        is_ordered: whether it does.
        start: by product where its pairs begin; those of ``code`` end at ``start[code + 1]``.
        item: of each pair the product that was bought beside it.
        later: of each pair how often it was added after it.
        together: of each pair how often both were bought.
        walk: of each pair how likely a walk over orders leads from the one to the other.
        ease_place: by product its row in ``ease_weights``, or -1.
        ease_weights: what each of these speaks for each other one.
        facts: by product its popularity, that as a last line, its lateness, and its share of its category's sales.
        kind: by product its category; the last number stands for none.
        follows: category x category; without columns where there are no categories.
        popular: codes that are additions to any cart.
        weights: of the signals in the first look.
        look: by product what its facts weigh in the first look.
        is_rooted: whether the first look takes roots of the signals.
        of_signal: by signal where its thresholds begin.
        threshold: of all nodes of all trees, by signal and rising.
        left: for each step between a signal's thresholds, from below the first to above the last, the leaves of each
            tree that are left, as bits.
        leaf: trees x leaves, from left to right; no rows where no trees were learned.
        slot: -1 for each product; it is used and left as it was.

    Returns:
        codes of the additions, place in the cart of the line each goes with best (-1: with none), and the signals of
        those that the trees looked at.
    """
    share = np.ones(len(cart), np.float32)
    if is_ordered:
        for line in range(len(cart)):
            share[line] = fading ** (len(cart) - 1 - line)
    touched, beside, signals = _beside(
        cart, share, is_ordered, start, item, later, together, walk, popular, slot
    )
    spoken = _spoken(cart, ease_place, ease_weights)
    mine, flow, last = _kinds_of(cart, share, is_ordered, kind, follows)
    by_kind = _looked_at(mine, flow, last, weights, is_rooted)
    best = _promising(touched, signals, spoken, ease_place, look, by_kind, kind, weights, is_rooted)
    looked = min(LOOKED_AT, len(best)) if len(leaf) > 0 else 0
    told = np.zeros((looked, SIGNALS), np.float32)
    for place in range(looked):
        at = best[place]
        other = touched[at]
        told[place, :EASE] = signals[at]
        if ease_place[other] >= 0:
            told[place, EASE] = spoken[ease_place[other]]
        told[place, POPULARITY:SHARE] = facts[other]
        told[place, SHARE] = mine[kind[other]]
        told[place, IS_LAST] = 1.0 if kind[other] == last else 0.0
        told[place, FOLLOWS] = flow[kind[other]]
        told[place, LINES] = len(cart)
    if looked > 0:
        turn = np.argsort(-_grown(told, of_signal, threshold, left, leaf), kind="mergesort")
        best[:looked], told = best[turn], told[turn]
    return touched[best], beside[best], told


@njit(cache=True)  # type: ignore[untyped-decorator]
def _beside(
    cart: Longs, share: Floats, is_ordered: bool, start: Longs, item: Ints, later: Floats, together: Floats,
    walk: Floats, popular: Longs, slot: Ints,
) -> tuple[Ints, Ints, Floats]:  # fmt: skip
    """What was bought beside the lines, and what always is an addition: codes (-1: in the cart), best line, signals."""
    room = len(popular)
    for code in cart:
        room += start[code + 1] - start[code]
    touched, beside = np.empty(room, np.int32), np.full(room, -1, np.int32)
    signals = np.zeros((room, EASE), np.float32)
    count = 0
    for line in range(len(cart)):
        final = np.float32(1.0 if line == len(cart) - 1 or not is_ordered else 0.0)
        for entry in range(start[cart[line]], start[cart[line] + 1]):
            other = item[entry]
            at = slot[other]
            if at < 0:
                at = count
                slot[other], touched[at] = at, other
                count += 1
            row = signals[at]
            tie = together[entry]
            row[LATER] += share[line] * later[entry]
            row[AFTER_LAST] += final * later[entry]
            row[TOGETHER] += tie
            row[RECENT] += share[line] * tie
            row[WALK] += share[line] * walk[entry]
            if tie > row[BEST]:
                row[BEST], beside[at] = tie, line
    for other in popular:
        if slot[other] < 0:
            slot[other], touched[count] = count, other
            count += 1
    _take_out(cart, touched[:count], slot)
    return touched[:count], beside[:count], signals[:count]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _take_out(cart: Longs, touched: Ints, slot: Ints) -> None:
    """Strike what is in the cart from what was touched, and leave the slots as they were."""
    for other in touched:
        slot[other] = -1
    for code in cart:
        slot[code] = 0
    for at in range(len(touched)):
        if slot[touched[at]] == 0:
            touched[at] = -1
    for code in cart:
        slot[code] = -1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _looked_at(mine: Floats, flow: Floats, last: int, weights: Doubles, is_rooted: bool) -> Doubles:
    """By category what it weighs in the first look."""
    found = np.zeros(len(mine), np.float64)
    for one in range(len(mine)):
        found[one] = weights[SHARE] * _rooted(mine[one], is_rooted) + weights[FOLLOWS] * _rooted(
            flow[one], is_rooted
        )
    if last >= 0:
        found[last] += weights[IS_LAST]
    return found


@njit(cache=True)  # type: ignore[untyped-decorator]
def _promising(
    touched: Ints, signals: Floats, spoken: Floats, ease_place: Ints, look: Floats, by_kind: Doubles, kind: Ints,
    weights: Doubles, is_rooted: bool,
) -> Longs:  # fmt: skip
    """Places of the most promising additions by the first look, best first."""
    named = min(NAMED, len(touched))
    best, height = np.empty(named, np.int64), np.empty(named, np.float64)
    found = 0
    for at in range(len(touched)):
        other = touched[at]
        if other < 0:
            continue
        value = look[other] + by_kind[kind[other]]
        for one in range(EASE):
            value += weights[one] * _rooted(signals[at, one], is_rooted)
        if ease_place[other] >= 0:
            value += weights[EASE] * _rooted(spoken[ease_place[other]], is_rooted)
        if found < named or value > height[found - 1]:
            place = found if found < named else named - 1
            while place > 0 and height[place - 1] < value:
                height[place], best[place] = height[place - 1], best[place - 1]
                place -= 1
            height[place], best[place] = value, at
            found = min(found + 1, named)
    return best[:found]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _rooted(value: float, is_rooted: bool) -> float:
    return np.sqrt(max(value, 0.0)) if is_rooted else float(value)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _spoken(cart: Longs, ease_place: Ints, ease_weights: Floats) -> Floats:
    """What the products of a cart speak for each of the best sellers."""
    spoken = np.zeros(ease_weights.shape[1], np.float32)
    for line in range(len(cart)):
        if ease_place[cart[line]] >= 0:
            spoken += ease_weights[ease_place[cart[line]]]
    return spoken


@njit(cache=True)  # type: ignore[untyped-decorator]
def _kinds_of(
    cart: Longs, share: Floats, is_ordered: bool, kind: Ints, follows: Floats
) -> tuple[Floats, Floats, int]:
    """By category its share of the cart and what the cart's categories say of it; and the last line's category."""
    mine = np.zeros(len(follows), np.float32)
    flow = np.zeros(len(follows), np.float32)
    if follows.shape[1] == 0:
        return mine, flow, -1
    for line in range(len(cart)):
        mine[kind[cart[line]]] += np.float32(1.0 / len(cart))
        flow += share[line] * follows[kind[cart[line]]]
    last = int(kind[cart[len(cart) - 1]]) if is_ordered and len(cart) > 0 else len(follows) - 1
    return mine, flow / np.float32(max(share.sum(), 1e-9)), last


@njit(cache=True)  # type: ignore[untyped-decorator]
def _grown(told: Floats, of_signal: Longs, threshold: Floats, left: Masks, leaf: Floats) -> Doubles:
    """The sum of the trees for some rows of signals."""
    scores = np.zeros(len(told), np.float64)
    trees = len(leaf)
    able = np.empty(trees, np.uint16)
    for row in range(len(told)):
        able[:] = np.uint16(0xFFFF)
        for signal in range(SIGNALS):
            low, high = of_signal[signal], of_signal[signal + 1]
            step = low + signal + np.searchsorted(threshold[low:high], told[row, signal])
            for one in range(trees):
                able[one] &= left[step, one]
        total = 0.0
        for one in range(trees):
            some = np.uint32(able[one])
            first = some & (~some + np.uint32(1))
            total += leaf[one, _BIT[first % np.uint32(19)]]
        scores[row] = total
    return scores
