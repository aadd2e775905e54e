"""Which products meet one need: variants of a product; and, of what is sold rarely, all of a category."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

#: Needs that stand for themselves; what is sold less is taken by category.
MOST_GROUPS = 160


def stem_of(name: str) -> str:
    """A name without its last word: what the variants of one thing share."""
    return name.rpartition(" ")[0]


def needs_of(
    names: Sequence[str], categories: Sequence[str], sold: NDArray[np.float64]
) -> tuple[Ints, Ints, Ints]:
    """Codes of needs.

    Products of one category whose names differ in the last word alone are variants of one thing. Without a category
    a product stands alone. Where there are too many needs, those sold least are joined, category by category.

    Args:
        names: of each product.
        categories: of each product, levels divided by `` > ``; empty where none is known.
        sold: how much each counts.

    Returns:
        By product the code of its need, by need that of its category, by category that of the one above it;
        -1 for what has no category.
    """
    stems = [
        f"{shelf}\n{stem_of(name)}" if shelf and stem_of(name) else ""
        for name, shelf in zip(names, categories, strict=True)
    ]
    counted = Counter(stems)
    keys = [
        stem if stem and counted[stem] > 1 else f"{shelf}\n{name}\n{place}"
        for place, (stem, name, shelf) in enumerate(zip(stems, names, categories, strict=True))
    ]
    group = np.unique(keys, return_inverse=True)[1].astype(np.int64) if keys else np.zeros(0, np.int64)
    shelves, shelf = np.unique(np.asarray(categories, dtype=object).astype(str), return_inverse=True)
    much = np.bincount(group, sold)
    if len(much) > MOST_GROUPS:
        top = np.argsort(-much, kind="stable")[:MOST_GROUPS]
        alone = np.isin(group, top)
        group = np.unique(np.where(alone, len(shelves) + group, shelf), return_inverse=True)[1].astype(
            np.int64
        )
    of_need = np.zeros(int(group.max(initial=-1)) + 1, np.int64)
    of_need[group] = shelf
    above = np.unique([one.partition(" > ")[0] for one in shelves.tolist()], return_inverse=True)[1]
    return group, of_need, np.where(shelves == "", -1, above).astype(np.int64)
