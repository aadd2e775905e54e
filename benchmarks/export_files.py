"""Exports as systems write them: a short YAML file for each, and the ways in which exports of one system differ."""

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from benchmarks.export_orders import WARES, Line, Order, Wish, half_up

FOLDER = Path(__file__).with_name("exports")
_STATES = ("paid", "refunded", "partial", "cancelled", "failed", "pending")


@dataclass(frozen=True)
class Column:
    """A column: its header, the German one, a template of what stands in it, and on which rows.

    Attributes:
        of_order: it speaks of the order.
        once: it always stands on an order's first row only.
        optional: exports without it are as usual.
    """

    header: str
    german: str
    template: str
    of_order: bool
    once: bool
    optional: bool


@dataclass(frozen=True)
class System:
    """How a system writes its export.

    Attributes:
        states: column of states -> its words for what became of an order; what it has no word for it cannot say.
        tax: ``in`` the prices, on ``top`` of them, or none.
        returns: ``rows`` where what comes back is a row of negative pieces.
        single: an order is of one thing.
    """

    name: str
    columns: tuple[Column, ...]
    states: Mapping[str, Mapping[str, str]]
    delimiter: str
    tax: str
    returns: str
    single: bool

    def says(self, value: str, *, lean: bool = False) -> bool:
        """Whether a value stands anywhere in it."""
        return any(
            "{" + value in column.template for column in self.columns if not (lean and column.optional)
        )


@dataclass(frozen=True)
class Variant:
    """How an export differs from the plainest of its system."""

    name: str
    delimiter: str = ""
    comma: bool = False
    thousands: bool = False
    signs: bool = False
    german: bool = False
    shuffled: bool = False
    lean: bool = False
    follow_on: bool = False
    refunds: bool = False
    cancelled: bool = False
    order_discounts: bool = False
    line_discounts: bool = False
    currencies: tuple[str, ...] = ("EUR",)
    encoding: str = "utf-8"
    framed: bool = False

    def wish(self, system: System) -> Wish:
        """The orders that this export is to hold, as far as its system can tell of them."""
        known = {
            state
            for words in system.states.values()
            for state, word in words.items()
            if word not in {"", words["paid"]} or state == "partial"
        }
        states = {"refunded", "partial"} if self.refunds else set()
        states |= {"cancelled", "failed", "pending"} if self.cancelled else set()
        return Wish(
            self.currencies if system.says("currency", lean=self.lean) else ("EUR",),
            frozenset(states & known),
            self.refunds and (system.says("came_back", lean=self.lean) or system.returns == "rows"),
            self.refunds and system.says("refunded", lean=self.lean),
            self.order_discounts and system.says("order_off", lean=self.lean),
            self.line_discounts and any(system.says(name) for name in ("off", "minus_off", "percent", "net")),
            self.thousands,
            system.single,
        )


@lru_cache(maxsize=1)
def systems() -> tuple[System, ...]:
    """All systems, by name."""
    return tuple(_system(path) for path in sorted(FOLDER.glob("*.yaml")))


def _system(path: Path) -> System:
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    return System(
        path.stem,
        tuple(_column(*each) for each in said["columns"]),
        {name: dict(zip(_STATES, words, strict=False)) for name, words in said.get("states", {}).items()},
        said.get("delimiter", ","),
        said.get("tax", "in"),
        said.get("returns", ""),
        said.get("single", False),
    )


def _column(headers: str, template: str, flags: str = "") -> Column:
    header, _, german = (part.strip() for part in headers.partition(" | "))
    return Column(
        header,
        german,
        template,
        bool({"order", "once"} & set(flags.split())),
        "once" in flags,
        "optional" in flags,
    )


def write(path: Path, made: Sequence[Order], system: System, variant: Variant, seed: int) -> None:
    """The export as a file."""
    columns = [column for column in system.columns if not (variant.lean and column.optional)]
    if variant.shuffled:
        random.Random(seed).shuffle(columns)
    head = [column.german or column.header if variant.german else column.header for column in columns]
    with path.open("w", newline="", encoding=variant.encoding, errors="replace") as file:
        out = csv.writer(file, delimiter=variant.delimiter or system.delimiter)
        if variant.framed:
            out.writerow([f"Export of {datetime(2026, 4, 1):%d.%m.%Y}"])
            out.writerow([])
        out.writerow(head)
        for order in made:
            for place, values in enumerate(_rows(order, system, variant)):
                out.writerow(
                    [
                        ""
                        if place and (column.once or (column.of_order and variant.follow_on))
                        else column.template.format_map(values)
                        for column in columns
                    ]
                )


def _rows(order: Order, system: System, variant: Variant) -> Iterator[Mapping[str, Any]]:
    shared = _of_order(order, system, variant)
    for place, line in enumerate(order.lines):
        yield {**shared, **_of_line(order, place, line, variant, system)}
    if system.returns == "rows" and variant.refunds:
        for place, line in enumerate(order.lines):
            if line.back:
                kept = half_up(line.net * line.back, line.pieces)
                back = Line(line.ware, -line.back, line.price, kept - line.price * line.back)
                yield {
                    **shared,
                    **_of_line(order, place + 5, back, variant, system),
                    "at": order.at + timedelta(days=6),
                    "event": "Refund",
                }


def _of_order(order: Order, system: System, variant: Variant) -> dict[str, Any]:
    signed = variant.signs and not system.says("currency} {")
    tax = _tax(order.subtotal, system.tax)
    total = order.subtotal + order.shipping + (tax if system.tax == "top" else 0)
    states = {name: words.get(order.state) or words["paid"] for name, words in system.states.items()}
    money = {
        "order_off": order.off,
        "minus_order_off": -order.off,
        "goods": order.goods,
        "subtotal": order.subtotal,
        "shipping": order.shipping,
        "order_tax": tax,
        "total": total,
        "refunded": order.refund,
        "zero": 0,
    }
    return {
        "order": order.number,
        "buyer": order.buyer,
        "at": order.at,
        "currency": order.currency,
        "code": "WELCOME10" if order.off else "",
        "cancelled_at": f"{order.at + timedelta(hours=3):%Y-%m-%d %H:%M:%S +0100}"
        if order.state == "cancelled"
        else "",
        "event": "Payment",
        **states,
        **{name: _money(cents, variant, order.currency, signed=signed) for name, cents in money.items()},
    }


def _of_line(order: Order, place: int, line: Line, variant: Variant, system: System) -> dict[str, Any]:
    signed = variant.signs and not system.says("currency} {")
    sku, item, category, _ = WARES[line.ware]
    share = round(100 * line.discount / line.gross)
    money = {
        "price": line.price,
        "gross": line.gross,
        "off": line.discount,
        "minus_off": -line.discount,
        "net": line.net,
        "tax": _tax(line.net, system.tax),
    }
    return {
        "line": order.number * 10 + place,
        "place": place + 1,
        "sku": sku,
        "item": item,
        "ean": f"40{line.ware:02d}123{line.ware:02d}4567",
        "category": category,
        "pieces": line.pieces,
        "came_back": line.back,
        "percent": share,
        **{name: _money(cents, variant, order.currency, signed=signed) for name, cents in money.items()},
    }


def _tax(cents: int, kind: str) -> int:
    return {"in": round(cents * 19 / 119), "top": round(cents * 19 / 100)}.get(kind, 0)


def _money(cents: int, variant: Variant, currency: str, *, signed: bool) -> str:
    text = f"{cents / 100:,.2f}" if variant.thousands else f"{cents / 100:.2f}"
    if variant.comma:
        text = text.translate(str.maketrans(",.", ".,"))
    if signed:
        return f"{text} €" if variant.comma else f"{'€' if currency == 'EUR' else '$'}{text}"
    return text
