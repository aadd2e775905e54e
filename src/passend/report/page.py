"""Fills the report's template in the language that is spoken. Values are escaped; there is no script in the page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from passend import language
from passend.report.missing import Advice, advise
from passend.report.network import Picture, draw

#: A product's name in capitals within a sentence: two words or more.
_SHOUTED = re.compile(r"\b[A-Z][A-Z'&./-]{2,}(?:[ ,]+(?:[A-Z'&./-]{2,}|[0-9]+(?=[ ,]+[A-Z]{2}))){1,}\b")
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
    likely: Rows
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
    onsite_offers: int
    days_old: int = 0


@dataclass(frozen=True)
class Fate:
    """A line of the import's account."""

    says: str
    rows: int
    examples: Rows


def templates(package: str = "passend.report") -> Environment:
    """The templates of pages for people: what comes from files is escaped, words are those of the language.

    Args:
        package: that holds them.
    """
    environment = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_=say)
    environment.filters.update(
        count=language.count, share=language.share, word=language.word, decimal=language.decimal, money=language.money,
        limited=language.limited,
        round_money=_round_money, told=told, nice=nice, upper_first=upper_first, bold=Markup("<b>{}</b>").format,
        code=Markup("<code>{}</code>").format, beside=beside,
    )  # fmt: skip
    return environment


def render(data: ReportData) -> str:
    """The report as one HTML page."""
    complements = [row for row in data.top_relations if row["type"] == "complement"]
    followers = [row for row in data.top_relations if row["type"] == "next"]
    return (
        templates()
        .get_template("report.html.j2")
        .render(
            data=data,
            language=language.chosen(),
            complements=complements[:25],
            followers=followers[:15],
            picture=_picture(complements, followers),
            highest=max((row["high"] for row in [*complements[:25], *followers[:15]]), default=1.0),
            fates=_fates(data),
            bars=_bars(data.months),
            examples=_by_customer(data.offer_examples),
            advice=_advice(data),
        )
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
            language.month(row["month"]),
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


def say(message: str, plural: str = "", /, **parameters: Any) -> Markup:
    """A message for the page; what is marked up among its parameters stays so."""
    safe = {name: escape(value) if isinstance(value, str) else value for name, value in parameters.items()}
    return Markup(language.phrase(message, plural, **safe))  # noqa: S704 - messages are ours, values are escaped


def _round_money(minor: float | None, currency: str | None) -> str:
    """A large amount without its cents."""
    return language.money(minor, currency, is_round=True)


def upper_first(sentence: str) -> str:
    """A sentence with a capital."""
    return sentence[:1].upper() + sentence[1:]


def told(sentence: str) -> str:
    """A stored sentence, with the names of products that shout in it made quiet."""
    return _SHOUTED.sub(lambda name: nice(name[0]), language.retold(sentence))


def beside(number: str, name: str | None) -> str:
    """A product's number in small letters after its name; nothing where the name is all there is."""
    return "" if number == name else Markup(" <small>{}</small>").format(number)


def nice(name: str) -> str:
    """Names in capitals are hard to read; only the first letter stays large."""
    return name.capitalize() if name.isupper() else name
