"""What happened since the shelf was laid out: seen at the next look, read once, and never missed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from passend.flow.serving.moment import Watch
from passend.flow.serving.shelf import Shelf, open_shelf
from passend.store import Store, open_store
from passend.store.batches import insert_rows
from passend.store.doors import ReceivedRow
from passend.store.goods import GoodRow
from tests.flow.serving.shop import PRODUCTS, open_shop

NOW = datetime(2026, 11, 1, 12)
SECOND = timedelta(seconds=1)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Store, Shelf]]:
    """A store in which nothing happened yet, and the shelf."""
    open_shop(tmp_path)
    with open_store(tmp_path) as store:
        yield store, open_shelf(tmp_path)


def changed(store: Store, at: datetime, **prices: int) -> None:
    """Products have these prices since a moment."""
    rows = [
        {"product_id": one, "name": one, "price_cents": price, "currency": "EUR", "stock": None, "is_sold": True,
         "changed_at": at}
        for one, price in prices.items()
    ]  # fmt: skip
    with store.change() as connection:
        connection.execute(GoodRow.__table__.delete().where(GoodRow.product_id.in_(prices)))
        insert_rows(connection, GoodRow, rows)


def read(store: Store, watch: Watch, shelf: Shelf, now: datetime) -> int:
    """How many products a look reads."""
    with store.read() as connection:
        rows = len(watch._changed(connection, now)[0])
    watch.look(shelf, now)
    return rows


def test_what_changed_together_is_read_at_once_and_when_it_settled_and_not_each_second(
    shop: tuple[Store, Shelf],
) -> None:
    store, shelf = shop
    watch = Watch(store)
    changed(store, NOW, **dict.fromkeys(PRODUCTS, 700))
    found = [read(store, watch, shelf, NOW + n * SECOND) for n in range(60)]
    assert found[0] == len(PRODUCTS)
    assert sum(found) == 2 * len(PRODUCTS)


def test_a_change_under_a_time_that_was_seen_is_found(shop: tuple[Store, Shelf]) -> None:
    store, shelf = shop
    watch = Watch(store)
    changed(store, NOW, lamp=700)
    assert watch.look(shelf, NOW).prices == {shelf.code["lamp"]: 700}
    changed(store, NOW, helmet=300)  # another one of the same millisecond
    assert shelf.code["helmet"] in watch.look(shelf, NOW + SECOND).prices
    changed(store, NOW, lamp=800)  # the same once more
    changed(store, NOW - SECOND, lock=100)  # and one that was committed late
    prices = [watch.look(shelf, NOW + n * SECOND).prices for n in range(2, 25)][-1]
    assert prices == {shelf.code["lamp"]: 800, shelf.code["helmet"]: 300, shelf.code["lock"]: 100}


def test_changes_that_never_end_hide_nothing(shop: tuple[Store, Shelf]) -> None:
    store, shelf = shop
    watch = Watch(store)
    for n in range(40):
        changed(store, NOW + n * SECOND, lamp=700 + n)
        if n == 20:
            changed(store, NOW + (n - 3) * SECOND, helmet=300)
        moment = watch.look(shelf, NOW + n * SECOND)
        assert moment.prices[shelf.code["lamp"]] == 700 + n
    assert moment.prices[shelf.code["helmet"]] == 300


def test_purchases_are_read_once_whatever_else_is_told(shop: tuple[Store, Shelf]) -> None:
    store, shelf = shop
    watch = Watch(store)
    watch.look(shelf, NOW)

    def told(kind: str, number: int) -> None:
        row = {
            "key": f"{kind}{number}",
            "kind": kind,
            "customer_id": "a",
            "product_id": "lamp",
            "body": "",
            "received_at": NOW,
        }
        with store.change() as connection:
            insert_rows(connection, ReceivedRow, [row])

    told("order", 1)
    assert watch.look(shelf, NOW).bought == {"a": frozenset({shelf.code["lamp"]})}
    for n in range(5):
        told("view", n)
    watch.look(shelf, NOW)
    asked: list[object] = []
    with store.read() as connection:
        engine = connection.engine
    event.listen(engine, "before_cursor_execute", lambda *one: asked.append(one[3]))
    watch.look(shelf, NOW)
    assert any(6 in tuple(one) for one in asked), "it goes on after the last number, not after the last order"


def test_what_is_known_stays_when_a_new_shelf_comes(shop: tuple[Store, Shelf]) -> None:
    store, shelf = shop
    watch = Watch(store)
    changed(store, NOW - 60 * SECOND, lamp=700)
    watch.look(shelf, NOW)
    turned = {one: code for code, one in enumerate(reversed(PRODUCTS))}
    moment = watch.look(replace(shelf, code=turned), NOW + SECOND)
    assert moment.prices == {turned["lamp"]: 700}
    assert read(store, watch, shelf, NOW + 2 * SECOND) == 0


def test_a_look_that_fails_halfway_forgets_nothing(
    shop: tuple[Store, Shelf], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, shelf = shop
    watch = Watch(store)
    changed(store, NOW - 60 * SECOND, lamp=700)
    monkeypatch.setattr("passend.flow.serving.moment.ConsentRow", None)
    with pytest.raises(AttributeError):
        watch.look(shelf, NOW)
    monkeypatch.undo()
    assert watch.look(shelf, NOW).prices == {shelf.code["lamp"]: 700}
