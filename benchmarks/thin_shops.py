"""Thin shops with known truth: a few hundred orders of products in kinds and series, some of which go together.

Which kinds go together is drawn; of two such kinds products of one series mostly do, others seldom. Names tell kind and
series, or nothing; categories are given, or not. Popularity falls steeply, and some orders are stock-ups.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

_SYLLABLES = [
    "ka",
    "lo",
    "mi",
    "ten",
    "ra",
    "vo",
    "sil",
    "dor",
    "pex",
    "nu",
    "bri",
    "zan",
    "qui",
    "fel",
    "gor",
    "hum",
]
Pair = tuple[str, str]


@dataclass(frozen=True)
class ThinShop:
    """What is drawn.

    Attributes:
        seed: of everything that is drawn.
        orders: how many.
        products: how many.
        tells: whether names and categories tell anything.
        planted: whether anything goes together.
    """

    seed: int
    orders: int
    products: int = 80
    tells: bool = True
    planted: bool = True


def thin_shop(shop: ThinShop) -> tuple[pa.Table, pa.Table, set[Pair]]:
    """Orders, products, and which pairs go together (both ways)."""
    rng = np.random.default_rng(shop.seed)
    number, kinds = shop.products, 8
    kind, series = rng.integers(0, kinds, number), rng.integers(0, max(number // 5, 2), number)
    pull = rng.permutation(1 / np.arange(1, number + 1) ** 0.8)
    related = _related(rng, kind, series) & shop.planted
    attach = np.triu(rng.uniform(0.12, 0.45, (number, number)), 1)
    attach = attach + attach.T
    ids = [f"p{one:03d}" for one in range(number)]
    rows = []
    for order in range(shop.orders):
        size = 1 + rng.poisson(0.8) + (rng.integers(5, 12) if rng.random() < 0.03 else 0)
        held = rng.choice(number, size=min(size, number), replace=False, p=pull / pull.sum()).tolist()
        for one in list(held):
            partners = np.flatnonzero(related[one])
            held += partners[rng.random(len(partners)) < attach[one, partners]].tolist()
        day = datetime(2024, 1, 1, 9) + timedelta(days=order * 400 // shop.orders)
        rows += [
            (f"o{order}", f"c{rng.integers(shop.orders // 3)}", ids[one], day) for one in sorted(set(held))
        ]
    columns = list(zip(*rows, strict=True))
    orders = pa.table(
        dict(zip(["order_id", "customer_id", "product_id", "ordered_at"], columns, strict=True))
    )
    filled = pa.array(np.ones(len(rows)))
    orders = orders.append_column("quantity", filled).append_column(
        "unit_price", pa.array(np.full(len(rows), 9.9))
    )
    words = [_word(rng, 3) for _ in range(kinds)], [_word(rng, 2) for _ in range(int(series.max()) + 1)]
    names = [
        f"{words[0][kind[one]]} {words[1][series[one]]} {_word(rng, 1)}{one}" if shop.tells else f"item {one}"
        for one in range(number)
    ]
    products = pa.table({"product_id": ids, "name": names})
    if shop.tells:
        products = products.append_column("category", pa.array([f"K{one}" for one in kind]))
    true = {(ids[one], ids[other]) for one, other in zip(*np.nonzero(related), strict=True)}
    return orders, products, true


def _related(rng: np.random.Generator, kind: np.ndarray, series: np.ndarray) -> np.ndarray:
    kinds = int(kind.max()) + 1
    goes = np.zeros((kinds, kinds), bool)
    for one in range(kinds):
        other = int(rng.integers(kinds))
        goes[one, other] = goes[other, one] = one != other or goes[one, other]
    chance = np.where(goes[kind][:, kind], np.where(series[:, None] == series[None, :], 0.6, 0.1), 0.004)
    drawn = np.triu(rng.random(chance.shape) < chance, 1)
    return np.asarray(drawn | drawn.T)


def _word(rng: np.random.Generator, syllables: int) -> str:
    return "".join(rng.choice(_SYLLABLES, syllables))
