"""What the firm's tables and the campaigns tell each other beside contacts: consents both ways, and products."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from passend.campaigns.truth import Good
from passend.flow.campaigns.news import note_anniversaries, note_goods
from passend.flow.consents import bring_in, carry_over
from passend.flow.feedback import derive_clicks
from passend.store import Store
from passend.store.marks import mark, set_mark
from passend.workspace import Workspace

_TOGETHER = 5000
#: Rows that Arrow turns into Python at once: nothing else runs in the process meanwhile, answers to visitors neither.
_AT_ONCE = 200
#: What campaigns know of a product.
_TOLD = ["product_id", "name", "price_cents", "currency", "stock", "is_active"]
#: Visits are told from raw fetches when they are over; so far back they are looked at.
_VISITS = timedelta(days=1)


def exchange(store: Store, workspace: Workspace, now: datetime) -> None:
    """Bring over what has changed since the last time; what has not costs a look at the manifest."""
    if _is_fresh(store, workspace, ("consents", "contacts"), now):
        bring_in(workspace, store, now)
    carry_over(workspace, store)
    if _is_fresh(store, workspace, ("products",), now):
        shelve(store, workspace, now)
    note_anniversaries(store, workspace, now)
    derive_clicks(store, now - _VISITS, now)


def shelve(store: Store, workspace: Workspace, now: datetime) -> int:
    """Note the firm's products with price and stock as they are now; returns how many are new or changed."""
    changed = 0
    products = workspace.read("products", _TOLD)
    for batch in products.to_batches(max_chunksize=_TOGETHER):
        parts = (batch.slice(begin, _AT_ONCE) for begin in range(0, batch.num_rows, _AT_ONCE))
        goods = [good_of(row) for part in parts for row in part.to_pylist()]
        with store.change() as connection:
            changed += note_goods(connection, goods, now)
    return changed


def good_of(row: Mapping[str, Any]) -> Good:
    """A row of the firm's products as campaigns know it."""
    return Good(
        row["product_id"], row["name"] or "", row["price_cents"], row["currency"] or "",
        None if row["stock"] is None else int(row["stock"]), row["is_active"] is not False,
    )  # fmt: skip


def _is_fresh(store: Store, workspace: Workspace, tables: tuple[str, ...], now: datetime) -> bool:
    """Whether one of the tables was written since the last time."""
    known = [workspace.manifest.tables[one].change for one in tables if workspace.has(one)]
    name, latest = f"exchanged {'+'.join(tables)}", max(known, default=0)
    with store.change() as connection:
        if not known or mark(connection, name) >= latest:
            return False
        set_mark(connection, name, latest, now)
    return True
