"""The order file that the firm's system would export: cancellations, postage, guests, gifts, repeated lines."""

import csv
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

from passend.language import speaking, word
from passend.market import streams
from passend.market.catalogue import Catalogue
from passend.market.logs import Lines
from passend.market.scenario import Scenario

Row = tuple[str, ...]


class _Words(NamedTuple):
    """What the file says in the firm's language."""

    header: Row
    postage: Row
    gift: Row
    test: Row


def _words(scenario: Scenario) -> _Words:
    with speaking(scenario.text("market.language")):
        return _Words(
            header=(
                word("Order No"),
                word("Article"),
                word("Description"),
                word("Category"),
                word("Quantity"),
                word("Order Date"),
                f"{word('Unit Price')} {scenario.text('market.currency')}",
                word("Customer No"),
                word("Discount"),
            ),
            postage=("POST", word("Postage"), ""),
            gift=("9001", word("Water bottle (gift)"), word("Gifts")),
            test=("", word("test, please ignore"), ""),
        )


def write_order_file(
    file: Path, lines: Lines, catalogue: Catalogue, scenario: Scenario, seed: int, since: int = 0
) -> int:
    """Write the lines as CSV in the order of time, with the scenario's share of dirt. Returns the number of lines.

    Of what was sold before the minute ``since`` only what came back afterwards is written.
    """
    begins = datetime.fromisoformat(scenario.text("market.begins"))
    random = streams.generator(seed, 6)
    number = scenario.number
    order_first = np.unique(lines.order, return_index=True)[1]
    is_first = np.zeros(len(lines.order), dtype=bool)
    is_first[order_first] = True
    is_new = lines.at >= since
    is_first &= is_new
    postage = is_first & (random.random(len(is_first)) < number("dirt.postage"))
    gift = is_first & (random.random(len(is_first)) < number("dirt.gifts"))
    twice = is_new & (random.random(len(is_first)) < number("dirt.repeated"))
    broken = is_new & (random.random(len(is_first)) < number("dirt.test_rows"))
    goods, words, rows = catalogue.goods, _words(scenario), []
    for place in range(len(lines.order)):
        product, order = int(lines.product[place]), int(lines.order[place]) + 100_001
        customer = "" if lines.guest[place] else f"K{1000 + lines.customer[place]}"
        at = int(lines.at[place])

        def row(
            code: str,
            article: Row,
            quantity: int,
            when: int,
            cents: int,
            less: int = 0,
            customer: str = customer,
        ) -> tuple[int, Row]:
            moment = f"{begins + timedelta(minutes=when):%Y-%m-%d %H:%M}"
            price = f"{cents / 100:.2f}"
            return when, (code, *article, str(quantity), moment, price, customer, f"{less / 100:.2f}")

        family = int(goods.family[product])
        article = (
            str(catalogue.ids[product]),
            str(catalogue.names[product]),
            str(catalogue.categories[family]),
        )
        sale = row(str(order), article, 1, at, int(lines.price[place]), int(lines.discount[place]))
        if is_new[place]:
            rows.append(sale)
        if twice[place]:
            rows.append(sale)
        if lines.returned_at[place] >= since:
            net = int(lines.price[place] - lines.discount[place])
            rows.append(row(f"C{order}", article, -1, int(lines.returned_at[place]), net))
        if postage[place]:
            rows.append(row(str(order), words.postage, 1, at, 495))
        if gift[place]:
            rows.append(row(str(order), words.gift, 1, at, 0))
        if broken[place]:
            rows.append(row(str(order), words.test, 1, at, 1))
    rows.sort(key=lambda one: one[0])
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text)
        writer.writerow(words.header)
        writer.writerows(one for _, one in rows)
    return len(rows)
