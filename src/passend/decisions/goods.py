"""What the firm sells, as decisions see it: which needs products meet, what a usual purchase earns."""

from dataclasses import dataclass
from functools import cached_property
from itertools import count

import numpy as np
from numpy.typing import NDArray

from passend.decisions.candidates import Side
from passend.decisions.groups import needs_of, stem_of
from passend.decisions.knowledge.history import Ints
from passend.decisions.knowledge.past import Goods
from passend.decisions.packs import pack_of, same_products

_LASTING = ("contract", "service")
#: Variants of one thing that are more than so many are a category.
_MOST_VARIANTS = 30


@dataclass(frozen=True)
class Assortment:
    """Products and their needs.

    Attributes:
        goods: prices, costs and needs of products.
        shelf: by need the code of its category.
        department: by category the code of the one above it.
        names: of products.
        categories: of products.
    """

    goods: Goods
    shelf: Ints
    department: Ints
    names: NDArray[np.object_]
    categories: NDArray[np.object_]

    @classmethod
    def of(cls, products: Side, margin_share: float) -> "Assortment":
        """From the facts of products; ``margin_share`` stands for costs that are not known."""
        names, categories = products.texts("name"), products.texts("category")
        sold = products.numbers("orders", 0.0)
        same, amount = same_products(names.tolist(), categories.tolist())
        group, shelf, department = needs_of(names.tolist(), categories.tolist(), sold, same)
        pieces = products.numbers("usual_pieces", 1.0)
        price = products.numbers("price_cents") * np.where(pieces > 0, pieces, 1.0)
        price = np.where(price > 0, price, np.nan)
        cost = products.numbers("unit_cost_cents") * np.where(pieces > 0, pieces, 1.0)
        assumed = ~(cost >= 0)
        cost = np.where(assumed, price * (1.0 - margin_share), cost)
        kind = products.texts("kind")
        at_risk = np.where(np.isin(kind, _LASTING), 0.0, np.nan_to_num(cost))
        goods = Goods(group, _shares(group, sold), price, cost, assumed, at_risk, same, amount)
        return cls(goods, shelf, department, names, categories)

    def searched(self, categories: list[str | None], words: list[str | None]) -> Ints:
        """The needs that searches were about: by name within a category; -1 where none has it."""
        known = self._by_name
        return np.array(
            [
                known.get(((category or "").lower(), (said or "").strip().lower()), -1)
                for category, said in zip(categories, words, strict=True)
            ],
            np.int64,
        )

    @cached_property
    def needs(self) -> list[tuple[str, str]]:
        """Of each need what it is called (the product, or what its packs or variants share) and its category.

        Of needs with one name in one category the second is called "name (2)", and so on.
        """
        found: dict[int, list[int]] = {}
        for place, group in enumerate(self.goods.group.tolist()):
            found.setdefault(group, []).append(place)
        called: dict[tuple[str, str], None] = {}
        for group in range(len(self.shelf)):
            name, category = self._called(found.get(group, []))
            words = (f"{name} ({number})" if number > 1 else name for number in count(1))
            called[next((one, category) for one in words if (one, category) not in called)] = None
        return list(called)

    def _called(self, products: list[int]) -> tuple[str, str]:
        if not products:
            return "", ""
        names, category = [str(self.names[one]) for one in products], str(self.categories[products[0]])
        if len(names) == 1:
            return names[0], category
        without = {pack_of(name).product for name in names}
        if len({name.lower() for name in without}) == 1:
            return min(without), category
        stems = {stem_of(name) for name in without}
        return (
            (stems.pop(), category) if len(stems) == 1 else (f"others of {category or 'all kinds'}", category)
        )

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for name, category, group in zip(self.names, self.categories, self.goods.group.tolist(), strict=True):
            for words in (str(name), stem_of(str(name)), pack_of(str(name)).product):
                if words:
                    found.setdefault((str(category).lower(), words.lower()), group)
                    found.setdefault(("", words.lower()), group)
        return found


def _shares(group: Ints, sold: NDArray[np.float64]) -> NDArray[np.float64]:
    """A product's share of its need's sales, where the need is a whole category of what is sold rarely; else 1."""
    size = np.bincount(group)
    whole = size[group] > _MOST_VARIANTS
    share = (sold + 1.0) / np.bincount(group, sold + 1.0)[group]
    return np.where(whole, share, 1.0)
