"""Fills the report's template. All values are escaped; there is no script in the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from passend.report.missing import Advice, advise
from passend.report.network import Picture, draw
from passend.vocabulary import minor_units, say_money

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class ReportData:
    """What the report tells, as rows of the report's tables."""

    made_at: datetime
    totals: Mapping[str, Any]
    revenues: Rows
    months: Rows
    account: Rows
    quarantine_examples: Rows
    imports: Rows
    top_relations: Rows
    plan: Mapping[str, Mapping[str, int]]
    offered_products: Rows
    offer_examples: Rows
    left_alone: Rows
    treated: Rows
    treated_examples: Rows
    receptive: Rows
    score_basis: str
    settings: Mapping[str, Any]
    unmatched_returns: int
    contact_lessons: Sequence[Mapping[str, Any]]
    decision: Mapping[str, Any]


@dataclass(frozen=True)
class Fate:
    """A line of the import's account."""

    says: str
    rows: int
    examples: Rows


def render(data: ReportData) -> str:
    """The report as one HTML page."""
    environment = Environment(
        loader=PackageLoader("passend.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        money=_money, round_money=_round_money, count=_count, day=_day, share=_share, nice=_nice
    )
    complements = [row for row in data.top_relations if row["type"] == "complement"]
    followers = [row for row in data.top_relations if row["type"] == "next"]
    return environment.get_template("report.html.j2").render(
        data=data,
        complements=complements[:25],
        followers=followers[:15],
        picture=_picture(complements, followers),
        highest=max((row["high"] for row in [*complements[:25], *followers[:15]]), default=1.0),
        fates=_fates(data),
        bars=_bars(data.months),
        examples=_by_customer(data.offer_examples),
        advice=_advice(data),
    )


def _picture(complements: Rows, followers: Rows) -> Picture:
    return draw([dict(row) for row in (complements or followers)])


def _fates(data: ReportData) -> list[Fate]:
    fates = []
    for row in sorted(data.account, key=lambda item: (-item["rows"], item["reason"])):
        if row["reason"]:
            examples = [item for item in data.quarantine_examples if item["reason"] == row["reason"]]
            fates.append(Fate(row["reason"], row["rows"], examples))
    return fates


@dataclass(frozen=True)
class Bar:
    """A month in the picture of orders."""

    x: float
    y: float
    height: float
    label: str
    orders: int


def _bars(months: Rows, width: float = 1000, height: float = 120) -> list[Bar]:
    if not months:
        return []
    top = max(row["orders"] for row in months)
    step = width / len(months)
    return [
        Bar(
            round(place * step, 1),
            round(height - row["orders"] / top * height, 1),
            round(row["orders"] / top * height, 1),
            f"{row['month']:%b %Y}",
            row["orders"],
        )
        for place, row in enumerate(sorted(months, key=lambda row: row["month"]))
    ]


def _by_customer(rows: Rows) -> list[tuple[str, list[Mapping[str, Any]]]]:
    customers: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: (row["place"], row["rank"])):
        customers.setdefault(row["customer_id"], []).append(row)
    return list(customers.items())


def _advice(data: ReportData) -> list[Advice]:
    return advise(data.totals, data.unmatched_returns, data.contact_lessons)


def _money(minor: float | None, currency: str | None) -> str:
    return say_money(minor, currency)


def _round_money(minor: float | None, currency: str | None) -> str:
    """A large amount without its cents."""
    if minor is None:
        return ""
    return f"{minor / minor_units(currency):,.0f} {currency or ''}".strip()


def _count(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _day(value: datetime | None) -> str:
    return "" if value is None else f"{value:%d %b %Y}"


def _share(value: float) -> str:
    return f"{value:.0%}" if value >= 0.1 or value == 0 else f"{value:.1%}"


def _nice(name: str) -> str:
    """Names in capitals are hard to read; only the first letter stays large."""
    return name.capitalize() if name.isupper() else name
