"""Invented orders with what is right of them, for the exports of `benchmarks.intake_layouts`; money in hundredths."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

_START = datetime(2026, 1, 5, 9, 30)
#: What the invented shop sells: number, name, category, price.
WARES = (
    ("MUG-1", "Stoneware mug", "Kitchen", 1250), ("PLT-2", "Dinner plate", "Kitchen", 1990),
    ("BWL-3", "Salad bowl, large", "Kitchen", 3400), ("KNF-4", "Bread knife", "Kitchen", 2795),
    ("TWL-5", "Linen towel", "Bath", 899), ("CDL-6", "Beeswax candle", "Living", 1575),
    ("TRY-7", "Oak tray", "Living", 4500), ("JUG-8", "Water jug 1.5 l", "Kitchen", 2310),
    ("SPN-9", 'Olive "wood" spoon', "Kitchen", 640), ("SFA-10", "Sofa, grey", "Living", 129900),
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of an order; ``back`` pieces came back later."""

    ware: int
    pieces: int
    price: int
    discount: int = 0
    back: int = 0

    @property
    def gross(self) -> int:
        """Before the line's discount."""
        return self.pieces * self.price

    @property
    def net(self) -> int:
        """After it."""
        return self.gross - self.discount


@dataclass(frozen=True)
class Order:
    """An order; ``off`` is a discount of the whole order, ``refund`` money given back without saying for what."""

    number: int
    buyer: int
    at: datetime
    lines: tuple[Line, ...]
    currency: str = "EUR"
    off: int = 0
    state: str = "paid"
    refund: int = 0

    @property
    def goods(self) -> int:
        """The lines after their own discounts."""
        return sum(line.net for line in self.lines)

    @property
    def subtotal(self) -> int:
        """The goods after every discount."""
        return self.goods - self.off

    @property
    def shipping(self) -> int:
        """Postage; free from 50.00 on."""
        return 0 if self.subtotal >= 5000 else 490

    @property
    def was_sold(self) -> bool:
        """Neither cancelled nor never paid."""
        return self.state in {"paid", "refunded", "partial"}


@dataclass(frozen=True)
class Wish:
    """What kinds of orders an export is to hold.

    Attributes:
        states: words of states that it can say: refunded, partial, cancelled, failed, pending.
        returned_pieces: it says on the line how many pieces came back.
        refunds: it says on the order how much money was given back.
        single: each order is of one thing.
    """

    currencies: tuple[str, ...] = ("EUR",)
    states: frozenset[str] = frozenset()
    returned_pieces: bool = False
    refunds: bool = False
    order_discounts: bool = False
    line_discounts: bool = False
    big_sums: bool = False
    single: bool = False
    orders: int = 80


def invented(wish: Wish, seed: int) -> list[Order]:
    """Orders of a small shop."""
    chance = random.Random(seed)
    return [_order(number, wish, chance) for number in range(wish.orders)]


def _order(number: int, wish: Wish, chance: random.Random) -> Order:
    wares = chance.sample(
        range(len(WARES) - (not wish.big_sums)), 1 if wish.single else chance.choice((1, 1, 2, 2, 3))
    )
    lines = [_line(ware, wish, chance) for ware in wares]
    state = "paid"
    if number % 9 in {4, 8}:
        ways = ("refunded", "cancelled", "partial", "failed", "refunded", "pending")
        wanted = ways[number // 4 % len(ways)]
        recent = wanted == "pending" and number > wish.orders // 2  # may still be paid
        state = wanted if wanted in wish.states and not recent else "paid"
    goods = sum(line.net for line in lines)
    off = goods // 10 if wish.order_discounts and number % 5 == 2 else 0
    at = _START + timedelta(hours=17 * number, minutes=chance.randrange(60))
    currency = wish.currencies[number % len(wish.currencies)]
    order = Order(1001 + number, number * 7 % 23 + 1, at, tuple(lines), currency, off, state)
    return _come_back(order, wish, number)


def _line(ware: int, wish: Wish, chance: random.Random) -> Line:
    pieces, price = chance.choice((1, 1, 1, 2, 3)), WARES[ware][3]
    if not wish.line_discounts or chance.random() > 0.3:
        return Line(ware, pieces, price)
    return Line(ware, pieces, price, half_up(pieces * price * chance.choice((10, 20, 25, 50)), 100))


def _come_back(order: Order, wish: Wish, number: int) -> Order:
    if order.state == "refunded":
        lines = tuple(replace(line, back=line.pieces if wish.returned_pieces else 0) for line in order.lines)
        return replace(order, lines=lines, refund=order.subtotal if wish.refunds else 0)
    if order.state == "partial" or (order.state == "paid" and number % 7 == 3 and not wish.states):
        first, *others = order.lines
        if wish.returned_pieces:
            return replace(order, lines=(replace(first, back=1), *others))
        if wish.refunds:
            return replace(order, refund=min(500, order.subtotal))
    return replace(order, state="paid") if order.state == "partial" else order


@dataclass(frozen=True)
class Truth:
    """What is right of an export: every line with its order, pieces, amount and currency, buyers, what came back."""

    lines: Counter[tuple[int, float, str]]
    orders: int
    customers: int
    products: int
    returned: int

    @property
    def money(self) -> dict[str, int]:
        """The sum of the lines of each currency."""
        sums: dict[str, int] = {}
        for (cents, _, code), times in self.lines.items():
            sums[code] = sums.get(code, 0) + cents * times
        return sums


def truth(made: Sequence[Order], *, buyers: bool, currencies: bool, pieces: bool, money: bool) -> Truth:
    """What is right of these orders, in an export that names buyers, currencies, pieces and money, or does not."""
    sold = [order for order in made if order.was_sold]
    lines: Counter[tuple[int, float, str]] = Counter()
    for order in sold:
        for line, cents in zip(order.lines, spread(order), strict=True):
            count = line.pieces if pieces else 1
            lines[cents if money else 0, float(count), order.currency if currencies else ""] += 1
    return Truth(
        lines,
        len(sold),
        len({order.buyer for order in sold}) if buyers else 0,
        len({line.ware for order in sold for line in order.lines}),
        sum(_returned(order) for order in sold),
    )


def spread(order: Order) -> Iterator[int]:
    """What each line costs after its part of the order's discount, in whole cents that add up.

    The parts follow the lines' amounts, summed up in the order of the products' numbers.
    """
    parts: dict[int, int] = {}
    so_far = 0
    for place in sorted(range(len(order.lines)), key=lambda at: WARES[order.lines[at].ware][0]):
        before, so_far = so_far, so_far + order.lines[place].net
        parts[place] = half_up(order.off * so_far, order.goods) - half_up(order.off * before, order.goods)
    return (line.net - parts[place] for place, line in enumerate(order.lines))


def half_up(above: int, below: int) -> int:
    """A share of cents, rounded as people do."""
    return (2 * above + below) // (2 * below) if below else 0


def _returned(order: Order) -> int:
    if order.state == "refunded":
        return order.subtotal
    pieces = zip(order.lines, spread(order), strict=True)
    told = sum(half_up(cents * line.back, line.pieces) for line, cents in pieces)
    return max(told, order.refund)
