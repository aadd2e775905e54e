"""What the market's firm gives to passend: its order file, and the rows of its other tables, each once."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from passend.flow.sources import ImportRequest
from passend.market.world import Market

#: Table -> the column that tells when a row became known.
_MOMENTS = {
    "customers": "since",
    "contracts": "started_at",
    "events": "happened_at",
    "contacts": "happened_at",
    "consents": "said_at",
}


def exports(market: Market, folder: Path, since: datetime | None = None) -> Iterator[ImportRequest]:
    """All that the firm's programs hold, or only what is new from a moment on.

    What passend sends later, and what customers say to it, passend knows itself: of contacts only those that come in
    are given then, and of consents only those that are given.

    Args:
        market: as it stands.
        folder: where the order file goes.
        since: the moment; everything where it is not given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"orders-{market.today:%Y-%m-%d}.csv"
    if market.write_orders(file, since):
        yield ImportRequest(file)
    for name, moment in _MOMENTS.items():
        table = market.table(name)
        if since is not None:
            table = _of_late(table, name, moment, since)
        if table.num_rows:
            yield ImportRequest(table, as_table=name)
    if since is None:
        yield ImportRequest(market.table("products"))
        yield ImportRequest(market.table("costs"), as_table="costs")


def _of_late(table: pa.Table, name: str, moment: str, since: datetime) -> pa.Table:
    fresh = pc.greater_equal(table[moment], pa.scalar(since, pa.timestamp("us")))
    if name == "contacts":
        fresh = pc.and_(fresh, pc.equal(table["direction"], "in"))
    if name == "consents":
        fresh = pc.and_(fresh, table["is_given"])
    return table.filter(fresh)
