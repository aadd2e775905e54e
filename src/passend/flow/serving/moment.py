"""What happened since the shelf was laid out: stock, prices, purchases, refusals; each look reads what is new."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from passend.flow.serving.answering import Moment
from passend.flow.serving.placed import PlacementWatch
from passend.flow.serving.shelf import Shelf
from passend.store import Store
from passend.store.consents import ConsentRow
from passend.store.doors import ReceivedRow
from passend.store.goods import GoodRow
from passend.store.live import TreatmentRow
from passend.store.rows import as_milliseconds
from passend.vocabulary import Verdict

#: Purchases told by the shop count as owned so long; by then the orders themselves were imported.
OWNED_DAYS = 30
_HOUR = 3_600_000
_CHANNELS = ("onsite", "any")
#: A product that changed longer ago changes no more under the same time, and whoever wrote it has finished.
_SETTLED = timedelta(seconds=10)


class Watch:
    """Looks at the store now and then; each look costs what is new since the last one.

    What it learned stays when a new shelf comes, under the shop's own numbers: to read it all again would hold up
    answers at the very moment of the change.

    Args:
        store: of the workspace.
        share: of visitors who get nothing at a placement, where nobody set another one.
    """

    def __init__(self, store: Store, share: float = 0.0) -> None:
        self._store = store
        self._placements = PlacementWatch(share)
        self._shelf: Shelf | None = None
        self._settled = datetime(1970, 1, 1)
        self._seen: tuple[int, datetime | None] = (0, None)
        self._received = 0
        self._words = 0
        self._goods: dict[str, tuple[int | None, bool | None]] = {}
        self._bought: dict[str, frozenset[str]] = {}
        self._refusing: dict[str, bool] = {}
        self._treated = 0
        self._alone: dict[str, bool] = {}
        self._moment = Moment()

    def look(self, shelf: Shelf, now: datetime) -> Moment:
        """The moment as it is now, in the codes of a shelf."""
        with self._store.read() as connection:
            goods, settled, seen = self._changed(connection, now)
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
            treated = connection.execute(
                select(TreatmentRow.id, TreatmentRow.customer_id, TreatmentRow.verdict)
                .where(TreatmentRow.id > self._treated)
                .order_by(TreatmentRow.id)
            ).all()
            placements = self._placements.look(connection, shelf, now)
        self._received, self._settled, self._seen = last, settled, seen  # now that all of it was read
        for product, price, stock, is_sold in goods:
            self._goods[product] = (price, _can_be_bought(stock, is_sold))
        for customer, product in bought:
            if customer and product:
                self._bought[customer] = self._bought.get(customer, frozenset()) | {product}
        for number, customer, is_given in words:
            self._words = max(self._words, number)
            if customer:
                self._refusing[customer] = not is_given
        self._hear(treated)
        if shelf is not self._shelf:
            self._shelf = shelf
            self._moment = self._coded(Moment(), self._goods, self._bought)
        elif goods or bought or words or treated:
            changed, buyers = [one.product_id for one in goods], [one.customer_id for one in bought]
            self._moment = self._coded(self._moment, changed, buyers)
        hour = as_milliseconds(now) // _HOUR
        if self._moment.placements is not placements or self._moment.hour != hour:
            self._moment = replace(self._moment, placements=placements, hour=hour)
        return self._moment

    def _coded(self, before: Moment, products: Iterable[str], customers: Iterable[str | None]) -> Moment:
        """A moment with what is known now of some products and customers."""
        code = self._shelf.code if self._shelf else {}
        unsold, sold, prices = set(before.unsold), set(before.sold), dict(before.prices)
        for product in products:
            if product in code:
                price, is_sold = self._goods[product]
                _put(prices, code[product], price)
                (sold.add if is_sold else sold.discard)(code[product])
                (unsold.add if is_sold is False else unsold.discard)(code[product])
        bought = {
            one: frozenset([code[product] for product in self._bought[one] if product in code])
            for one in customers
            if one in self._bought
        }
        return Moment(
            frozenset(unsold), frozenset(sold), prices, {**before.bought, **bought}, dict(self._refusing),
            dict(self._alone),
        )  # fmt: skip

    def _hear(self, treated: Iterable[Any]) -> None:
        """What people said of customers; where a word was taken back, the shelf's figures decide again."""
        for number, customer, verdict in treated:
            self._treated = number
            if verdict in set(Verdict):
                self._alone[customer] = verdict == Verdict.LEAVE_ALONE
            else:
                self._alone.pop(customer, None)

    def _changed(
        self, connection: Connection, now: datetime
    ) -> tuple[list[Any], datetime, tuple[int, datetime | None]]:
        """Products that changed: at once, and once more when their time has settled; and how far that was read.

        Thousands may change in the same millisecond, so those of the last one are not read again each second; and
        somebody may still write under a time that was seen already, so nothing is believed for good before it settled.
        """
        row, settled, calm = GoodRow, self._settled, now - _SETTLED
        rows: list[Any] = []
        what = select(row.product_id, row.price_cents, row.stock, row.is_sold)
        if calm - settled >= _SETTLED:
            rows += connection.execute(what.where(row.changed_at > settled, row.changed_at <= calm)).all()
            settled = calm
        fresh = select(func.count(), func.max(row.changed_at)).where(row.changed_at > settled)
        count, latest = connection.execute(fresh).one()
        if count and (count, latest) != self._seen:
            since = max(self._seen[1] or settled, settled)
            rows += connection.execute(what.where(row.changed_at >= since)).all()
        return rows, settled, (count, latest)


def _put(known: dict[int, int], code: int, price: int | None) -> None:
    """What is not known of a product is left to the shelf."""
    if price is None:
        known.pop(code, None)
    else:
        known[code] = price


def _can_be_bought(stock: int | None, is_sold: bool) -> bool | None:
    """None where nobody counts: then it is as the shelf says."""
    if not is_sold or stock == 0:
        return False
    return None if stock is None else True
