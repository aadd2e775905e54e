"""Where the firm stands: the figures that a board asks for, each with its interval, trend, reference and rating.

A reference is given only where somebody published one, with source and date; else "no public reference" is said, and
nothing is rated against a number that nobody can look up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from passend.results.effects import PROGRAMME, Measured
from passend.results.figures import PROFIT
from passend.results.looks import once

STRONG, USUAL, WEAK, UNRATED = "strong", "usual", "weak", "not rated"
NO_REFERENCE = "no public reference"
#: Observations below which a share is not told.
LEAST = 20


@dataclass(frozen=True)
class Figure:
    """What a figure is.

    Attributes:
        name: its name.
        unit: share, number, money.
        computed: how, in a sentence.
        below: what is counted, for the reason where there is too little of it.
        reference: what is published.
        source: by whom and when.
        line: the published figure as a number, where it can be compared.
        is_more_better: whether more is better; None where it depends.
    """

    name: str
    unit: str
    computed: str
    below: str
    reference: str = NO_REFERENCE
    source: str = ""
    line: float | None = None
    is_more_better: bool | None = None


FIGURES = (
    Figure("one product", "share", "Customers of the last year who bought a single product, of all customers.",
           "customers"),
    Figure("breadth", "number", "Categories bought by a customer of the last year; products where none are named.",
           "customers"),
    Figure("attach rate", "share", "Orders with two products or more, of all orders.", "orders"),
    Figure("repeat rate", "share", "Customers with two orders or more in the last year, of all customers.",
           "customers"),
    Figure("return rate", "share", "Money that came back, of all revenue.", "cents of revenue",
           "16.9 % of sales expected by retailers in the USA",
           "National Retail Federation and Happy Returns, December 2024"),
    Figure("loss-making cross-buyers", "share", "Customers of two categories or more on whom the firm lost money.",
           "cross-buyers", "1 in 5 at five firms", "Shah and Kumar, Harvard Business Review, December 2012", 0.2,
           is_more_better=False),
    Figure("contact pressure", "number", "Contacts with offers or news to a contacted customer in a year.",
           "contacts"),
    Figure("answered", "share", "Contacts that were opened, clicked or accepted, of all that were sent.", "contacts"),
    Figure("accepted", "share", "Contacts whose offer was accepted, of all that were sent.", "contacts"),
    Figure("unsubscribed", "share", "Unsubscriptions, of all contacts that were sent.", "contacts"),
    Figure("complaints", "share", "Complaints, of all contacts that were sent.", "contacts",
           "at most 0.3 % of mails; 0.1 % is the aim", "Google, guidelines for senders of e-mail, since February 2024",
           0.003, is_more_better=False),
    Figure("satisfaction", "number", "Mean answer of surveys, 0 to 10.", "answers"),
)  # fmt: skip
PER_1000 = Figure("added profit per 1,000 customers", "money", "Profit added by a thousand eligible customers, by "
                  "comparison with those held out, after returns and contacts.", "")  # fmt: skip
HOLDOUT = Figure(
    "hold-out health", "share", "Campaigns and quarters whose comparison is sound, of all.", "comparisons"
)
CONSENT = Figure("consent coverage", "share", "Customers who may be contacted on some channel, of those who said a "
                 "word on it.", "customers with a consent or an objection")  # fmt: skip
DATA = Figure("usable rows", "share", "Rows of the files that are used, of all rows read.", "rows")
ALL_FIGURES = (*FIGURES, PER_1000, HOLDOUT, CONSENT, DATA)


@dataclass(frozen=True)
class Counted:
    """A ratio: of shares, the cases; of numbers, their sum; with squares where an interval can be told."""

    above: float
    below: float
    squares: float | None = None


@dataclass(frozen=True)
class Known:
    """What the scorecard is made from.

    Attributes:
        sums: rows of ``score_figures``.
        measured: what was measured.
        consent: customers who may be contacted, of those who said a word.
        rows: usable rows, of all.
        currency: of amounts.
    """

    sums: Sequence[Mapping[str, Any]]
    measured: Sequence[Measured]
    consent: Counted
    rows: Counted
    currency: str | None


def scorecard(known: Known) -> list[dict[str, Any]]:
    """The rows of the contract ``scorecard``."""
    counted = {
        (row["figure"], row["span"]): Counted(row["above"] or 0.0, row["below"] or 0.0, row["squares"])
        for row in known.sums
    }
    rows = [
        _row(figure, counted.get((figure.name, "now")), counted.get((figure.name, "before")))
        for figure in FIGURES
    ]
    rows += [_profit(known.measured), _row(HOLDOUT, _sound(known.measured), None)]
    rows += [_row(CONSENT, known.consent, None), _row(DATA, known.rows, None)]
    return [{"place": place, **row, "currency": known.currency} for place, row in enumerate(rows, 1)]


def _row(figure: Figure, now: Counted | None, before: Counted | None) -> dict[str, Any]:
    row = _about(figure)
    least = 1 if figure in {HOLDOUT, DATA} else LEAST
    if now is None or now.below < least:
        return {**row, "because": f"Fewer than {least} {figure.below} of the last year are known."}
    value = now.above / now.below
    low, high = _interval(now, figure)
    earlier = before.above / before.below if before is not None and before.below >= least else None
    return {
        **row,
        "value": value,
        "low": low,
        "high": high,
        "before": earlier,
        "rating": _rated(figure, low, high),
    }


def _about(figure: Figure) -> dict[str, Any]:
    return {
        "figure": figure.name, "value": None, "low": None, "high": None, "before": None, "unit": figure.unit,
        "reference": figure.reference, "source": figure.source or None, "rating": UNRATED, "because": None,
        "computed": figure.computed,
    }  # fmt: skip


def _interval(counted: Counted, figure: Figure) -> tuple[float | None, float | None]:
    """Wilson's interval of a share, the usual one of a mean; none where only sums of money are known."""
    if counted.squares is None:
        return None, None
    n, reach = counted.below, once()
    value = counted.above / n
    if figure.unit == "share":
        centre = (value + reach**2 / (2 * n)) / (1 + reach**2 / n)
        wide = reach * np.sqrt(value * (1 - value) / n + reach**2 / (4 * n**2)) / (1 + reach**2 / n)
        return float(centre - wide), float(centre + wide)
    spread = max(counted.squares - counted.above**2 / n, 0.0) / max(n - 1, 1)
    wide = reach * float(np.sqrt(spread / n))
    return value - wide, value + wide


def _rated(figure: Figure, low: float | None, high: float | None) -> str:
    """Better or worse than what is published only where the whole interval is."""
    if figure.line is None or low is None or high is None:
        return UNRATED
    above, below = low > figure.line, high < figure.line
    if not above and not below:
        return USUAL
    return STRONG if above == bool(figure.is_more_better) else WEAK


def _sound(measured: Sequence[Measured]) -> Counted | None:
    judged = [one for one in measured if one.cannot is None]
    sound = sum(one.verdict != "unhealthy" for one in judged)
    return Counted(float(sound), float(len(judged))) if judged else None


def _profit(measured: Sequence[Measured]) -> dict[str, Any]:
    """By the programme's last quarter; where there is none, by the largest campaign."""
    row = _about(PER_1000)
    able = [one for one in measured if one.cannot is None]
    if not able:
        return {**row, "because": "Nobody was held out, so nothing can be measured yet."}
    programme = [one for one in able if one.campaign == PROGRAMME]
    chosen = programme[0] if programme else max(able, key=lambda one: sum(one.people))
    profit = chosen.effects[PROFIT]
    return {
        **row, "value": profit.per_person * 1000, "low": profit.low * 1000, "high": profit.high * 1000,
        "rating": STRONG if profit.low > 0 else WEAK if profit.high < 0 else USUAL,
    }  # fmt: skip


#: What the scorecard's rows say in words.
SCORECARD_WORDS = (
    *(one.name for one in ALL_FIGURES),
    *(one.computed for one in ALL_FIGURES),
    *dict.fromkeys(one.reference for one in ALL_FIGURES),
    *(one.source for one in ALL_FIGURES if one.source),
    *dict.fromkeys(one.below for one in ALL_FIGURES if one.below),
    *(STRONG, USUAL, WEAK, UNRATED),
)
