"""How much a product's name says is in the pack, and what the product is called without that.

"Espresso Napoli 250 g" and "Espresso Napoli 1 kg" are one product in two packs: whoever has the one needs no other.
Lengths and strengths (58 mm, 400 mg) are no amounts: they tell what fits whom.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: What a unit is an amount of, and how much of it.
_UNITS = {
    "kg": ("weight", 1000.0), "kilo": ("weight", 1000.0), "g": ("weight", 1.0), "gr": ("weight", 1.0),
    "gramm": ("weight", 1.0), "gram": ("weight", 1.0), "grams": ("weight", 1.0), "lb": ("weight", 453.6),
    "lbs": ("weight", 453.6), "oz": ("weight", 28.35),
    "l": ("volume", 1000.0), "liter": ("volume", 1000.0), "litre": ("volume", 1000.0), "ltr": ("volume", 1000.0),
    "dl": ("volume", 100.0), "cl": ("volume", 10.0), "ml": ("volume", 1.0),
    **dict.fromkeys(
        (
            "st", "stk", "stck", "stück", "stücke", "pcs", "pieces", "pc", "pack", "packs", "pck", "pkg", "packung",
            "packungen", "kapseln", "capsules", "tabletten", "tablets", "tabs", "pads", "pods", "beutel", "bags",
            "rollen", "rolls", "blatt", "sheets", "dosen", "cans", "flaschen", "bottles", "paar", "pairs",
        ),
        ("pieces", 1.0),
    ),
}  # fmt: skip
_NUMBER = r"\d+(?:[.,]\d+)?"
#: Fewer grams than these are a network's or a model's name (5G), or too little to be a pack of its own.
_LEAST_GRAMS = 10.0
#: Longer units first, so that "kg" is not read as "k".
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
#: "250 g", "6 x 0,33 l", "4er-Pack", "pack of 12", "set of 6": each with what parts it from the rest of the name.
_AMOUNT = re.compile(
    rf"""[\s,;:/(\[-]*(?:
        (?<![\w.,])(?:(?P<times>\d+)\s*[x\u00d7*]\s*)?(?P<number>{_NUMBER})\s*(?P<unit>{_UNIT})(?![\w])\.?
        | (?<![\w.,])(?P<pack>\d+)er(?:[\s-]*(?:pack|packung|set|box|pck|karton)\b)?(?!\w)
        | \b(?:pack|set|box|case)\s+of\s+(?P<of>\d+)\b
    )[)\]]*""",
    re.IGNORECASE | re.VERBOSE,
)  # fmt: skip


@dataclass(frozen=True)
class Pack:
    """What is left of a name without its amounts, and the amounts.

    Attributes:
        product: the name without amounts; the name itself where it tells none.
        of: what the amount is one of: weight, volume, pieces; empty where none is told.
        amount: grams, millilitres or pieces; not a number where none is told.
    """

    product: str
    of: str = ""
    amount: float = float("nan")


def pack_of(name: str) -> Pack:
    """The pack that a name tells of."""
    found = list(_AMOUNT.finditer(name))
    rest = " ".join(_AMOUNT.sub(" ", name).split()).strip(" ,;-")
    if not found or not re.search(r"[^\W\d_]{2}", rest):
        return Pack(name)
    of, amount = "pieces", 1.0
    for one in found:
        whole = one["pack"] or one["of"]
        if whole:
            amount *= float(whole)
            continue
        kind, factor = _UNITS[one["unit"].lower()]
        if kind != "pieces" and of != "pieces":
            # Two weights in one name: nobody knows what the second is.
            return Pack(name)
        of = kind if kind != "pieces" else of
        amount *= float(one["times"] or 1) * float(one["number"].replace(",", ".")) * factor
    least = _LEAST_GRAMS if of == "weight" else 0.0
    return Pack(rest, of, amount) if amount > least else Pack(name)


def same_products(names: Sequence[str], categories: Sequence[str]) -> tuple[Ints, Floats]:
    """By product the code of what it is whatever the pack, and the amount in the pack.

    Only names of one category that are alike but for an amount are one product. An amount that cannot be compared with
    the others (pieces beside grams) is not a number, as is that of a product in one pack alone.
    """
    packs = [pack_of(name) for name in names]
    sharing: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, (one, shelf) in enumerate(zip(packs, categories, strict=True)):
        if one.of:
            sharing[shelf, one.product.lower()].append(place)
    code, amount = np.arange(len(names)), np.full(len(names), np.nan)
    for places in sharing.values():
        kinds = {packs[place].of for place in places}
        if len(places) > 1:
            code[places] = places[0]
            if len(kinds) == 1:
                amount[places] = [packs[place].amount for place in places]
    return np.asarray(code, np.int64), amount


def smaller_packs(sold: tuple[Ints, Ints], packs: tuple[Ints, Floats]) -> tuple[Ints, Ints]:
    """Customer and product of smaller packs of what the customer takes in a larger one, and never took in that.

    Args:
        sold: customer and product of each sale.
        packs: by product what it is whatever the pack, and the amount; see ``same_products``.
    """
    code, amount = packs
    smaller: dict[int, Ints] = {}
    for one in np.flatnonzero(np.isfinite(amount)).tolist():
        smaller[one] = np.flatnonzero((code == code[one]) & (amount < amount[one]))
    many = len(code)
    bought = np.unique(sold[0] * many + sold[1])
    who, what = bought // many, bought % many
    rows = np.flatnonzero([len(smaller.get(one, ())) > 0 for one in what.tolist()])
    if not len(rows):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    others = [smaller[one] for one in what[rows].tolist()]
    customer = np.repeat(who[rows], [len(one) for one in others])
    product = np.concatenate(others)
    new = ~np.isin(customer * many + product, bought)
    return customer[new], product[new]
