"""Events that shops told come into the inbox of the triggers: before each judgement, all that is new in one statement.

Shops tell thousands a second, and each is acknowledged when it is kept; what triggers make of it may come a moment
later, and costs a tenth when many come at once.
"""

from datetime import datetime

from sqlalchemy import Connection, func, select, text

from passend.store import Store
from passend.store.doors import ReceivedRow
from passend.store.marks import mark, set_mark

#: Rows of one transaction.
_TOGETHER = 10_000
_TAKEN = "events taken in"
#: What nobody in particular did lets nobody into a campaign. Which visit ordered is not the triggers' business.
_TAKE = text("""
    insert into inbox (key, kind, customer_id, product_id, order_id, happened_at, received_at, details, is_judged)
    select key, kind, customer_id, product_id, order_id, happened_at, received_at,
        case when kind = 'order' then '' else coalesce(details, '') end, false
    from received
    where id > :after and id <= :until and customer_id is not null and happened_at is not null
    order by id
    on conflict do nothing
""")


def take_in(store: Store, now: datetime) -> int:
    """Take in what was told since the last time; returns how many events are new to the triggers."""
    total = 0
    while True:
        with store.change() as connection:
            after = mark(connection, _TAKEN)
            until = _until(connection, after)
            if until is None:
                return total
            total += connection.execute(_TAKE, {"after": after, "until": until}).rowcount
            set_mark(connection, _TAKEN, until, now)


def _until(connection: Connection, after: int) -> int | None:
    some = (
        select(ReceivedRow.id)
        .where(ReceivedRow.id > after)
        .order_by(ReceivedRow.id)
        .limit(_TOGETHER)
        .subquery()
    )
    return connection.execute(select(func.max(some.c.id))).scalar()
