"""The offers that might be made, as coded arrays: customers, products, and pairs of them on each channel.

Codes follow the sorted identifiers, so the order of a table's rows can never change a plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from passend.errors import InvalidInput
from passend.tables.frames import amounts
from passend.vocabulary import Channel

#: Types of relation in a fixed order; what is not among them counts as popular.
KINDS = ("complement", "next", "substitute", "upgrade", "service", "popular")


@dataclass(frozen=True)
class Side:
    """Customers or products: identifiers in order, and a table of facts with one row for each."""

    ids: pa.Array
    facts: pa.Table

    def __len__(self) -> int:
        return len(self.ids)

    def has(self, name: str) -> bool:
        """Whether a fact is known at all."""
        return name in self.facts.schema.names

    def numbers(self, name: str, missing: float = np.nan) -> NDArray[np.float64]:
        """A fact as numbers; times as days since 1970."""
        if not self.has(name):
            return np.full(len(self), missing)
        column = self.facts[name]
        if pa.types.is_timestamp(column.type):
            days = column.cast(pa.timestamp("us")).cast(pa.int64()).cast(pa.float64(), safe=False)
            column = pc.divide(days, 86_400_000_000.0)
        values = amounts(column, name).to_numpy(zero_copy_only=False).astype(np.float64)
        return np.where(np.isnan(values), missing, values)

    def texts(self, name: str) -> NDArray[np.object_]:
        """A fact as texts; empty where it is not known."""
        if not self.has(name):
            return np.full(len(self), "", object)
        return np.asarray(pc.fill_null(self.facts[name].cast(pa.string()), "").to_pylist(), dtype=object)

    def flags(self, name: str, *, missing: bool = False) -> NDArray[np.bool_]:
        """A fact as yes or no."""
        if not self.has(name):
            return np.full(len(self), missing)
        return np.asarray(
            pc.fill_null(self.facts[name], missing).to_numpy(zero_copy_only=False), dtype=np.bool_
        )

    def codes_of(self, words: Any) -> NDArray[np.int32]:
        """The codes of identifiers; -1 for those that are unknown."""
        found = pc.index_in(
            pa.array(words, pa.string()) if isinstance(words, list | tuple) else words, self.ids
        )
        if isinstance(found, pa.ChunkedArray):
            found = found.combine_chunks()
        return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int32)


def side(table: pa.Table, key: str) -> Side:
    """Customers or products from a table with one row for each.

    Raises:
        InvalidInput: an identifier is missing or stands twice.
    """
    if key not in table.schema.names:
        raise InvalidInput(f"The table has no column '{key}'.", remedy=f"Name the column {key}.")
    ids = table[key].cast(pa.string()).combine_chunks()
    if ids.null_count:
        raise InvalidInput(f"A row has no {key}.", remedy="Leave such rows out.")
    order = pc.sort_indices(ids)
    ids = ids.take(order)
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    if len(ids) > 1:
        same = pc.equal(ids.slice(1), ids.slice(0, len(ids) - 1))
        if pc.any(same).as_py():
            twice = ids[int(pc.index(same, value=True).as_py())].as_py()
            raise InvalidInput(f"{key} {twice} stands twice.", remedy="Give one row for each.")
    return Side(ids, table.take(order))


@dataclass(frozen=True)
class Candidates:
    """Pairs of customer and product, in the order of their identifiers, each on every channel in use.

    Attributes:
        customers: with facts such as verdict, returned share, consent facts.
        products: with price, cost, category.
        channels: names of the channels in use; the code is the place.
        customer: int32 (candidates).
        product: int32 (candidates).
        channel: int8 (candidates).
        pair: int64 (candidates), the row of ``pairs`` that it comes from.
        pairs: what came in for each pair of customer and product, in order: type, score, because_of ...
        as_of: the day of the decision.
        needs: by product the need that it meets, where that is known: a customer is offered one product for each.
    """

    customers: Side
    products: Side
    channels: tuple[str, ...]
    customer: NDArray[np.int32]
    product: NDArray[np.int32]
    channel: NDArray[np.int8]
    pair: NDArray[np.int64]
    pairs: "Pairs"
    as_of: datetime
    needs: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True)
class Pairs:
    """One row for each customer and product that fits.

    Attributes:
        fit: how much better than a usual one each fits, seen beside all others.
    """

    customer: NDArray[np.int32]
    product: NDArray[np.int32]
    kind: NDArray[np.int8]
    because: NDArray[np.int32]
    score: NDArray[np.float64]
    fit: NDArray[np.float64]
    given: Mapping[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.customer)


#: Figures that may come with a pair of customer and product, from the customers room or from the caller.
GIVEN = ("effect", "effect_low", "effect_high", "base_probability", "value_cents")
#: The effect on one channel alone, e.g. ``email_effect``, with its interval and the contacts behind it.
BY_CHANNEL = tuple(f"{one.value}_{what}" for one in Channel for what in ("effect", "low", "high", "contacts"))


def candidates(
    customers: Side, products: Side, fits: pa.Table, channels: tuple[str, ...], as_of: datetime
) -> Candidates:
    """All that fits, on every channel in use (or on the channel that each row names).

    Args:
        customers: with their facts.
        products: with their facts.
        fits: customer_id and product_id; channel, type, score, because_of and the figures of ``GIVEN`` where known.
        channels: the channels in use.
        as_of: the day of the decision.

    Raises:
        InvalidInput: a customer or product is unknown, or a pair stands twice.
    """
    who, what = _coded(customers, fits, "customer_id"), _coded(products, fits, "product_id")
    names = fits.schema.names
    own = None
    if "channel" in names:
        own = _channel_codes(fits["channel"], channels)
    order = np.lexsort((own, what, who)) if own is not None else np.lexsort((what, who))
    who, what = who[order], what[order]
    kind, because, score = _relation(fits, products, order)
    pairs = Pairs(who, what, kind, because, score, usual_fit(score, kind), _given(fits, order))
    if own is None:
        count = len(channels)
        pair = np.repeat(np.arange(len(pairs)), count)
        channel = np.tile(np.arange(count, dtype=np.int8), len(pairs))
    else:
        own = own[order]
        pair, channel = np.flatnonzero(own >= 0), own[own >= 0]
    made = Candidates(
        customers, products, channels, pairs.customer[pair], pairs.product[pair], channel, pair, pairs, as_of
    )
    _refuse_twice(
        made, pairs.customer if own is None else made.customer, None if own is None else made.channel
    )
    return made


def _coded(one: Side, fits: pa.Table, key: str) -> NDArray[np.int32]:
    if key not in fits.schema.names:
        raise InvalidInput(f"The offers have no column '{key}'.", remedy=f"Name the column {key}.")
    codes = one.codes_of(fits[key].cast(pa.string()))
    if (codes < 0).any():
        row = int(np.argmax(codes < 0))
        raise InvalidInput(
            f"The {key} '{fits[key][row].as_py()}' is not in the table of its kind.",
            record=f"row {row + 1} of the offers",
            remedy="Give its row there, or leave the offer out.",
        )
    return codes


def _channel_codes(column: pa.ChunkedArray, channels: tuple[str, ...]) -> NDArray[np.int8]:
    found = pc.index_in(column.cast(pa.string()), pa.array(channels, pa.string())).combine_chunks()
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False)).astype(np.int8)


def _relation(
    fits: pa.Table, products: Side, order: NDArray[np.int64]
) -> tuple[NDArray[np.int8], NDArray[np.int32], NDArray[np.float64]]:
    names, rows = fits.schema.names, len(order)
    kind = np.full(rows, len(KINDS) - 1, np.int8)
    if "type" in names:
        found = pc.index_in(fits["type"].cast(pa.string()), pa.array(KINDS)).combine_chunks()
        kind = np.asarray(pc.fill_null(found, len(KINDS) - 1).to_numpy(zero_copy_only=False)).astype(np.int8)
    because = np.full(rows, -1, np.int32)
    if "because_of" in names:
        because = products.codes_of(fits["because_of"].cast(pa.string()))
    score = np.zeros(rows)
    if "score" in names:
        score = steady(_floats(fits, "score", 0.0))
    return kind[order], because[order], score[order]


def usual_fit(score: NDArray[np.float64], kind: NDArray[np.int8]) -> NDArray[np.float64]:
    """How much better than a usual one a recommendation fits: between a half and two."""
    known = (score > 0) & (kind != KINDS.index("popular"))
    if not known.any():
        return np.ones(len(score))
    usual = float(np.median(score[known]))
    return np.where(known, np.clip(np.sqrt(np.maximum(score, 0) / usual), 0.5, 2.0), 1.0)


def steady(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nine digits: engines add fractions in different orders, and the last digits must not decide between equals."""
    size = np.floor(np.log10(np.where(values != 0, np.abs(values), 1.0)))
    scale = 10.0 ** (8 - size)
    return np.asarray(np.round(values * scale) / scale, dtype=np.float64)


def _given(fits: pa.Table, order: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    names = [name for name in (*GIVEN, *BY_CHANNEL) if name in fits.schema.names]
    # What is known of no pair need not be carried along.
    known = [name for name in names if name in GIVEN or fits[name].null_count < fits.num_rows]
    return {name: steady(_floats(fits, name, np.nan))[order] for name in known}


def _floats(table: pa.Table, name: str, missing: float) -> NDArray[np.float64]:
    values = amounts(table[name], name).to_numpy().astype(np.float64)
    return np.where(np.isnan(values), missing, values)


def _refuse_twice(made: Candidates, who: NDArray[np.int32], channel: NDArray[np.int8] | None) -> None:
    what = made.pairs.product if channel is None else made.product
    same = (who[1:] == who[:-1]) & (what[1:] == what[:-1])
    if channel is not None:
        same &= channel[1:] == channel[:-1]
    if same.any():
        at = int(np.argmax(same))
        customer, product = made.customers.ids[int(who[at])], made.products.ids[int(what[at])]
        raise InvalidInput(
            "An offer stands twice.",
            record=f"customer {customer.as_py()}, product {product.as_py()}",
            remedy="Give each product once for each customer (and channel, where channels are named).",
        )


def subset(made: Candidates, kept: NDArray[np.int64]) -> Candidates:
    """Some of the candidates."""
    return replace(
        made,
        customer=made.customer[kept],
        product=made.product[kept],
        channel=made.channel[kept],
        pair=made.pair[kept],
    )
