"""What merchandisers decided for a placement, in the codes of a shelf: looked up in memory, at nearly no cost.

Three words, of which the sternest counts: *buried* is never shown there; *pinned* stands in front, in the order in
which it was said; *boosted* moves up among what is there anyway: from place 6 to place 2 with factor 3.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import TypeVar

from passend.flow.serving.shelf import Shelf

PIN, BOOST, BURY = "pin", "boost", "bury"
ACTIONS = (PIN, BOOST, BURY)
#: Beside what a decision holds: one product, the products of a category, or everything.
PRODUCT, CATEGORY, ALL = "product", "category", "all"
ANCHORS = (PRODUCT, CATEGORY, ALL)
Found = TypeVar("Found")


@dataclass(frozen=True)
class Adjustment:
    """What holds beside one product, one category, or everywhere at a placement.

    Attributes:
        pinned: codes, in the order of saying.
        boosted: code -> factor.
        buried: codes.
        numbers: code and action -> number of the decision, for whoever asks why.
    """

    pinned: tuple[int, ...] = ()
    boosted: Mapping[int, float] = field(default_factory=dict)
    buried: frozenset[int] = frozenset()
    numbers: Mapping[tuple[int, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Placement:
    """One placement as it is now.

    Attributes:
        share: of visitors who get nothing there.
        round: of the comparison.
        by_product: what holds beside a product, by its code.
        by_category: the same for the products of a category.
        overall: what holds beside everything.
    """

    share: float = 0.0
    round: int = 1
    by_product: Mapping[int, Adjustment] = field(default_factory=dict)
    by_category: Mapping[int, Adjustment] = field(default_factory=dict)
    overall: Adjustment | None = None

    def holding(self, shelf: Shelf, hands: list[int]) -> Adjustment | None:
        """What holds for the products at hand; None where nobody decided anything."""
        if not self.by_product and not self.by_category:
            return self.overall
        found: list[Adjustment] = []
        if self.by_product:
            found += [self.by_product[one] for one in hands if one in self.by_product]
        if self.by_category:
            kinds = dict.fromkeys(shelf.category[one] for one in hands)
            found += [self.by_category[one] for one in kinds if one in self.by_category]
        if self.overall is not None:
            found.append(self.overall)
        return found[0] if len(found) == 1 else _merged(found) if found else None


def _merged(parts: list[Adjustment]) -> Adjustment:
    """The nearest first: of two factors the nearer counts, what is buried anywhere is buried."""
    boosted: dict[int, float] = {}
    numbers: dict[tuple[int, str], int] = {}
    for one in reversed(parts):
        boosted.update(one.boosted)
        numbers.update(one.numbers)
    pinned = dict.fromkeys(code for one in parts for code in one.pinned)
    return Adjustment(tuple(pinned), boosted, frozenset().union(*(one.buried for one in parts)), numbers)


def reach(boosted: Mapping[int, float], limit: int) -> int:
    """Places that are looked at, so that whatever a factor lifts into the list is seen."""
    return ceil(limit * max(boosted.values()))


def lifted(
    found: list[Found], boosted: Mapping[int, float], limit: int, code: Callable[[Found], int]
) -> Iterator[Found]:
    """The first so many when each boosted one stands at its place divided by its factor; of equals it comes first."""
    places = [
        (place / boosted.get(code(one), 1.0), code(one) not in boosted, place)
        for place, one in enumerate(found, 1)
    ]
    return (found[place - 1] for *_, place in sorted(places)[:limit])


def adjustment(rows: Iterable[tuple[str, float, int, int]]) -> Adjustment:
    """One adjustment of its rows: action, factor, number of the decision, code; in the order of saying."""
    told = list(rows)
    return Adjustment(
        tuple(code for action, _, _, code in told if action == PIN),
        {code: factor for action, factor, _, code in told if action == BOOST},
        frozenset(code for action, _, _, code in told if action == BURY),
        {(code, action): number for action, _, number, code in told},
    )
