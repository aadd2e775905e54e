"""Products as they are now, their prices so far, and codes from a pool."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from passend.campaigns.truth import LOOK_BACK, Good, Price
from passend.store.batches import insert_rows, update_rows
from passend.store.goods import CouponRow, GoodRow, PriceRow

#: Prices older than this are asked for by nobody, save the last one before it.
_HISTORY = LOOK_BACK + timedelta(days=370)


def keep_goods(connection: Connection, goods: Iterable[Good], now: datetime) -> int:
    """Note products as they are now; a price that differs from the last one joins the history.

    Returns the number of products that are new or changed.
    """
    given = {one.product_id: one for one in goods}
    known = goods_of(connection, given)
    changed = [one for one in given.values() if known.get(one.product_id) != one]
    rows = [
        {
            "product_id": one.product_id, "name": one.name, "price_cents": one.price_cents, "currency": one.currency,
            "stock": one.stock, "is_sold": one.is_sold, "changed_at": now,
        }
        for one in changed
    ]  # fmt: skip
    for start in range(0, len(rows), 1000):
        some = rows[start : start + 1000]
        insert_rows(connection, GoodRow, some)
        update_rows(connection, GoodRow, some, key="product_id")
    prices = [
        {"product_id": one.product_id, "since": now, "price_cents": one.price_cents, "currency": one.currency}
        for one in changed
        if one.price_cents is not None
        and (one.product_id not in known or known[one.product_id].price_cents != one.price_cents)
    ]
    for start in range(0, len(prices), 1000):
        insert_rows(connection, PriceRow, prices[start : start + 1000])
    return len(changed)


def goods_of(connection: Connection, products: Iterable[str]) -> dict[str, Good]:
    """Products as they are now; those that nothing is known of are left out."""
    wanted, found = list(products), {}
    for start in range(0, len(wanted), 500):
        for row in connection.execute(
            select(GoodRow.__table__).where(GoodRow.product_id.in_(wanted[start : start + 500]))
        ):
            found[row.product_id] = Good(
                row.product_id, row.name, row.price_cents, row.currency, row.stock, bool(row.is_sold)
            )
    return found


def prices_of(connection: Connection, products: Sequence[str], now: datetime) -> dict[str, list[Price]]:
    """The price history of some products, oldest first."""
    found: dict[str, list[Price]] = {one: [] for one in products}
    row = PriceRow
    for start in range(0, len(products), 500):
        rows = connection.execute(
            select(row.product_id, row.since, row.price_cents)
            .where(row.product_id.in_(products[start : start + 500]), row.since <= now)
            .order_by(row.product_id, row.since)
        )
        for one in rows:
            found[one.product_id].append(Price(one.since, one.price_cents))
    return {name: _recent(prices, now) for name, prices in found.items()}


def _recent(prices: list[Price], now: datetime) -> list[Price]:
    start = now - _HISTORY
    older = [one for one in prices if one.since < start]
    return [*older[-1:], *(one for one in prices if one.since >= start)]


def add_coupons(connection: Connection, pool: str, codes: Iterable[str], expires_at: datetime | None) -> int:
    """Put codes into a pool; those that are known already are left out. Returns how many are new."""
    rows = [
        {"code": code.strip(), "pool": pool, "expires_at": expires_at, "outbox_key": None, "taken_at": None}
        for code in codes
        if code.strip()
    ]
    return sum(
        insert_rows(connection, CouponRow, rows[start : start + 1000]) for start in range(0, len(rows), 1000)
    )


def pools_of(connection: Connection) -> list[str]:
    """The pools in which there are codes that nobody has taken."""
    row = CouponRow
    return list(
        connection.execute(
            select(row.pool).where(row.outbox_key.is_(None)).distinct().order_by(row.pool)
        ).scalars()
    )


def take_coupon(connection: Connection, pool: str, outbox_key: str, now: datetime) -> str | None:
    """The code of a message, taken from its pool once and the same ever after; none where the pool is empty."""
    row = CouponRow
    mine = connection.execute(select(row.code).where(row.outbox_key == outbox_key)).scalar()
    if mine is not None:
        return str(mine)
    free = connection.execute(
        select(row.code)
        .where(
            row.pool == pool, row.outbox_key.is_(None), or_(row.expires_at.is_(None), row.expires_at > now)
        )
        .order_by(row.code)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar()
    if free is None:
        return None
    connection.execute(update(row).where(row.code == free).values(outbox_key=outbox_key, taken_at=now))
    return str(free)


def keep_prices(connection: Connection, prices: Iterable[Mapping[str, Any]]) -> None:
    """Add known former prices, such as those of a shop's own history: product_id, since, price_cents, currency."""
    for one in prices:
        known = connection.execute(
            select(PriceRow.product_id).where(
                PriceRow.product_id == one["product_id"], PriceRow.since == one["since"]
            )
        ).first()
        if known is None:
            connection.execute(insert(PriceRow).values(**one))
