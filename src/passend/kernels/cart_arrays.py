"""What `complete_cart` is asked with, as arrays that lie in files and are shared between processes."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from passend.kernels.cart_completion import Doubles, Floats, Ints, Longs, Masks, complete_cart

_FLAGS = "flags.json"


@dataclass(frozen=True)
class CartArrays:
    """What past carts taught; see `complete_cart` for the arrays.

    Attributes:
        fading: what a line counts beside the next one.
        is_ordered: whether past carts were in the order of adding.
        is_rooted: whether the first look takes roots of the signals.
    """

    fading: float
    is_ordered: bool
    is_rooted: bool
    start: Longs
    item: Ints
    later: Floats
    together: Floats
    walk: Floats
    ease_place: Ints
    ease_weights: Floats
    facts: Floats
    kind: Ints
    follows: Floats
    popular: Longs
    weights: Doubles
    look: Floats
    of_signal: Longs
    threshold: Floats
    left: Masks
    leaf: Floats

    def slots(self) -> Ints:
        """What `complete` notes its work in."""
        return np.full(len(self.kind), -1, np.int32)

    def knows(self, code: int) -> bool:
        """Whether anything was bought beside a product."""
        return bool(self.start[code + 1] > self.start[code])

    def complete(self, cart: Longs, slots: Ints) -> tuple[Ints, Ints, Floats]:
        """The additions to a cart, best first: codes, the place of the line each goes with or -1, and signals.

        Args:
            cart: codes of its lines in the order of adding, each once.
            slots: from `slots`; used by one call at a time.
        """
        found: tuple[Ints, Ints, Floats] = complete_cart(
            cart, self.fading, self.is_ordered, self.start, self.item, self.later, self.together, self.walk,
            self.ease_place, self.ease_weights, self.facts, self.kind, self.follows, self.popular, self.weights,
            self.look, self.is_rooted, self.of_signal, self.threshold, self.left, self.leaf, slots,
        )  # fmt: skip
        return found

    def save(self, folder: Path) -> None:
        """Write the arrays into a folder, a file each."""
        flags: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, np.ndarray):
                np.save(folder / f"{one.name}.npy", value, allow_pickle=False)
            else:
                flags[one.name] = value
        (folder / _FLAGS).write_text(json.dumps(flags), "utf-8")

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The arrays of a folder; what is read of them is shared with all who read it.

        Raises:
            FileNotFoundError: none lie there.
        """
        flags = json.loads((folder / _FLAGS).read_text("utf-8"))
        arrays: dict[str, Any] = {
            one.name: _mapped(folder / f"{one.name}.npy") for one in fields(cls) if one.name not in flags
        }
        return cls(**flags, **arrays)


def _mapped(file: Path) -> NDArray[Any]:
    """A file as a plain array: compiled functions do not know NumPy's class for mapped files."""
    return np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))
