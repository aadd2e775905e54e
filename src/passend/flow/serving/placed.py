"""The placements of a shop as they are now, in the codes of a shelf; read anew only where something changed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from passend.flow.serving.adjusting import ALL, PRODUCT, Adjustment, Placement, adjustment
from passend.flow.serving.shelf import Shelf
from passend.store.placements import PlacedRow, PlacementRow

#: Placements that every shop has; the widget has words for these.
USUAL = ("product_page", "cart", "checkout", "confirmation", "article")
#: Between the levels of a category.
LEVELS = " > "
_Rows = list[tuple[str, float, int, int]]


class PlacementWatch:
    """Looks each second; where nothing changed, that costs two small counts.

    Args:
        share: of visitors who get nothing, where nobody set another one.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._shelf: Shelf | None = None
        self._seen: tuple[Any, ...] = ()
        self._until = datetime.max
        self._placements: Mapping[str, Placement] = {}

    def look(self, connection: Connection, shelf: Shelf, now: datetime) -> Mapping[str, Placement]:
        """The placements by name; the same object as before where nothing changed."""
        seen = _state(connection)
        if seen != self._seen or shelf is not self._shelf or now >= self._until:
            shares = dict.fromkeys(USUAL, (self._share, 1))
            for row in connection.execute(select(PlacementRow.name, PlacementRow.share, PlacementRow.round)):
                shares[row.name] = (self._share if row.share is None else row.share, row.round)
            rows = holding_rows(connection, now)
            self._placements = {
                name: coded(shelf, share, number, [row for row in rows if row.placement == name])
                for name, (share, number) in shares.items()
            }
            self._until = min((row.valid_until for row in rows if row.valid_until), default=datetime.max)
            self._seen, self._shelf = seen, shelf
        return self._placements


def holding_rows(connection: Connection, now: datetime) -> list[Any]:
    """Decisions that nobody ended and whose time is not over, in the order of saying."""
    asked = select(PlacedRow.__table__).where(PlacedRow.ended_at.is_(None)).order_by(PlacedRow.id)
    return [row for row in connection.execute(asked) if row.valid_until is None or row.valid_until > now]


def _state(connection: Connection) -> tuple[Any, ...]:
    """Changes with every change."""
    held = select(func.count(), func.sum(PlacedRow.id)).where(PlacedRow.ended_at.is_(None))
    ended = select(func.max(PlacedRow.ended_at))
    named = select(func.count(), func.sum(PlacementRow.round), func.max(PlacementRow.changed_at))
    return (
        *connection.execute(held).one(),
        *connection.execute(ended).one(),
        *connection.execute(named).one(),
    )


def coded(shelf: Shelf, share: float, number: int, rows: list[Any]) -> Placement:
    """One placement in the codes of a shelf; what the shelf does not know counts nowhere."""
    products: dict[int, _Rows] = defaultdict(list)
    categories: dict[int, _Rows] = defaultdict(list)
    overall: _Rows = []
    for row in rows:
        code = shelf.code.get(row.product_id)
        if code is None:
            continue
        told = (row.action, row.factor, row.id, code)
        if row.anchor_kind == ALL:
            overall.append(told)
        elif row.anchor_kind == PRODUCT:
            if row.anchor in shelf.code:
                products[shelf.code[row.anchor]].append(told)
        else:
            for kind in categories_under(shelf, row.anchor):
                categories[kind].append(told)
    return Placement(
        share, number, _each(products), _each(categories), adjustment(overall) if overall else None
    )


def categories_under(shelf: Shelf, name: str) -> Iterator[int]:
    """The codes of a category and of those below it."""
    for code, one in enumerate(shelf.categories):
        if one == name or one.startswith(name + LEVELS):
            yield code


def _each(rows: Mapping[int, _Rows]) -> Mapping[int, Adjustment]:
    return {code: adjustment(some) for code, some in rows.items()}
