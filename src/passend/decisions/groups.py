"""Which products meet one need: packs and variants of a product; and, of what is sold rarely, all of a category."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]

#: Needs that stand for themselves; what is sold less is taken by category.
MOST_GROUPS = 160


def stem_of(name: str) -> str:
    """A name without its last word: what the variants of one thing share."""
    return name.rpartition(" ")[0]


def needs_of(
    names: Sequence[str], categories: Sequence[str], sold: NDArray[np.float64], same: Ints
) -> tuple[Ints, Ints, Ints]:
    """Codes of needs.

    Packs of one product meet one need. Products of one category whose names differ in the last word alone are variants
    of one thing. Without a category a product stands alone but for its packs. Where there are too many needs, those
    sold least are joined, category by category.

    Args:
        names: of each product.
        categories: of each product, levels divided by `` > ``; empty where none is known.
        sold: how much each counts.
        same: of each product what it is whatever the pack; see ``packs.same_products``.

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
    variants = np.unique(keys, return_inverse=True)[1].astype(np.int64) if keys else np.zeros(0, np.int64)
    group = _joined(variants, same)
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


def _joined(one: Ints, other: Ints) -> Ints:
    """Codes by which what either of two codes holds together is one; in the order of the first code."""
    if not len(one):
        return one
    other = np.unique(other, return_inverse=True)[1]
    # Both codes' values are the nodes, the products the edges between them.
    first, count = int(one.max()) + 1, int(one.max()) + int(other.max()) + 2
    edges = coo_array((np.ones(len(one), np.int8), (one, first + other)), shape=(count, count))
    part = connected_components(edges, directed=False)[1][:first]
    begins = np.full(int(part.max()) + 1, first, np.int64)
    np.minimum.at(begins, part, np.arange(first))
    return np.asarray(np.unique(begins[part][one], return_inverse=True)[1], np.int64)
