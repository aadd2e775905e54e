"""Questions about the sample that settle what names leave open."""

import re
from collections import Counter
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from passend.intake.sample import Sample
from passend.intake.synonyms import key, words
from passend.intake.texts import word_set

_WHOLE_AS_FRACTION = re.compile(r"-?\d+\.0+", re.ASCII)
_NUMERIC = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_SHAPE = re.compile(r"([^\W\d]{0,7}[-_/ ]?)\d[\d\-/]*", re.ASCII)
#: What an order's first row may say for all of them.
ORDER_LEVEL = (
    "customer_id", "ordered_at", "sequence", "currency", "channel", "country", "status", "void", "updated_at",
)  # fmt: skip
#: Rows that only add others up.
_SUMS = word_set(
    """
    total totals subtotal grandtotal sum summe zwischensumme gesamt gesamtsumme endsumme uebertrag saldo
    """
)


#: What may follow such a word: ``Summe netto``.
_OF_SUMS = re.compile(r"(?: (?:netto|brutto|net|gross|eur|euro|chf|usd|gbp|inkl|incl|mwst|ust|vat))+$")


def is_unique(sample: Sample, column: str) -> bool:
    """Whether hardly a value comes twice."""
    fact = sample.facts[column]
    return fact.rows > 0 and fact.distinct >= 0.99 * fact.rows * fact.filled and fact.distinct > 0


def is_position(sample: Sample, customer: str, order: str) -> bool:
    """Whether the 'order number' only counts each customer's orders: 1, 2, 3, and the same for the next."""
    fact = sample.facts[order]
    if fact.whole < 0.99 or fact.middle > 1000 or fact.middle < 0:
        return False
    pairs = sample.head.group_by([customer, order]).aggregate([])
    customers = pc.count_distinct(pairs.column(customer)).as_py()
    orders = pc.count_distinct(pairs.column(order)).as_py()
    starts = {"0", "1"} & set(sample.values[order])
    return bool(starts) and customers > 1 and pairs.num_rows > 1.5 * orders


def is_same_within(sample: Sample, order: str, column: str) -> bool:
    """Whether a column says the same on all lines of an order, as an order's total does."""
    head = sample.head
    lines = head.group_by([order]).aggregate([([], "count_all"), (column, "count_distinct")])
    several = lines.filter(pc.greater_equal(lines.column("count_all"), 3))
    if several.num_rows < 3 or sample.facts[column].distinct < 3:
        return False
    same = pc.sum(pc.less_equal(several.column(f"{column}_count_distinct"), 1)).as_py()
    return bool(same >= 0.95 * several.num_rows)


def is_filled_down(sample: Sample, order: str, mapping: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the order's own columns are filled on its first line only."""
    ids = sample.head.column(order).combine_chunks()
    if len(ids) < 2:
        return False
    repeated = pa.concat_arrays(
        [pa.array([False]), pc.fill_null(pc.equal(ids.slice(1), ids.slice(0, len(ids) - 1)), False)]
    )
    columns = [
        name for meaning in ORDER_LEVEL for name in mapping.get(meaning, ()) if sample.facts[name].filled > 0
    ]
    places = 0
    for name in columns:
        empty = pc.is_null(sample.head.column(name).combine_chunks())
        count = pc.sum(empty).as_py() or 0
        follow_on = pc.sum(pc.and_(empty, repeated)).as_py() or 0
        if follow_on == count and count >= 0.5 * (pc.sum(repeated).as_py() or 0):
            places += count
    # A single gap may as well be a slip.
    return places >= 2


def buyer_and_product(sample: Sample, order: str, column: str) -> tuple[str, str] | None:
    """Of two columns of one name: who bought is the same within each order, what was bought is not."""
    base = re.sub(r"_\d+$", "", column)
    same: list[str] = []
    other: list[str] = []
    for name in sample.facts:
        if re.sub(r"_\d+$", "", name) == base and sample.facts[name].lettered > 0.5:
            lines = sample.head.group_by([order]).aggregate([([], "count_all"), (name, "count_distinct")])
            several = lines.filter(pc.greater(lines.column("count_all"), 1)).column(f"{name}_count_distinct")
            most = pc.max(several).as_py() or 0
            (same if most == 1 else other if most > 1 else []).append(name)
    return (same[0], other[0]) if len(same) == len(other) == 1 else None


def has_blank_orders(sample: Sample, order: str, mapping: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether an order's number, customer and date stand on its first row only, as in merged cells."""
    product = next(
        (name for meaning in ("product_id", "product_name") for name in mapping.get(meaning, ())), None
    )
    ids = sample.head.column(order).combine_chunks()
    if product is None or len(ids) < 2 or not ids[0].is_valid or not ids.null_count:
        return False
    follow_on = pc.and_(pc.is_null(ids), is_product(sample.head.column(product).combine_chunks()))
    if not pc.any(follow_on).as_py():
        return False
    others = [
        name
        for meaning in ("customer_id", "ordered_at")
        for name in mapping.get(meaning, ())
        if name != product and sample.facts[name].filled > 0
    ]
    rows = pc.sum(follow_on).as_py()
    filled = [
        pc.sum(pc.and_(follow_on, pc.is_valid(sample.head.column(name).combine_chunks()))).as_py()
        for name in others
    ]
    return bool(others) and all(count <= 0.02 * rows for count in filled)


def is_sum(text: str) -> bool:
    """Whether a cell says that its row adds others up: ``Summe``, ``Gesamt netto:``, ``Total EUR``."""
    said = _OF_SUMS.sub("", words(text))
    return said.replace(" ", "") in _SUMS


def is_product(names: pa.Array) -> pa.Array:
    """Which rows name a product, and do not only add others up."""
    coded = pc.dictionary_encode(names)
    named = pa.array(
        [bool(text) and key(text) not in _SUMS for text in coded.dictionary.to_pylist()], pa.bool_()
    )
    return pc.fill_null(named.take(coded.indices), False)


def is_name_of(sample: Sample, code: str, name: str) -> bool:
    """Whether a column names the products and not, say, the customers: a product has hardly more than one."""
    pairs = sample.head.group_by([code, name]).aggregate([]).num_rows
    codes = sample.facts[code].distinct
    return bool(sample.head.num_rows < 2 * codes or pairs <= 2 * codes)


def holds_clock(sample: Sample, column: str) -> bool:
    """Whether a date column already holds times of the day other than midnight."""
    return any(
        re.search(r"\d:\d", text) and not re.search(r"\b00:00(:00)?", text) for text in sample.values[column]
    )


def is_whole_as_fraction(sample: Sample, column: str) -> bool:
    """Whether all numbers of an id column are written as ``13085.0``."""
    numbers = [text for text in sample.values[column] if _NUMERIC.fullmatch(text)]
    return bool(numbers) and all(_WHOLE_AS_FRACTION.fullmatch(text) for text in numbers)


def usual_prefix(sample: Sample, column: str) -> str | None:
    """The letters before the digits of most order numbers; ``None`` where most have no such shape."""
    shapes = Counter(found[1] for text in sample.values[column] if (found := _SHAPE.fullmatch(text)))
    if not shapes:
        return None
    prefix, count = shapes.most_common(1)[0]
    return prefix if count >= 0.5 * len(sample.values[column]) else None
