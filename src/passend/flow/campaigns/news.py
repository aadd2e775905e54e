"""News that triggers wait for and that no customer makes: a product is back or cheaper, a contract's year ends soon.

What a firm never told before is no news: the first list of products starts nothing, and neither do the anniversaries
that lie behind the first look.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from passend.campaigns.truth import Good
from passend.flow.campaigns.triggering import receive
from passend.store import Store
from passend.store.marks import mark, set_mark
from passend.store.rows import as_milliseconds, as_moment
from passend.store.shelf import goods_of, keep_goods
from passend.workspace import Workspace

#: An anniversary is told of so long before it comes: afterwards nobody changes a contract any more.
AHEAD = timedelta(days=30)
_LOOK = timedelta(hours=12)
_YEAR = timedelta(days=365.25)
_BATCH = 5000


def note_goods(connection: Connection, goods: Iterable[Good], now: datetime) -> int:
    """Note products as they are now, and tell the triggers which are back, on sale or cheaper, and which no longer.

    Returns how many are new or changed.
    """
    given = {one.product_id: one for one in goods}
    before = goods_of(connection, given)
    changed = keep_goods(connection, given.values(), now)
    if changed:
        news = [one for id_, old in before.items() for one in _news(old, given[id_], now)]
        receive(connection, news, now)
    return changed


def _news(old: Good, new: Good, now: datetime) -> Iterator[Mapping[str, Any]]:
    """What lets people in, and what takes it back: a product gone again, or dearer."""
    about = {"product_id": new.product_id, "happened_at": now}
    if _is_there(new) != _is_there(old):
        kind = "stock" if _is_there(new) else "stock gone"
        yield {**about, "kind": kind, "key": f"{kind}/{new.product_id}/{now.isoformat()}"}
    if None not in (new.price_cents, old.price_cents) and new.price_cents != old.price_cents:
        kind = "price" if new.price_cents < old.price_cents else "price up"  # type: ignore[operator]
        key = f"{kind}/{new.product_id}/{now.isoformat()}"
        yield {**about, "kind": kind, "key": key, "amount": new.price_cents}


def _is_there(good: Good) -> bool:
    return good.is_sold and (good.stock is None or good.stock > 0)


def note_anniversaries(store: Store, workspace: Workspace, now: datetime) -> int:
    """Tell the triggers of contracts whose anniversary comes within ``AHEAD``, each once; returns how many are new."""
    with store.read() as connection:
        seen = mark(connection, "anniversaries")
    since = as_moment(seen) if seen else now
    if not workspace.has("contracts") or (seen and now - since < _LOOK):
        return 0
    total = 0
    for batch in workspace.read("contracts").to_batches(max_chunksize=_BATCH) if seen else ():
        events = [one for row in batch.to_pylist() for one in _anniversary(row, since, now)]
        with store.change() as connection:
            total += receive(connection, events, now)
    with store.change() as connection:
        set_mark(connection, "anniversaries", as_milliseconds(now), now)
    return total


def _anniversary(row: Mapping[str, Any], since: datetime, now: datetime) -> Iterator[Mapping[str, Any]]:
    """The anniversary of a running contract that came near since the last look; years are those of the facts."""
    begun = row["started_at"]
    if begun is None or row["cancelled_at"] is not None:
        return
    at = begun + max(1, (since + AHEAD - begun) // _YEAR + 1) * _YEAR
    if at - AHEAD > now or (row["ends_at"] is not None and row["ends_at"] < now):
        return
    yield {
        "key": f"contract/{row['contract_id']}/{at:%Y-%m-%d}", "kind": "contract", "happened_at": at - AHEAD,
        "customer_id": row["customer_id"], "product_id": row["product_id"],
    }  # fmt: skip
