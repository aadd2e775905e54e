"""Pairs that likely go together and that too few orders prove: for products of which little is proved.

A pair borrows what its categories and names tell (see ``pair_mixture``). What comes out has a stated chance and a
grade, and is never a claim: ``likely`` and ``tentative`` from orders, ``by name and category`` where none held both.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp
from numpy.typing import NDArray

from passend.kernels.order_lines import CodedLines
from passend.ports import Engine
from passend.products.counting import alphabetical, names_of, read_lines
from passend.products.pair_meetings import SIZES, Asked, Shop, met_pairs, read_shop
from passend.products.pair_mixture import PairMixture, Pairs, learn_mixture
from passend.products.pair_signs import likest
from passend.settings import Settings
from passend.tables.frames import plain

Ints = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]

#: Partners that every product should have; where fewer are proved, likely ones are added.
LISTED = 5
#: Least chance that is shown, and least that is called likely.
SHOWN, LIKELY = 0.1, 0.7
#: Orders with several products: with fewer nothing can be told, with more a shop proves what matters to it.
FEWEST_ORDERS, PROVING_ORDERS = 20, 20_000
#: Most that is ever stated: of pairs that orders speak for, and of those that only names and categories speak for.
SUREST, SUREST_UNMET = 0.95, 0.5
#: Pairs that teach: with orders, and without.
MET_TAUGHT, UNMET_TAUGHT = 60_000, 60_000
#: How often it is learned which meetings a third made, from what was learned of all pairs before.
THIRDS_ROUNDS = 2
#: Partners of each product that are weighed: met, and alike by name.
MET_WEIGHED, ALIKE_WEIGHED = 60, 20
_SCHEMA = pa.schema(
    [
        ("product_id", pa.string()), ("other_id", pa.string()), ("together", pa.int64()), ("expected", pa.float64()),
        ("base", pa.int64()), ("chance", pa.float64()), ("place", pa.int64()), ("grade", pa.string()),
        ("alike", pa.float64()),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """The pairs that are shown, best first for each product, and with which chance."""

    asked: Asked
    pairs: Pairs
    chance: Floats
    place: Ints  # from 0


def likely_pairs(engine: Engine, settings: Settings) -> pa.Table:
    """Likely partners of products with few proved ones.

    Args:
        engine: holds ``order_cells``, ``basket_products``, ``product_places``, ``products``, ``typed_relations``.
        settings: the largest order that counts.

    Returns:
        product_id, other_id, together and expected (orders), base (orders with the product), chance (0 to 1, of
        belonging together), place, grade, alike (names, 0 to 1).
    """
    if not FEWEST_ORDERS <= engine.fetch("order_cells").num_rows <= PROVING_ORDERS:
        return _SCHEMA.empty_table()
    lines = _in_order(read_lines(engine, "basket_products", order="order_id"))
    lacking = _lacking(engine, lines.product_ids)
    if len(lines.product_ids) < 3 or not lacking.any():
        return _SCHEMA.empty_table()
    met = met_pairs(lines, settings)
    shop = read_shop(engine, settings, lines, met)
    shop, mixture = _learned(shop, met)
    found = _weighed(shop, mixture, _asked(shop, lacking, met))
    return _table(found, shop, lines)


def _in_order(lines: CodedLines) -> CodedLines:
    """Products coded by the alphabet, so that the order of rows does not matter."""
    place = alphabetical(lines.product_ids)
    ids = lines.product_ids.take(pa.array(np.argsort(place)))
    return replace(lines, product=place[lines.product].astype(np.int32), product_ids=ids)


def _lacking(engine: Engine, ids: pa.Array) -> NDArray[np.bool_]:
    """Which products have too few proved partners."""
    relations = plain(engine.fetch("typed_relations"))
    partners = relations.filter(pc.equal(relations["type"], "complement"))["product_id"]
    code = pc.index_in(partners, value_set=ids.cast(pa.string())).drop_null().to_numpy(zero_copy_only=False)
    return np.bincount(code.astype(np.int64), minlength=len(ids)) < LISTED


def _learned(shop: Shop, met: Asked) -> tuple[Shop, PairMixture]:
    """What the shop's pairs teach, and the shop with what they say of thirds: at first as if there were none."""
    taught, weight = _taught(shop, met)
    several = met.taken(np.flatnonzero(met.together.sum(1) > 1))
    for _ in range(THIRDS_ROUNDS):
        mixture = learn_mixture(shop.pairs(taught), weight, len(shop.orders))
        shop = replace(shop, more=_beyond_chance(shop.pairs(several), mixture, several, len(shop.orders)))
    return shop, learn_mixture(shop.pairs(taught), weight, len(shop.orders))


def _beyond_chance(pairs: Pairs, mixture: PairMixture, asked: Asked, products: int) -> Any:
    """Orders with both that a relation made, by what was learned so far; CSR, products x products."""
    made = mixture.by_relation(pairs)
    all_ = made + mixture.by_chance(pairs) + mixture.by_others(pairs)
    more = mixture.chances(pairs) * (pairs.together * made / all_).sum(1)
    half = sp.csr_array((more, (asked.first, asked.second)), (products, products))
    return (half + half.T).tocsr()


def _taught(shop: Shop, met: Asked) -> tuple[Asked, Floats]:
    """A sample of all pairs, of those that an order holds and of the others, and how many each stands for."""
    rng = np.random.default_rng(1)
    products, number = len(shop.orders), len(met.first)
    some = np.sort(rng.permutation(number)[:MET_TAUGHT])
    one, other = rng.integers(0, products, (2, UNMET_TAUGHT))
    keys = np.unique((np.minimum(one, other) * products + np.maximum(one, other))[one != other])
    keys = keys[~np.isin(keys, met.first * products + met.second)]
    unmet = products * (products - 1) / 2 - number
    weight = np.concatenate(
        [np.full(len(some), number / max(len(some), 1)), np.full(len(keys), unmet / max(len(keys), 1))]
    )
    taught = Asked(
        np.concatenate([met.first[some], keys // products]),
        np.concatenate([met.second[some], keys % products]),
        np.concatenate([met.together[some], np.zeros((len(keys), len(SIZES)))]),
    )
    return taught, weight


def _asked(shop: Shop, lacking: NDArray[np.bool_], met: Asked) -> Asked:
    """The pairs to be weighed: from a product that lacks partners to what it met, and to what is like it by name."""
    both = Asked(
        np.concatenate([met.first, met.second]),
        np.concatenate([met.second, met.first]),
        np.concatenate([met.together, met.together]),
    )
    one, other, count = both.first, both.second, both.together.sum(1)
    order = np.lexsort((other, -count / np.sqrt(shop.orders[other]), one))
    order = order[lacking[one[order]]]
    some = both.taken(order[_place(one[order]) < MET_WEIGHED])
    like, liked = likest(shop.names, np.flatnonzero(lacking), ALIKE_WEIGHED)
    products = len(shop.orders)
    fresh = ~np.isin(like * products + liked, some.first * products + some.second)
    return Asked(
        np.concatenate([some.first, like[fresh]]),
        np.concatenate([some.second, liked[fresh]]),
        np.concatenate([some.together, np.zeros((int(fresh.sum()), len(SIZES)))]),
    )


def _weighed(shop: Shop, mixture: PairMixture, asked: Asked) -> Found:
    """The likely and the strong before the others."""
    pairs, together = shop.pairs(asked), asked.together.sum(1)
    size = np.sqrt(shop.orders[asked.first] * shop.orders[asked.second])
    chance = np.minimum(mixture.chances(pairs), np.where(together > 0, SUREST, SUREST_UNMET))
    # Two of one kind that nobody bought together may as well replace each other.
    shown = (chance >= SHOWN) & ((together > 0) | (pairs.same_category == 0))
    strength = np.log(chance / np.maximum(1 - chance, 1e-12)) + np.log(together / size + 0.02)
    order = np.lexsort((asked.second, -strength, asked.first))
    order = order[shown[order]]
    place = _place(asked.first[order])
    order, place = order[place < LISTED], place[place < LISTED]
    return Found(asked.taken(order), pairs.taken(order), chance[order], place)


def _place(group: Ints) -> Ints:
    """Place of each row in its group; rows of a group stand together."""
    if not len(group):
        return np.zeros(0, np.int64)
    starts = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    return np.arange(len(group)) - np.repeat(starts, np.diff(np.append(starts, len(group))))


def _table(found: Found, shop: Shop, lines: CodedLines) -> pa.Table:
    asked, together = found.asked, found.asked.together.sum(1)
    by_orders = np.where(found.chance >= LIKELY, "likely", "tentative")
    columns = {
        "product_id": names_of(lines, asked.first),
        "other_id": names_of(lines, asked.second),
        "together": together.astype(np.int64),
        "expected": found.pairs.expected.sum(1),
        "base": shop.orders[asked.first].astype(np.int64),
        "chance": found.chance,
        "place": found.place + 1,
        "grade": np.where(together > 0, by_orders, "by name and category").tolist(),
        "alike": found.pairs.likeness,
    }
    return pa.table(columns).cast(_SCHEMA)
