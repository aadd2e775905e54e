"""Products as the shop tells them: price, stock, whether they are sold."""

from collections.abc import Iterable
from datetime import datetime

from passend.campaigns.truth import Good
from passend.flow.campaigns.news import note_goods
from passend.store import Store


def tell_goods(store: Store, goods: Iterable[Good], now: datetime) -> int:
    """Note products as they are now; returns how many are new or changed."""
    with store.change() as connection:
        return note_goods(connection, goods, now)
