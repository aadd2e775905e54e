"""Columns whose names say nothing, found by arithmetic: pieces, totals, discounts and postage that make amounts agree.

A header in another language, or a word of the firm's own, is no reason to read a file wrongly. A column without a
meaning gets one where nearly all amounts agree with it, and did not, or could not be compared, without it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations

import numpy as np

from passend.intake.amounts import A_CENT, Amounts
from passend.intake.amounts_choice import Money, Reading, Verdict
from passend.intake.amounts_evidence import Codes
from passend.intake.amounts_orders import READINGS, OrderSums, add_up, sums_of
from passend.intake.assign import Choice
from passend.intake.draft import Draft
from passend.intake.headerless import has_no_header
from passend.intake.sample import Sample
from passend.intake.synonyms import key, words

Judge = Callable[[Money], Verdict]

#: What must agree before a column is taken for something by arithmetic alone, and of how many lines or orders.
_ENOUGH, _LEAST = 0.95, 10
#: Orders that a discount must have changed.
_FEW = 3
#: More columns than these, or more of them together, are not tried.
_MOST_COLUMNS, _MOST_TOGETHER = 7, 3
_MANY_PIECES = 1_000
#: What a column may be in the sum of an order -> its meaning.
ROLES = {
    "total": "order_total",
    "reduction": "order_discount",
    "shipping": "order_shipping",
    "tax": "order_tax",
}
_PIECES = ("quant", "qty", "menge", "anzahl", "stueck", "pieces", "units", "pcs")
_REDUCED = ("discount", "rabatt", "nachlass", "gutschein", "voucher", "coupon", "ermaessigung", "rebate")
#: What pays for an order, or is taken off the seller: no discount.
_PAYMENTS = (
    "giftcard", "gift", "geschenk", "storecredit", "guthaben", "credit", "points", "punkte", "deposit", "anzahlung",
    "payment", "zahlung", "fee", "gebuehr", "commission", "provision",
)  # fmt: skip
_NO_MONEY = {
    "code",
    "codes",
    "name",
    "id",
    "nr",
    "percent",
    "prozent",
    "type",
    "typ",
    "art",
    "count",
    "anzahl",
    "tax",
}


@dataclass(frozen=True)
class Found:
    """What arithmetic found: column -> meaning, with why."""

    meanings: Mapping[str, str]
    why: str

    def choices(self) -> Iterator[Choice]:
        """As the draft takes it."""
        for column, meaning in self.meanings.items():
            yield Choice(column, meaning, 0.9, f"its content: {self.why}")


def spare_columns(draft: Draft, sample: Sample) -> list[str]:
    """The columns of numbers that mean nothing yet."""
    if has_no_header(draft.columns):
        return []
    return [
        name
        for name in draft.columns
        if name not in draft.choices
        and name not in draft.rates
        and sample.facts[name].filled > 0
        and sample.facts[name].number > _ENOUGH
        and sample.facts[name].distinct > 1
        and sample.facts[name].date < 0.5
    ]


def pieces_among(
    draft: Draft, sample: Sample, spare: Mapping[str, Amounts], money: Money, judge: Judge
) -> Found | None:
    """The column of pieces, where no name gives it away.

    Args:
        draft: the mapping.
        sample: the first rows.
        spare: column -> numbers, for those that mean nothing yet.
        money: the amounts, with one piece in each line.
        judge: chooses the reading of amounts.
    """
    if "quantity" in draft.mapping or "quantity" in draft.ignored:
        return None
    columns = [name for name in spare if _may_count(sample, name)]
    if any(draft.is_known(column) for column in draft.choices):
        return None
    columns.sort(key=lambda name: not _speaks_of(name, _PIECES))
    before = judge(money).chosen
    for name in columns[:_MOST_COLUMNS]:
        after = judge(replace(money, quantity=np.nan_to_num(spare[name], nan=1.0))).chosen
        why = _tells_pieces(before, after)
        if why:
            return Found({name: "quantity"}, why)
    named = [name for name in columns if _speaks_of(name, _PIECES)]
    if len(named) == 1 and not before.fit.agrees >= _ENOUGH:
        return Found({named[0]: "quantity"}, "whole numbers, and its name speaks of pieces")
    return None


def gross_and_net(
    draft: Draft, spare: Mapping[str, Amounts], columns: Mapping[str, Amounts], named: Mapping[str, str]
) -> dict[str, str]:
    """Column -> meaning, where one amount of the line less its discount is another: before it, and after it.

    Args:
        draft: the mapping.
        spare: column -> numbers, for those that mean nothing yet.
        columns: those of the amounts with a meaning.
        named: meaning -> column, of these.
    """
    line, off = named.get("line_total"), named.get("discount")
    if line is None or off is None or "line_gross" in named or draft.is_given(line) or draft.is_given(off):
        return {}
    amount, reduction = np.abs(columns[line]), np.abs(np.nan_to_num(columns[off]))
    told = np.isfinite(amount) & (reduction > 0)
    for name, values in spare.items():
        other = np.abs(values)
        if (
            np.mean(np.isclose(amount - reduction, other, atol=A_CENT)[told] if told.any() else 0.0)
            >= _ENOUGH
        ):
            return {line: "line_gross", name: "line_total"}
        if (
            np.mean(np.isclose(amount + reduction, other, atol=A_CENT)[told] if told.any() else 0.0)
            >= _ENOUGH
        ):
            return {name: "line_gross"}
    return {}


def parts_of_orders(
    draft: Draft, spare: Mapping[str, Amounts], money: Money, verdict: Verdict
) -> Found | None:
    """The columns by which orders add up, where no names give them away.

    Args:
        draft: the mapping.
        spare: column -> numbers, for those that mean nothing yet.
        money: the amounts.
        verdict: how lines are read.
    """
    known = _sums(money, verdict)
    share = total_share(known)
    if verdict.chosen.adding.share >= _ENOUGH and verdict.chosen.adding.told and share >= _ENOUGH:
        return None
    by_column = _by_order(spare, money, verdict)
    free = [
        role for role, meaning in ROLES.items() if role not in money.orders and meaning not in draft.ignored
    ]
    for count in range(1, min(_MOST_TOGETHER, len(free)) + 1):
        for roles in combinations(free, count):
            for columns in permutations(by_column, count):
                if any(
                    _speaks_of(n, _PAYMENTS)
                    for n, role in zip(columns, roles, strict=True)
                    if role == "reduction"
                ):
                    continue  # what a gift card pays is no discount
                tried = dict(zip(roles, (by_column[name] for name in columns), strict=True))
                if _adds_up(replace(known, **tried), roles):
                    meanings = {name: ROLES[role] for name, role in zip(columns, roles, strict=True)}
                    return Found(meanings, "with it the orders add up")
    return None


def unexplained_total(spare: Mapping[str, Amounts], money: Money, verdict: Verdict) -> bool:
    """Whether many orders cost less than their lines, and neither a payment nor anything else says why.

    Args:
        spare: column -> numbers, for those that mean nothing yet.
        money: the amounts.
        verdict: how lines and orders are read.
    """
    known = _sums(money, verdict)
    told = np.isfinite(known.total)
    if told.sum() < _LEAST or total_share(known) >= _ENOUGH or "reduction" in money.orders:
        return False
    less = np.nan_to_num(known.total) < known.net - A_CENT
    if less[told].mean() <= 1 - _ENOUGH:
        return False
    paid = [
        values for name, values in _by_order(spare, money, verdict).items() if _speaks_of(name, _PAYMENTS)
    ]
    return not any(
        total_share(replace(known, total=known.total + np.abs(np.nan_to_num(each)))) >= _ENOUGH
        for each in paid
    )


def total_share(sums: OrderSums) -> float:
    """The share of orders whose lines, with postage and tax as it may be, are the total; NaN without totals."""
    found = add_up(replace(sums, subtotal=np.full_like(sums.total, np.nan)), READINGS)
    return found.share


def _sums(money: Money, verdict: Verdict) -> OrderSums:
    sold = money.order >= 0
    amounts = verdict.chosen.amounts
    lines = (amounts.net[sold], np.nan_to_num(amounts.discount[sold]))
    columns = {name: each[sold] for name, each in money.orders.items()}
    return sums_of(money.order[sold], lines, columns, money.by_order)


def _by_order(spare: Mapping[str, Amounts], money: Money, verdict: Verdict) -> dict[str, Amounts]:
    """Columns without a meaning that speak of whole orders -> a number for each order."""
    sold = money.order >= 0
    order, amounts = money.order[sold], verdict.chosen.amounts
    lines = (amounts.net[sold], np.nan_to_num(amounts.discount[sold]))
    return {
        name: sums_of(order, lines, {"total": values[sold]}, frozenset({"total"})).total
        for name, values in list(spare.items())[:_MOST_COLUMNS]
        if _of_order(order, values[sold])
    }


def unproven_reductions(draft: Draft, spare: Mapping[str, Amounts]) -> list[str]:
    """Columns whose name speaks of a discount in money, that nothing proves or rules out."""
    taken = {"discount", "discount_each", "discount_share", "order_discount", "all_discounts"}
    if taken & {*draft.mapping, *draft.ignored} or any(draft.is_known(column) for column in draft.choices):
        return []
    return [
        name
        for name, values in spare.items()
        if _speaks_of(name, _REDUCED)
        and not _NO_MONEY & set(words(name).split())
        and np.nansum(np.abs(values)) > 0
    ]


def _tells_pieces(before: Reading, after: Reading) -> str:
    """Why a column is that of pieces, by how amounts are read without it and with it."""
    if before.fit.agrees >= _ENOUGH or before.adding.share >= _ENOUGH:
        return ""
    if after.fit.agrees >= _ENOUGH:
        return "price x pieces is the amount of the line"
    if after.adding.share >= _ENOUGH:
        return "with it the orders add up"
    of_lines = {"line_total", "line_gross"} & set(after.meanings)
    if of_lines and after.fit.steady >= _ENOUGH and after.fit.compared >= _LEAST:
        return "by it a piece costs the same in different numbers"
    return ""


def _adds_up(sums: OrderSums, roles: Sequence[str]) -> bool:
    """Whether orders add up with the columns in these roles, each of which is needed for it."""
    if not np.isfinite(sums.total).any() and not np.isfinite(sums.subtotal).any():
        return False
    if "total" in roles or np.isfinite(sums.total).any():  # what the subtotal says is known without it
        sums = replace(sums, subtotal=np.full_like(sums.total, np.nan))
    with_them = add_up(sums, READINGS)
    check = with_them.check
    if check is None or not with_them.share >= _ENOUGH:
        return False
    if "total" in roles and len(np.unique(sums.total)) < _LEAST:
        return False
    parts = [getattr(sums, role) for role in roles if role != "total"]
    if any(np.nansum(np.abs(part)) >= np.nansum(np.abs(sums.total)) for part in parts if "total" in roles):
        return False
    used = {"shipping": check.with_shipping, "tax": check.with_tax, "reduction": bool(with_them.reading)}
    if not all(used.get(role, True) for role in roles):
        return False
    moved = int((np.abs(np.nan_to_num(sums.reduction)) > 0).sum())
    return "reduction" not in roles or (moved >= _FEW and check.after == "order" and with_them.told)


def _of_order(order: Codes, values: Amounts) -> bool:
    """Whether a column says the same on all lines of an order, or stands on its first only."""
    known = np.isfinite(values)
    if not known.any():
        return False
    pairs = np.unique(np.stack([order[known].astype(np.float64), values[known]]), axis=1)
    return int(pairs.shape[1]) <= 1.02 * np.unique(order[known]).size


def _may_count(sample: Sample, name: str) -> bool:
    fact = sample.facts[name]
    return fact.whole > 0.99 and 0 < fact.middle <= _MANY_PIECES


def _speaks_of(name: str, stems: Sequence[str]) -> bool:
    return any(stem in key(name) for stem in stems)
