"""One version of everything that a shop may ask, as arrays that lie in files and are shared between processes.

Nothing of it is ever changed: a new version is a new folder, and the file ``current`` names the one in force.
"""

import json
import mmap
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from passend.errors import WorkspaceError

if TYPE_CHECKING:
    from passend.flow.serving.cart_shelf import CartShelf

FOLDER = "serving"
CURRENT = "current"
#: In a version's folder, what completes carts: arrays, and the codes that they have there and here.
CARTS, CODE, PLACE = "carts", "code", "place"
#: Goes up when the files of a version change, so that those of an older passend are made anew.
LAYOUT = 5
INTENTS = ("complementary", "related", "upgrade")
#: Which relations answer which intent, the first of them first where two have the same rank.
TYPES_OF: Mapping[str, tuple[str, ...]] = {
    "complementary": ("complement", "next", "service"),
    "related": ("substitute",),
    "upgrade": ("upgrade",),
}
#: The last one is what people placed where no relation speaks for it; files hold the number of a type in this order.
TYPES = ("complement", "next", "service", "substitute", "upgrade", "popular", "pinned")
LEFT_ALONE, REFUSES = 1, 2
#: Beside the type of a relation: a person said that it comes first.
PINNED = 128


@dataclass(frozen=True)
class Shelf:
    """A version that is open.

    Attributes:
        folder: where its files lie.
        number: of the state of the workspace that it was made from.
        product_ids: by code.
        goods: what is told of each product, by code: number, name, currency, price.
        category: of each product as a code, -1 for none.
        categories: the names of these codes.
        sold: 1 for each product that can be bought.
        code: number of a product -> its code.
        popular: codes by recent sales, the most popular first.
        popular_in: the same by category.
        related: for each product and intent, the codes, types and reasons of what relates to it.
        companions: for each product why others go with it in a cart.
        carts: what completes a cart; none while that is not learned or not read yet.
        apart: for each product, what is not offered beside it.
        customers: the persons, known by two hashes of their number.
        salt, share: the firm's own hold-out.
    """

    folder: Path
    number: int
    product_ids: Sequence[str]
    goods: "Goods"
    category: memoryview
    categories: Sequence[str]
    code: Mapping[str, int]
    sold: memoryview
    popular: Sequence[int]
    popular_in: Mapping[int, Sequence[int]]
    related: "Lists"
    companions: "Lists"
    apart: "Sets"
    customers: "Customers"
    salt: str
    share: float
    carts: "CartShelf | None" = None


@dataclass(frozen=True)
class Texts:
    """Texts, one after the other: text number n lies from ``start[n]`` to ``start[n + 1]``."""

    start: memoryview
    letters: memoryview

    def __len__(self) -> int:
        """How many there are."""
        return max(len(self.start) - 1, 0)

    def __getitem__(self, number: int) -> str:
        """One of them."""
        return str(self.letters[self.start[number] : self.start[number + 1]], "utf-8")


@dataclass(frozen=True)
class Goods:
    """What is told of each product, as the JSON that goes out; it is read when the product is shown.

    A piece has no closing brace and ends with the price, so that today's price and the reason can follow.
    """

    texts: Texts

    def piece(self, code: int) -> bytes:
        """Of one product."""
        texts = self.texts
        return texts.letters[texts.start[code] : texts.start[code + 1]].tobytes()


@dataclass(frozen=True)
class Lists:
    """Lists of products, one after the other: list number n lies from ``start[n]`` to ``start[n + 1]``."""

    start: memoryview
    item: memoryview
    kind: memoryview
    reason: Texts
    because: memoryview

    def at(self, number: int) -> tuple[list[int], int]:
        """The products of a list, and where it starts."""
        low = self.start[number]
        return self.item[low : self.start[number + 1]].tolist(), low


@dataclass(frozen=True)
class Sets:
    """Sets of products, one after the other: set number n lies from ``start[n]`` to ``start[n + 1]``."""

    start: memoryview
    item: memoryview

    def at(self, number: int) -> list[int]:
        """The products of a set."""
        return self.item[self.start[number] : self.start[number + 1]].tolist()


@dataclass(frozen=True)
class Customers:
    """Persons without their numbers: found by a hash, told apart by another one."""

    high: memoryview
    low: memoryview
    flags: memoryview
    lists: Lists
    owned: Sets

    def find(self, customer_id: str) -> int:
        """The place of a customer, or -1."""
        high, low = hashes(customer_id)
        place = bisect_left(self.high, high)
        while place < len(self.high) and self.high[place] == high:
            if self.low[place] == low:
                return place
            place += 1
        return -1


def hashes(text: str) -> tuple[int, int]:
    """128 bits of a number, in two halves."""
    digest = blake2b(text.encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


def open_shelf(workspace_folder: Path) -> Shelf:
    """The version in force.

    Raises:
        WorkspaceError: none was made yet.
    """
    place = workspace_folder / FOLDER
    for _ in range(3):
        try:
            return _opened(place / (place / CURRENT).read_text("ascii").strip())
        except FileNotFoundError:
            continue
    raise WorkspaceError(
        "Nothing was laid out for shops yet.",
        record=str(workspace_folder),
        remedy="Run passend on the orders first: passend run orders.csv",
    )


def version_in_force(workspace_folder: Path) -> str:
    """The name of the version in force; empty where there is none."""
    file = workspace_folder / FOLDER / CURRENT
    return file.read_text("ascii").strip() if file.exists() else ""


def _opened(folder: Path) -> Shelf:
    told = json.loads((folder / "shelf.json").read_text("utf-8"))
    numbers = _texts(folder, "product_id")
    ids = [numbers[code] for code in range(len(numbers))]
    customers = Customers(
        mapped(folder / "customer_high", "Q"), mapped(folder / "customer_low", "Q"),
        mapped(folder / "customer_flags", "B"), _lists(folder, "recommended"),
        _sets(folder, "owned"),
    )  # fmt: skip
    return Shelf(
        folder=folder,
        number=told["number"],
        product_ids=ids,
        goods=Goods(_texts(folder, "goods")),
        category=mapped(folder / "category", "i"),
        categories=told["categories"],
        code={one: code for code, one in enumerate(ids)},
        sold=mapped(folder / "sold", "B"),
        popular=told["popular"],
        popular_in={int(name): codes for name, codes in told["popular_in"].items()},
        related=_lists(folder, "related"),
        companions=_lists(folder, "companions"),
        apart=_sets(folder, "apart"),
        customers=customers,
        salt=told["salt"],
        share=told["share"],
    )


def _lists(folder: Path, name: str) -> Lists:
    return Lists(
        mapped(folder / f"{name}_start", "Q"), mapped(folder / f"{name}_item", "I"),
        mapped(folder / f"{name}_kind", "B"), _texts(folder, f"{name}_reason"),
        mapped(folder / f"{name}_because", "i"),
    )  # fmt: skip


def _sets(folder: Path, name: str) -> Sets:
    return Sets(mapped(folder / f"{name}_start", "Q"), mapped(folder / name, "I"))


def _texts(folder: Path, name: str) -> Texts:
    return Texts(mapped(folder / f"{name}_start", "Q"), mapped(folder / name, "B"))


def mapped(file: Path, kind: Literal["B", "I", "Q", "i"]) -> memoryview:
    """A file as numbers, read by the system when they are needed and shared by all processes."""
    if file.stat().st_size == 0:
        return memoryview(array("B")).cast("B").cast(kind)
    with file.open("rb") as stream:
        return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)).cast("B").cast(kind)
