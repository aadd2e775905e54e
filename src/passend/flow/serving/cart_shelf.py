"""What completes a live cart, opened for answers: it needs compiled functions, so it is read after all else."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from passend.flow.serving.shelf import CARTS, CODE, PLACE, Shelf, mapped
from passend.kernels.cart_arrays import CartArrays


@dataclass(frozen=True)
class CartShelf:
    """The arrays, whose codes are those of the orders that they were learned from.

    Attributes:
        code: by product of the shelf its code there; -1 where no order held it.
        place: by code there the product of the shelf; -1 where it is gone.
    """

    arrays: CartArrays
    code: memoryview
    place: memoryview
    _slots: NDArray[np.int32]

    def complete(self, hands: list[int]) -> Iterator[tuple[int, int]]:
        """What completes a cart, best first: the product, and the one at hand that it goes with, or -1.

        Args:
            hands: products of the shelf, what was added last first.
        """
        code, place = self.code, self.place
        whose = [hand for hand in dict.fromkeys(reversed(hands)) if code[hand] >= 0]
        cart = [code[hand] for hand in whose]
        if not any(map(self.arrays.knows, cart)):
            return
        codes, ties, _ = self.arrays.complete(np.array(cart, np.int64), self._slots)
        for addition, tie in zip(codes.tolist(), ties.tolist(), strict=True):
            if place[addition] >= 0:
                yield place[addition], whose[tie] if tie >= 0 else -1


def with_carts(shelf: Shelf) -> Shelf:
    """A shelf with what completes carts."""
    folder = shelf.folder / CARTS
    arrays = CartArrays.open(folder)
    code, place = mapped(folder / CODE, "i"), mapped(folder / PLACE, "i")
    carts = CartShelf(arrays, code, place, arrays.slots())
    if len(code):
        next(carts.complete([0]), None)  # whoever asks first finds the function loaded
    return replace(shelf, carts=carts)
