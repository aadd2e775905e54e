"""A small shop for tests: an order file in a moment, without a market behind it. The demo's shop is in ``demo``.

Customers buy a bicycle, then what it needs (helmet, lock, lights), later what wears out. A few send most of it
back. The file holds what real files hold: cancellations, postage, guests, gifts, a repeated line.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

HEADER = (
    "Order No",
    "Article",
    "Description",
    "Category",
    "Quantity",
    "Order Date",
    "Unit Price EUR",
    "Customer No",
)


@dataclass(frozen=True)
class Article:
    """Something the shop sells.

    Attributes:
        popularity: how often it is bought for its own sake.
        with_it: what is bought in the same order, with the chance of it.
        after_it: what is bought later: article, chance, mean days until then.
    """

    number: str
    name: str
    category: str
    price: float
    popularity: float
    with_it: tuple[tuple[str, float], ...] = ()
    after_it: tuple[tuple[str, float, float], ...] = ()


def _articles() -> dict[str, Article]:
    bicycle = (("2001", 0.45), ("2101", 0.4), ("2201", 0.3), ("2401", 0.15))
    later = (("3001", 0.3, 45.0), ("3101", 0.25, 80.0), ("5001", 0.2, 150.0), ("2301", 0.2, 20.0))
    electric = (("2002", 0.45), ("2102", 0.5), ("2402", 0.2))
    child = (("2003", 0.6), ("2501", 0.3), ("2502", 0.35))
    rows = [
        Article("1001", "City bicycle Linden", "Bicycles > City", 549, 1.0, bicycle, later),
        Article("1002", "City bicycle Ahorn", "Bicycles > City", 699, 0.7, bicycle, later),
        Article("1003", "Trekking bicycle Fjord", "Bicycles > Trekking", 899, 0.8, bicycle, later),
        Article(
            "1004",
            "Gravel bicycle Kies",
            "Bicycles > Gravel",
            1499,
            0.5,
            (("2004", 0.4), ("2601", 0.4)),
            later,
        ),
        Article(
            "1005",
            "E-bike Strom",
            "Bicycles > Electric",
            2499,
            0.6,
            electric,
            (("5002", 0.4, 200.0), *later[:2]),
        ),
        Article(
            "1006", "E-bike Strom Plus", "Bicycles > Electric", 3199, 0.3, electric, (("5002", 0.5, 200.0),)
        ),
        Article(
            "1007",
            "Children's bicycle Spatz",
            "Bicycles > Children",
            279,
            0.7,
            child,
            (("1008", 0.3, 500.0),),
        ),
        Article("1008", "Children's bicycle Star", "Bicycles > Children", 349, 0.4, child),
        Article("2001", "Helmet Urban", "Safety > Helmets", 59.95, 0.8),
        Article("2002", "Helmet Urban with visor", "Safety > Helmets", 119.95, 0.3),
        Article("2003", "Helmet Kids", "Safety > Helmets", 39.95, 0.5),
        Article("2004", "Helmet Gravel Air", "Safety > Helmets", 99.95, 0.3),
        Article("2101", "Folding lock", "Safety > Locks", 79.95, 0.9),
        Article("2102", "Chain lock XL", "Safety > Locks", 109.95, 0.4),
        Article("2201", "Light set LED", "Safety > Lights", 44.95, 0.9, (("3501", 0.4),)),
        Article("2301", "Pannier bag", "Bags", 69.95, 0.8, (("2302", 0.25),)),
        Article("2302", "Rain cover for pannier", "Bags", 14.95, 0.2),
        Article("2401", "Bicycle computer", "Electronics", 49.95, 0.5, (("3501", 0.3),)),
        Article("2402", "Phone mount", "Electronics", 29.95, 0.5),
        Article("2501", "Training handle", "Children", 24.95, 0.1),
        Article("2502", "Bicycle bell Ladybird", "Children", 9.95, 0.2),
        Article("2601", "Tubeless kit", "Parts > Tyres", 59.95, 0.2, (("2602", 0.7),)),
        Article("2602", "Sealant 500 ml", "Parts > Tyres", 19.95, 0.3),
        Article(
            "3001",
            "Inner tube 28 inch",
            "Parts > Tyres",
            7.95,
            2.0,
            (("3002", 0.35), ("3003", 0.2)),
            (("3101", 0.2, 90.0),),
        ),
        Article("3002", "Tyre levers", "Tools", 4.95, 0.4),
        Article("3003", "Patch kit", "Tools", 5.95, 0.5),
        Article("3101", "Tyre 28 inch puncture proof", "Parts > Tyres", 34.95, 1.2, (("3001", 0.5),)),
        Article("3201", "Chain 9-speed", "Parts > Drivetrain", 24.95, 0.9, (("3202", 0.35), ("3301", 0.3))),
        Article("3202", "Cassette 9-speed", "Parts > Drivetrain", 39.95, 0.5),
        Article("3301", "Chain oil", "Care", 9.95, 1.4, (("3302", 0.3),)),
        Article("3302", "Cleaning brush set", "Care", 16.95, 0.5),
        Article("3401", "Floor pump", "Tools", 39.95, 0.7),
        Article("3402", "Mini pump", "Tools", 24.95, 0.6),
        Article("3501", "Battery pack AAA", "Electronics", 6.95, 0.7),
        Article("4001", "Rain jacket", "Clothing", 89.95, 0.6, (("4002", 0.4),)),
        Article("4002", "Rain trousers", "Clothing", 69.95, 0.3),
        Article("4101", "Gloves summer", "Clothing", 29.95, 0.5),
        Article("4102", "Gloves winter", "Clothing", 44.95, 0.5, (("4103", 0.3),)),
        Article("4103", "Cap under helmet", "Clothing", 19.95, 0.3),
        Article("5001", "Inspection", "Workshop", 69.00, 0.5, (("3201", 0.2),), (("5001", 0.4, 365.0),)),
        Article("5002", "E-bike inspection", "Workshop", 99.00, 0.2),
    ]
    return {article.number: article for article in rows}


class _Shop:
    """Eighteen months of the shop, order by order."""

    def __init__(self, customers: int, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._articles = _articles()
        self._numbers = list(self._articles)
        popularity = np.array([article.popularity for article in self._articles.values()])
        self._popularity = popularity / popularity.sum()
        self._customers = customers
        self._start = datetime(2025, 1, 2, 9)
        self._days = 545

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The lines of the file in the order of time."""
        orders = sorted(
            (visit for customer in range(self._customers) for visit in self._visits(customer)),
            key=lambda visit: visit[0],
        )
        for number, (when, customer, chosen, returns) in enumerate(orders, start=1):
            yield from self._order(number, when, customer, chosen)
            if returns:
                yield self._line(f"C{10000 + number}", chosen[0], -1, when + timedelta(days=9), customer)

    def _visits(self, customer: int) -> list[tuple[datetime, str, list[str], bool]]:
        is_guest = self._random.random() < 0.08
        sends_back = 0.85 if self._random.random() < 0.015 else 0.02
        number = "" if is_guest else f"K{1000 + customer}"
        count = 1 if is_guest else 1 + self._random.poisson(9 if sends_back > 0.5 else 2.2)
        visits = []
        wishes: list[tuple[float, str]] = [
            (self._random.uniform(0, self._days), self._any()) for _ in range(count)
        ]
        while wishes:
            day, article = wishes.pop()
            if day >= self._days:
                continue
            chosen = self._basket(article)
            when = self._start + timedelta(days=int(day), minutes=int(self._random.integers(0, 600)))
            visits.append((when, number, chosen, bool(self._random.random() < sends_back)))
            for number_later, chance, wait in self._articles[article].after_it:
                if not is_guest and self._random.random() < chance:
                    wishes.append((day + 1 + self._random.gamma(3, wait / 3), number_later))
        return visits

    def _any(self) -> str:
        return self._numbers[int(self._random.choice(len(self._numbers), p=self._popularity))]

    def _basket(self, article: str) -> list[str]:
        chosen = [article]
        for other, chance in self._articles[article].with_it:
            if self._random.random() < chance:
                chosen.append(other)
        while self._random.random() < 0.3:
            chosen.append(self._any())
        return list(dict.fromkeys(chosen))

    def _order(
        self, number: int, when: datetime, customer: str, chosen: list[str]
    ) -> Iterator[tuple[str, ...]]:
        order = str(10000 + number)
        for article in chosen:
            many = article in {"3001", "3501"} and self._random.random() < 0.4
            line = self._line(order, article, 2 if many else 1, when, customer)
            yield line
            if self._random.random() < 0.001:
                yield line  # exported twice, as happens
        if sum(self._articles[article].price for article in chosen) < 50 and self._random.random() < 0.6:
            yield (order, "POST", "Postage", "", "1", f"{when:%Y-%m-%d %H:%M}", "4.95", customer)
        elif self._random.random() < 0.03:
            yield (
                order,
                "9001",
                "Water bottle (gift)",
                "Gifts",
                "1",
                f"{when:%Y-%m-%d %H:%M}",
                "0.00",
                customer,
            )

    def _line(
        self, order: str, article: str, quantity: int, when: datetime, customer: str
    ) -> tuple[str, ...]:
        item = self._articles[article]
        return (
            order,
            item.number,
            item.name,
            item.category,
            str(quantity),
            f"{when:%Y-%m-%d %H:%M}",
            f"{item.price:.2f}",
            customer,
        )


def write_sample(file: Path, customers: int = 3000, seed: int = 1) -> int:
    """Write the shop's orders as CSV; the same seed gives the same file. Returns the number of lines."""
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = list(_Shop(customers, seed).rows())
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text)
        writer.writerow(HEADER)
        writer.writerows(rows)
    return len(rows)
