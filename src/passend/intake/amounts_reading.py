"""The amounts of a file, understood: what its columns mean, how its orders add up, and what remains in doubt."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from passend.intake.amounts import A_CENT, PRICES, REDUCTIONS, Amounts
from passend.intake.amounts_choice import Money, Reading, Verdict, choose, is_per_cent
from passend.intake.amounts_orders import Check
from passend.intake.amounts_sample import first_rows, numbers_of, place_amounts
from passend.intake.amounts_spare import (
    Found,
    gross_and_net,
    parts_of_orders,
    pieces_among,
    spare_columns,
    unexplained_total,
    unproven_reductions,
)
from passend.intake.assign import SURE, Choice
from passend.intake.doubts import Doubt, settle_by
from passend.intake.draft import Draft
from passend.intake.headerless import has_no_header
from passend.intake.sample import Sample
from passend.intake.synonyms import MEANINGS, name_scores, words

#: From this share of lines or orders on, amounts count as agreeing.
ENOUGH_AGREE = 0.95
#: Readings whose sums differ by less are no matter of doubt.
_MATERIAL = 0.01
#: From this share of pairs of lines with one price on, it outweighs what a column is called.
_PROVEN = 0.9
_RECEIVED = {
    "net",
    "netto",
    "paid",
    "received",
    "revenue",
    "sales",
    "umsatz",
    "turnover",
    "spend",
    "after",
    "nach",
}
_SPEAKS_OF_MONEY = {
    "price", "preis", "amount", "betrag", "total", "summe", "sum", "revenue", "umsatz", "value", "wert", "sales",
    "netto", "brutto", "net", "gross", "prix", "precio", "prezzo", "prijs", "montant", "importe", "paid", "bezahlt",
}  # fmt: skip
_BEFORE = {"gross", "brutto", "before", "vor", "list", "subtotal"}


@dataclass(frozen=True)
class AmountReading:
    """How the amounts of a file hang together.

    Attributes:
        by_order: columns that speak of the whole order on each of its rows, or on its first.
        per_cents: columns of shares that are written as per cents.
        reduction: what the order's discount is off: ``order_discount``, ``all_discounts``, or nothing.
        check: how orders add up; ``None`` where the file does not let that be seen.
        checks_lines: two ways lead to a line's amount, so that they can be compared.
    """

    by_order: frozenset[str] = frozenset()
    per_cents: frozenset[str] = frozenset()
    reduction: str = ""
    check: Check | None = None
    checks_lines: bool = False


def read_amounts(
    draft: Draft, sample: Sample, decimals: Mapping[str, str]
) -> tuple[AmountReading, list[Doubt]]:
    """Settle what the amounts of a file mean, in the draft; returns how they hang together, and what is in doubt.

    Args:
        draft: the mapping as names and content have it; is changed where the amounts know better.
        sample: the first rows.
        decimals: the decimal separator of each column of amounts.
    """
    order = draft.only("order_id")
    by_order = place_amounts(draft, sample, order, decimals)
    named = {name: column for name in (*PRICES, *REDUCTIONS) if (column := draft.only(name))}
    if not set(PRICES) & set(named):
        return AmountReading(by_order), unread_money(draft, sample)
    money = first_rows(draft, sample, decimals, by_order)
    fixed = frozenset(column for column in named.values() if draft.is_given(column))
    percent = {
        name
        for name in REDUCTIONS
        if name in named and {"%", "percent", "prozent", "pct"} & _word_set(named[name])
    }
    if percent and "discount_share" not in named:
        column = named.pop(percent.pop())
        _rename(draft, column, "discount_share", "its name: per cents")
        named["discount_share"] = column
        fixed |= {column}
    # Whether a code's discount holds those of the lines differs from shop to shop of one system.
    given = next(
        (
            name
            for name in ("all_discounts", "order_discount")
            if (column := draft.only(name)) and draft.is_given(column) and not draft.is_known(column)
        ),
        "",
    )
    spare = {name: numbers_of(sample, name, decimals) for name in spare_columns(draft, sample)}
    if told := gross_and_net(draft, spare, money.columns, named):
        for column, meaning in told.items():
            if column in draft.choices:
                draft.drop(draft.choices[column].meaning)
            draft.take(
                [Choice(column, meaning, 0.9, "its content: one amount less the discount is the other")]
            )
        named = {name: column for name in (*PRICES, *REDUCTIONS) if (column := draft.only(name))}
        fixed |= frozenset(told)
        money = first_rows(draft, sample, decimals, by_order)
    judge = partial(choose, named=named, fixed=fixed, reduction=given)
    spare = {name: values for name, values in spare.items() if name not in draft.choices}
    if pieces := pieces_among(draft, sample, spare, money, judge):
        by_order, money = _claim(draft, sample, decimals, by_order, pieces)
    verdict = judge(money)
    spare = {name: values for name, values in spare.items() if name not in draft.choices}
    if parts := parts_of_orders(draft, spare, money, verdict):
        by_order, money = _claim(draft, sample, decimals, by_order | frozenset(parts.meanings), parts)
        verdict = judge(money)
    _take(draft, verdict)
    reading = _reading(draft, verdict, money, by_order)
    spare = {name: values for name, values in spare.items() if name not in draft.choices}
    total = draft.only("order_total")
    doubts = _doubts(verdict)
    if total and not draft.is_known(total) and unexplained_total(spare, money, verdict):
        doubts.append(
            Doubt(
                f"Many orders cost less by '{total}' than their lines do, and no column says why.",
                '--map order_discount="Column" names what is taken off, --map order_total= leaves the total out',
            )
        )
    return reading, [*doubts, *_reductions_in_doubt(draft, spare, verdict)]


def unread_money(draft: Draft, sample: Sample) -> list[Doubt]:
    """A file with columns of money, of which none was recognised as what a line costs: nothing would cost anything."""
    if {*PRICES} & draft.ignored or has_no_header(draft.columns) or any(map(draft.is_known, draft.choices)):
        return []
    columns = [name for name in spare_columns(draft, sample) if _SPEAKS_OF_MONEY & _word_set(name)]
    if not columns:
        return []
    shown = ", ".join(f"'{name}'" for name in columns[:4])
    return [
        Doubt(
            f"No column was recognised that says what a line costs; {shown} may.",
            f"{settle_by('line_total', columns[0])} or {settle_by('unit_price', columns[0])}; "
            "--map line_total= goes on without amounts",
        )
    ]


def _claim(
    draft: Draft, sample: Sample, decimals: Mapping[str, str], by_order: frozenset[str], found: Found
) -> tuple[frozenset[str], Money]:
    """Give columns the meanings that arithmetic found; returns the amounts anew."""
    draft.take(found.choices())
    draft.notes += [
        f"'{column}' is the {MEANINGS[meaning]}: {found.why}." for column, meaning in found.meanings.items()
    ]
    return by_order, first_rows(draft, sample, decimals, by_order)


def _reductions_in_doubt(draft: Draft, spare: Mapping[str, Amounts], verdict: Verdict) -> list[Doubt]:
    """Discounts of whole orders that nothing proves to be off already, or still to be taken off."""
    doubts = [
        Doubt(
            f"'{column}' speaks of a discount, and nothing in the file tells whether it is off the amounts already.",
            f"{settle_by('order_discount', column)} takes it off, --map order_discount= leaves it out",
        )
        for column in unproven_reductions(draft, spare)
    ]
    adding = verdict.chosen.adding
    column = draft.only("order_discount") or draft.only("all_discounts")
    is_open = adding.before_it or (not adding.told and "line_total" in verdict.chosen.meanings)
    if column and is_open and not draft.is_given(column):
        doubts.append(
            Doubt(
                f"'{column}' seems to be a discount of the whole order, and nothing in the file tells whether the "
                "lines are before or after it.",
                f"{settle_by('order_discount', column)} takes it off, --map order_discount= leaves it out",
            )
        )
    return doubts


def _take(draft: Draft, verdict: Verdict) -> None:
    """Write what was found into the draft, with the reason."""
    why = {
        "amounts": "under this reading the amounts agree with each other",
        "orders": "under this reading the orders add up",
        "pieces": "under this reading a piece costs the same in different numbers",
        "names": "its name",
    }[verdict.how]
    for meaning, column in verdict.chosen.meanings.items():
        if draft.choices[column].meaning != meaning:
            _rename(draft, column, meaning, f"its content: {why}")
            draft.notes.append(f"'{column}' means {MEANINGS[meaning]}: {why}.")
    reading, reduction = verdict.chosen.adding.reading, None
    for name in ("order_discount", "all_discounts"):
        reduction = draft.only(name) or reduction
    if (
        reduction
        and (draft.is_known(reduction) or not draft.is_given(reduction))
        and verdict.chosen.adding.told
    ):
        if not reading:
            draft.drop(draft.choices[reduction].meaning)
            draft.notes.append(f"'{reduction}' is not taken off once more: the orders add up without it.")
        elif draft.choices[reduction].meaning != reading:
            _rename(draft, reduction, reading, f"its content: {why}")


def _rename(draft: Draft, column: str, meaning: str, reason: str) -> None:
    old = draft.choices[column].meaning
    draft.drop(old)
    draft.take([Choice(column, meaning, 0.9, reason)])


def _reading(draft: Draft, verdict: Verdict, money: Money, by_order: frozenset[str]) -> AmountReading:
    chosen = verdict.chosen
    share = chosen.meanings.get("discount_share")
    per_cents = frozenset({share}) if share and is_per_cent(money.columns[share]) else frozenset[str]()
    reduction = next((name for name in ("all_discounts", "order_discount") if draft.only(name)), "")
    compared = not np.isnan(chosen.fit.agrees)
    return AmountReading(by_order, per_cents, reduction, chosen.adding.check, compared)


def _doubts(verdict: Verdict) -> list[Doubt]:
    """What a person should decide: rivals that the amounts leave open."""
    chosen = verdict.chosen
    doubts = []
    for meaning, column in chosen.meanings.items():
        named = verdict.named[column]
        contradicts = meaning == "line_gross" != named and bool(_word_set(column) & _RECEIVED)
        if verdict.how == "pieces" and contradicts and chosen.fit.steady < _PROVEN:
            doubts.append(
                _doubt(column, named, meaning, "What pieces cost in other lines speaks against it.")
            )
            continue
        rivals = [each for each in verdict.rivals if _differs(chosen, each) and _only(column, chosen, each)]
        meant = [_meaning_of(column, rival) for rival in rivals]
        others = [other for other in meant if not _is_plain(meaning, other, column, chosen.meanings)]
        if others:
            doubts.append(_doubt(column, meaning, others[0], "Nothing in the file decides it."))
    return doubts


def _only(column: str, chosen: Reading, rival: Reading) -> bool:
    """Whether two readings differ in the meaning of one column, and in no other."""
    return [held for name, held in rival.meanings.items() if chosen.meanings.get(name) != held] == [column]


def _meaning_of(column: str, reading: Reading) -> str:
    return next(name for name, held in reading.meanings.items() if held == column)


def _doubt(column: str, meaning: str, other: str, why: str) -> Doubt:
    return Doubt(
        f"'{column}' may be the {MEANINGS[meaning]}, or the {MEANINGS[other]}. {why}",
        f"{settle_by(meaning, column)} or {settle_by(other, column)}",
    )


def _differs(chosen: Reading, rival: Reading) -> bool:
    """Whether the rival would make the sum, or more than a hundredth of the lines, another by more than a hundredth."""
    one, other = (np.abs(np.nan_to_num(each.amounts.net)) for each in (chosen, rival))
    lines = np.abs(one - other) > np.maximum(_MATERIAL * np.maximum(one, other), A_CENT)
    return bool(
        abs(one.sum() - other.sum()) > _MATERIAL * max(one.sum(), other.sum()) or lines.mean() > _MATERIAL
    )


def _is_plain(meaning: str, other: str, column: str, meanings: Mapping[str, str]) -> bool:
    """Whether the column's name says enough to prefer one meaning over another."""
    said = _word_set(column)
    if "line_total" in (meaning, other) and "line_gross" in (meaning, other):
        hint = _RECEIVED if meaning == "line_total" else _BEFORE
        return "unit_price" in meanings or bool(said & hint)
    if meaning in REDUCTIONS:
        return "discount_share" not in (meaning, other)
    return name_scores(column).get(meaning, 0.0) >= SURE


def _word_set(column: str) -> set[str]:
    return set(words(column).split())
