"""A plan's offers as a table for people: what matters first, in words, money in the currency and shares in per cent.

Programs read the contract's columns (``offers.csv`` in the workspace, or ``passend plan export --raw``).
"""

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from passend.language import joined, money_sign, word
from passend.tables.sheets import Kind, Sheet
from passend.vocabulary import minor_units


def offers_for_people(offers: pa.Table) -> Sheet:
    """The offers in the language that is spoken; columns that the table lacks or that say nothing are left out.

    Args:
        offers: rows of ``offers``, or of ``plan_offers``, which keeps fewer columns.
    """
    currencies = (
        pc.unique(offers["currency"].drop_null()).to_pylist() if "currency" in offers.schema.names else []
    )
    unit = f" ({money_sign(currencies[0])})" if len(currencies) == 1 else ""
    columns = {
        head: (column, kind)
        for name, head, kind, tell in _columns(unit, is_mixed=len(currencies) > 1)
        if name in offers.schema.names
        for column in [_told(offers, name, kind, tell)]
        if name in _ALWAYS or _says_something(column, kind)
    }
    table = pa.table({head: column for head, (column, _) in columns.items()})
    return Sheet(word("offers"), table, {head: kind for head, (_, kind) in columns.items()})


#: What stands there even if it is empty in every row.
_ALWAYS = {"customer_id", "product_id", "channel", "reason", "value_cents", "chosen"}
_Column = tuple[str, str, Kind, Callable[[str], str] | None]


def _columns(unit: str, *, is_mixed: bool) -> Iterator[_Column]:
    """Column of the contract, its head for people, what its cells hold, and how a word in it is told."""
    yield "customer_id", word("customer"), Kind.TEXT, None
    yield "product_id", word("product no"), Kind.TEXT, None
    yield "product_name", word("product"), Kind.TEXT, None
    yield "channel", word("channel"), Kind.WORD, word
    yield "placement", word("place"), Kind.WORD, word
    yield "send_at", word("when"), Kind.DAY, None
    yield "reason", word("why"), Kind.TEXT, None
    yield "value_cents", word("expected profit") + unit, Kind.MONEY, None
    yield "chosen", word("group"), Kind.WORD, _group
    yield "value_low_cents", word("at least") + unit, Kind.MONEY, None
    yield "value_high_cents", word("at most") + unit, Kind.MONEY, None
    yield "price_cents", word("price") + unit, Kind.MONEY, None
    if is_mixed:
        yield "currency", word("currency"), Kind.TEXT, None
    yield "discount_share", word("discount"), Kind.SHARE, None
    yield "effect", word("orders because of the offer"), Kind.SHARE, None
    yield "basis", word("known how"), Kind.WORD, lambda text: joined(text.split("; "), "; ")
    yield "margin_cents", word("margin of a purchase") + unit, Kind.MONEY, None
    yield "contact_cents", word("cost of the contact") + unit, Kind.MONEY, None
    yield "legal_basis", word("consent"), Kind.WORD, word
    yield "similar_to", word("similar to"), Kind.TEXT, None
    yield "rank", word("rank with the customer"), Kind.NUMBER, None
    yield "plan", word("plan"), Kind.NUMBER, None


def _group(chosen: str) -> str:
    return word("gets the offer") if chosen == "true" else word("comparison group: gets nothing")


def _told(
    offers: pa.Table, name: str, kind: Kind, tell: Callable[[str], str] | None
) -> pa.Array | pa.ChunkedArray:
    column = offers[name].combine_chunks()
    if kind is Kind.MONEY:
        return _in_units(column, offers)
    if tell is None:
        return column
    words = pc.dictionary_encode(pc.cast(column, pa.string()))
    told = pa.array([tell(one) or None for one in words.dictionary.to_pylist()], pa.string())
    return told.take(words.indices)


def _says_something(column: pa.Array, kind: Kind) -> bool:
    return column.null_count < len(column) and not (kind is Kind.SHARE and pc.max(column).as_py() == 0)


def _in_units(cents: pa.Array, offers: pa.Table) -> pa.Array:
    """Amounts in the unit of their currency: euros, not cents."""
    if "currency" not in offers.schema.names:
        return pc.divide(pc.cast(cents, pa.float64()), 100.0)
    currencies = pc.dictionary_encode(pc.fill_null(offers["currency"].combine_chunks(), ""))
    units = pa.array([float(minor_units(one or None)) for one in currencies.dictionary.to_pylist()])
    return pc.divide(pc.cast(cents, pa.float64()), units.take(currencies.indices))
