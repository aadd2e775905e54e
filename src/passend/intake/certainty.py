"""How certain the meaning of a column is: a loose name (``Nr``, ``Item``) counts where the content bears it out.

What is left in doubt is asked: which order, customer, product, time and how many pieces decide everything else.
"""

from collections.abc import Callable

import pyarrow.compute as pc

from passend.intake.assign import ENOUGH, SURE, Choice
from passend.intake.doubts import Doubt, settle_by
from passend.intake.draft import Draft
from passend.intake.headerless import has_no_header
from passend.intake.sample import Sample
from passend.intake.synonyms import MEANINGS, is_loose, key

_MOSTLY = 0.95
_MANY_PIECES = 1_000


def weak_columns(draft: Draft, sample: Sample) -> tuple[list[str], list[Doubt]]:
    """Notes on loosely named columns that their content bears out, and doubts on the others.

    Args:
        draft: the mapping as it will be used.
        sample: the first rows.
    """
    notes, doubts = [], []
    guessed = has_no_header(draft.columns)
    for choice in draft.choices.values():
        if not ENOUGH <= choice.confidence < SURE:
            continue
        test = _TESTS.get(choice.meaning)
        if test and (guessed or not test(draft, sample, choice)):
            doubts.append(_doubt(choice))
        else:
            notes.append(
                f"'{choice.column}' is taken as {choice.meaning} ({choice.reason}); "
                f"change with --map {choice.meaning}=COLUMN."
            )
    return notes, doubts


def _doubt(choice: Choice) -> Doubt:
    return Doubt(
        f"'{choice.column}' seems to be the {MEANINGS[choice.meaning]} ({choice.reason}), which is not certain.",
        settle_by(choice.meaning, choice.column),
    )


def _is_order(draft: Draft, sample: Sample, choice: Choice) -> bool:
    """Its rows belong to one customer, or to one time; ``Order`` may name each row's own."""
    if not is_loose(choice.column, "order_id"):
        return True
    fact = sample.facts[choice.column]
    if key(choice.column) == "order" and fact.distinct >= fact.filled * fact.rows:
        return True
    beside = draft.only("customer_id") or draft.only("ordered_at")
    return bool(beside and beside != choice.column and _same_within(sample, choice.column, beside))


def _is_customer(draft: Draft, sample: Sample, choice: Choice) -> bool:
    """An order has one, and some have several orders."""
    order = draft.only("order_id")
    if not is_loose(choice.column, "customer_id"):
        return True
    comes_again = sample.facts[choice.column].distinct < sample.facts[order].distinct if order else False
    return bool(order and comes_again and _same_within(sample, order, choice.column))


def _is_product(draft: Draft, sample: Sample, choice: Choice) -> bool:
    """It differs within orders, as a customer's name does not; without such orders it comes again in others."""
    if choice.meaning == "product_name" and draft.only("product_id") not in (None, choice.column):
        return True
    order, fact = draft.only("order_id"), sample.facts[choice.column]
    if order is None:
        return not is_loose(choice.column, choice.meaning)
    several = _several(sample, order, choice.column)
    never_again = fact.distinct >= fact.filled * fact.rows
    if never_again and (several.num_rows == 0 or choice.meaning != "product_name"):
        return not is_loose(choice.column, choice.meaning)
    if several.num_rows == 0:
        return fact.lettered > _MOSTLY or not is_loose(choice.column, choice.meaning)
    differ = pc.mean(pc.greater(several.column("value_count_distinct"), 1).cast("float64")).as_py()
    return bool(differ >= 0.5)


def _is_time(_: Draft, sample: Sample, choice: Choice) -> bool:
    """It is called a time, not merely the only date that there is."""
    return (
        sample.facts[choice.column].date > _MOSTLY and "only dates" not in choice.reason
    ) or "although" in choice.reason


def _is_pieces(_: Draft, sample: Sample, choice: Choice) -> bool:
    fact = sample.facts[choice.column]
    return fact.whole > _MOSTLY and abs(fact.middle) <= _MANY_PIECES


def _is_price(_: Draft, __: Sample, choice: Choice) -> bool:
    """A cost may as well be what the firm pays."""
    return not is_loose(choice.column, "unit_price")


_TESTS: dict[str, Callable[[Draft, Sample, Choice], bool]] = {
    "order_id": _is_order,
    "customer_id": _is_customer,
    "product_id": _is_product,
    "product_name": _is_product,
    "ordered_at": _is_time,
    "quantity": _is_pieces,
    "unit_price": _is_price,
}


def _several(sample: Sample, order: str, column: str) -> "pc.pa.Table":
    """The orders of more than one line, with how many different values a column has in them."""
    table = sample.head.select([order, column]).rename_columns(["order", "value"])
    table = table.filter(pc.and_(pc.is_valid(table.column("order")), pc.is_valid(table.column("value"))))
    rows = table.group_by("order").aggregate([([], "count_all"), ("value", "count_distinct")])
    return rows.filter(pc.greater(rows.column("count_all"), 1))


def _same_within(sample: Sample, order: str, column: str) -> bool:
    several = _several(sample, order, column)
    if several.num_rows == 0:
        return False
    same = pc.mean(pc.equal(several.column("value_count_distinct"), 1).cast("float64")).as_py()
    return bool(same >= _MOSTLY)
