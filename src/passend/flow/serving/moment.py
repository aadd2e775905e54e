"""What happened since the shelf was laid out: stock, prices, purchases and refusals; each look reads what is new."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from passend.flow.serving.answering import Moment
from passend.flow.serving.shelf import Shelf
from passend.store import Store
from passend.store.consents import ConsentRow
from passend.store.doors import ReceivedRow
from passend.store.goods import GoodRow

#: Purchases told by the shop count as owned so long; by then the orders themselves were imported.
OWNED_DAYS = 30
_CHANNELS = ("onsite", "any")
#: A product that changed longer ago changes no more under the same time, and whoever wrote it has finished.
_SETTLED = timedelta(seconds=10)


class Watch:
    """Looks at the store now and then; each look costs what is new since the last one.

    Args:
        store: of the workspace.
        shelf: whose codes the products get.
    """

    def __init__(self, store: Store, shelf: Shelf) -> None:
        self._store = store
        self._shelf = shelf
        self._settled = datetime(1970, 1, 1)
        self._seen: tuple[int, datetime | None] = (0, None)
        self._received = 0
        self._words = 0
        self._unsold: set[int] = set()
        self._sold: set[int] = set()
        self._prices: dict[int, int] = {}
        self._bought: dict[str, frozenset[int]] = {}
        self._refusing: dict[str, bool] = {}
        self._moment = Moment()

    def look(self, now: datetime) -> Moment:
        """The moment as it is now."""
        with self._store.read() as connection:
            goods = self._changed(connection, now)
            last = connection.execute(select(func.max(ReceivedRow.id))).scalar() or 0
            bought = connection.execute(
                select(ReceivedRow.customer_id, ReceivedRow.product_id).where(
                    ReceivedRow.id > self._received,
                    ReceivedRow.id <= last,
                    ReceivedRow.kind == "order",
                    ReceivedRow.received_at > now - timedelta(days=OWNED_DAYS),
                )
            ).all()
            words = connection.execute(
                select(ConsentRow.id, ConsentRow.customer_id, ConsentRow.is_given)
                .where(ConsentRow.id > self._words, ConsentRow.channel.in_(_CHANNELS), ConsentRow.topic == "")
                .order_by(ConsentRow.said_at, ConsentRow.is_given.desc())
            ).all()
        self._received = last
        if not goods and not bought and not words:
            return self._moment
        for good in goods:
            self._take(good)
        for customer, product in bought:
            code = self._shelf.code.get(product or "")
            if customer and code is not None:
                self._bought[customer] = self._bought.get(customer, frozenset()) | {code}
        for number, customer, is_given in words:
            self._words = max(self._words, number)
            if customer:
                self._refusing[customer] = not is_given
        self._moment = Moment(
            frozenset(self._unsold), frozenset(self._sold), dict(self._prices), dict(self._bought),
            dict(self._refusing),
        )  # fmt: skip
        return self._moment

    def _changed(self, connection: Connection, now: datetime) -> list[Any]:
        """Products that changed: at once, and once more when their time has settled.

        Thousands may change in the same millisecond, so those of the last one are not read again each second; and
        somebody may still write under a time that was seen already, so nothing is believed for good before it settled.
        """
        row, calm = GoodRow, now - _SETTLED
        rows: list[Any] = []
        what = select(row.product_id, row.price_cents, row.stock, row.is_sold)
        if calm - self._settled >= _SETTLED:
            rows += connection.execute(
                what.where(row.changed_at > self._settled, row.changed_at <= calm)
            ).all()
            self._settled = calm
        fresh = select(func.count(), func.max(row.changed_at)).where(row.changed_at > self._settled)
        count, latest = connection.execute(fresh).one()
        seen = (count, latest)
        if seen != self._seen and seen[0]:
            since = max(self._seen[1] or self._settled, self._settled)
            rows += connection.execute(what.where(row.changed_at >= since)).all()
        self._seen = seen
        return rows

    def _take(self, good: Any) -> None:
        code = self._shelf.code.get(good.product_id)
        if code is None:
            return
        is_sold = good.is_sold and good.stock != 0
        (self._sold if is_sold and good.stock is not None else self._unsold if not is_sold else set()).add(
            code
        )
        (self._unsold if is_sold else self._sold).discard(code)
        if good.price_cents is not None:
            self._prices[code] = good.price_cents
