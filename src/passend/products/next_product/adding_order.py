"""Whether the lines of an order stand as they were added to the cart, or as the shop's catalogue sorts them."""

import numpy as np

from passend.products.next_product.sparse_rows import Ints

#: A pair that stands together in fewer orders says nothing about the order of its lines.
LEAST_MEETINGS = 4
#: Of people who add freely, nearly none keep to one direction; sorted files keep to it but for renamed articles.
SORTED_SHARE = 0.97
LEAST_PAIRS = 20


def is_order_of_adding(order: Ints, place: Ints, product: Ints) -> bool:
    """Whether customers, not a sorting, decided which line of an order comes last.

    Where neighbouring lines come in the same direction in practically every order that holds both products, the file
    is sorted by article, category or price. The last line is then no last addition, and to foresee it would only be
    to know the sorting.

    Args:
        order: number of the order of each line.
        place: place of each line in its order.
        product: code of the product of each line.
    """
    line = np.lexsort((place, order))
    order, product = order[line], product[line]
    neighbours = (order[1:] == order[:-1]) & (product[1:] != product[:-1])
    left, right = product[:-1][neighbours], product[1:][neighbours]
    if not len(left):
        return True
    pair = np.minimum(left, right) * (int(product.max()) + 1) + np.maximum(left, right)
    _, code, meetings = np.unique(pair, return_inverse=True, return_counts=True)
    upwards = np.bincount(code, left < right)
    often = meetings >= LEAST_MEETINGS
    if often.sum() < LEAST_PAIRS:
        return True
    one_way = np.maximum(upwards, meetings - upwards)[often].sum() / meetings[often].sum()
    return bool(one_way < SORTED_SHARE)
