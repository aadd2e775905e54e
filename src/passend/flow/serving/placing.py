"""What people decide about a placement: what is pinned, boosted or buried there, and who sees nothing, to measure it.

Each decision has a reason, an author and, where wanted, an end; each is written to the audit log and can be taken back.
"""

import re
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, insert, select, update

from passend.errors import InvalidInput, StoreError
from passend.flow.serving.adjusting import ACTIONS, ALL, ANCHORS, BOOST, CATEGORY, PRODUCT
from passend.flow.serving.placed import LEVELS, USUAL, holding_rows
from passend.settings import Settings
from passend.store import Store
from passend.store.audit import written
from passend.store.placements import PlacedRow, PlacementRow
from passend.workspace import Workspace

#: How far a boost lifts where nobody says: from place 6 to place 2.
USUAL_FACTOR = 3.0
MOST_FACTOR = 10.0
MOST_SHARE = 0.5
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_LONGEST = 300
_DONE = {"pin": "pinned", "boost": "boosted", "bury": "buried"}


@dataclass(frozen=True)
class Decision:
    """What somebody decides.

    Attributes:
        placement: where.
        product_id: which product is meant.
        action: pin, boost or bury.
        note: why, for those who come after.
        anchor_kind: beside what it holds: product, category or all.
        anchor: the number of that product, or the name of that category.
        factor: of a boost.
        valid_until: when it ends by itself.
    """

    placement: str
    product_id: str
    action: str
    note: str
    anchor_kind: str = ALL
    anchor: str = ""
    factor: float = USUAL_FACTOR
    valid_until: datetime | None = None


@dataclass(frozen=True)
class Place:
    """A placement: its share of visitors who get nothing, and how many decisions hold there."""

    name: str
    is_usual: bool
    share: float
    is_own_share: bool
    round: int
    note: str
    decisions: int


def usual_share(settings: Settings) -> float:
    """Share of visitors who get nothing at a placement for which nobody set another one."""
    return settings.number("serve.placement_share")


def end_of_day(day: str) -> datetime | None:
    """The end of the last day of a decision, as people write it; None where it has none.

    Raises:
        InvalidInput: this is no day.
    """
    if not day:
        return None
    try:
        return datetime.combine(datetime.fromisoformat(day).date(), time(23, 59, 59))
    except ValueError:
        raise InvalidInput("This is no day.", remedy="Write it like 2026-12-24.") from None


def list_placements(store: Store, usual: float, now: datetime) -> list[Place]:
    """The usual placements and those that the firm added."""
    with store.read() as connection:
        rows = {row.name: row for row in connection.execute(select(PlacementRow.__table__))}
        held = [row.placement for row in holding_rows(connection, now)]
    found = []
    for name in (*USUAL, *sorted(set(rows) - set(USUAL))):
        row = rows.get(name)
        own = row.share if row is not None else None
        found.append(
            Place(
                name, name in USUAL, usual if own is None else own, own is not None,
                row.round if row is not None else 1, row.note if row is not None else "", held.count(name),
            )
        )  # fmt: skip
    return found


def find_placement(store: Store, name: str, usual: float, now: datetime) -> Place:
    """One placement.

    Raises:
        StoreError: there is none of this name.
    """
    for one in list_placements(store, usual, now):
        if one.name == name:
            return one
    raise _unknown(name)


def set_placement(
    store: Store, name: str, share: float | None, who: str, now: datetime, *, note: str = ""
) -> None:
    """Add a placement, or set its share of visitors who get nothing; another share begins a new comparison.

    Raises:
        InvalidInput: the name or the share cannot be.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"'{name[:60]}' cannot be the name of a placement.",
            remedy="Take small letters, digits, - and _, sixty at most.",
        )
    if share is not None and not 0 <= share <= MOST_SHARE:
        raise InvalidInput(
            "Between none and half of the visitors can be kept without.", remedy="Give a share of 0 to 0.5."
        )
    with store.change() as connection:
        row = connection.execute(select(PlacementRow.__table__).where(PlacementRow.name == name)).first()
        before = row.share if row is not None else None
        told = {"share": share, "note": note[:_LONGEST], "changed_at": now, "changed_by": who}
        if row is None:
            connection.execute(insert(PlacementRow).values(name=name, round=1 + (share is not None), **told))
        else:
            number = row.round + (before != share)
            connection.execute(
                update(PlacementRow).where(PlacementRow.name == name).values(round=number, **told)
            )
        details = {"share": share, "before": before, "note": note}
        written(connection, now, who, "set", f"placement/{name}", details=details)


def drop_placement(store: Store, name: str, who: str, now: datetime) -> None:
    """Forget a placement that was added, or bring a usual one back to what it was; its decisions end.

    Raises:
        StoreError: there is none of this name.
    """
    with store.change() as connection:
        row = connection.execute(select(PlacementRow.__table__).where(PlacementRow.name == name)).first()
        if row is None and name not in USUAL:
            raise _unknown(name)
        connection.execute(
            update(PlacedRow)
            .where(PlacedRow.placement == name, PlacedRow.ended_at.is_(None))
            .values(ended_at=now, ended_by=who)
        )
        if row is not None and name not in USUAL:
            connection.execute(PlacementRow.__table__.delete().where(PlacementRow.name == name))  # type: ignore[attr-defined]
        elif row is not None:
            back = {"share": None, "note": "", "round": row.round + (row.share is not None)}
            connection.execute(
                update(PlacementRow)
                .where(PlacementRow.name == name)
                .values(changed_at=now, changed_by=who, **back)
            )
        written(connection, now, who, "removed", f"placement/{name}")


def decide(store: Store, workspace: Workspace, said: Decision, who: str, now: datetime) -> int:
    """Keep a decision; the one before on the same product at the same place ends. Returns its number.

    Said again as it holds already, it is the same decision.

    Raises:
        InvalidInput: it says nothing that can be done.
        StoreError: there is no such placement.
    """
    _check(workspace, said, now)
    told = {
        **asdict(said),
        "note": said.note.strip()[:_LONGEST],
        "factor": said.factor if said.action == BOOST else 1.0,
    }
    with store.change() as connection:
        _must_exist(connection, said.placement)
        same = (
            PlacedRow.placement == said.placement,
            PlacedRow.anchor_kind == said.anchor_kind,
            PlacedRow.anchor == said.anchor,
            PlacedRow.product_id == said.product_id,
            PlacedRow.ended_at.is_(None),
        )
        before = connection.execute(select(PlacedRow.__table__).where(*same)).first()
        if before is not None and all(getattr(before, name) == value for name, value in told.items()):
            return int(before.id)
        if before is not None:
            connection.execute(
                update(PlacedRow).where(PlacedRow.id == before.id).values(ended_at=now, ended_by=who)
            )
        number = connection.execute(
            insert(PlacedRow)
            .values(
                **told, author=who, said_at=now, ended_at=None, ended_by=None,
                replaces=None if before is None else before.id,
            )
            .returning(PlacedRow.id)
        ).scalar_one()  # fmt: skip
        written(
            connection, now, who, _DONE[said.action], f"placement/{said.placement}",
            details=_details(told, number),
        )  # fmt: skip
    return int(number)


def take_back_decision(store: Store, placement: str, number: int, who: str, now: datetime) -> None:
    """End a decision; the one that it replaced holds again, where its time is not over.

    Raises:
        StoreError: no such decision holds there.
    """
    with store.change() as connection:
        row = connection.execute(
            select(PlacedRow.__table__).where(
                PlacedRow.id == number, PlacedRow.placement == placement, PlacedRow.ended_at.is_(None)
            )
        ).first()
        if row is None:
            raise StoreError(
                f"No decision {number} holds at the placement '{placement}'.",
                remedy="List them: passend placements show NAME",
            )
        connection.execute(update(PlacedRow).where(PlacedRow.id == number).values(ended_at=now, ended_by=who))
        if row.replaces is not None:
            connection.execute(
                update(PlacedRow)
                .where(PlacedRow.id == row.replaces, PlacedRow.ended_at == row.said_at)
                .values(ended_at=None, ended_by=None)
            )
        told = {
            name: getattr(row, name) for name in ("anchor_kind", "anchor", "product_id", "action", "factor")
        }
        written(connection, now, who, "taken back", f"placement/{placement}", details=_details(told, number))


def decisions_at(store: Store, placement: str, now: datetime) -> list[dict[str, Any]]:
    """The decisions that hold at a placement, the latest first."""
    with store.read() as connection:
        return [
            dict(row._mapping)  # noqa: SLF001 - the public name of a row's columns
            for row in reversed(holding_rows(connection, now))
            if row.placement == placement
        ]


def decision_of(store: Store, number: int) -> dict[str, Any] | None:
    """One decision, whether it holds or not."""
    with store.read() as connection:
        row = connection.execute(select(PlacedRow.__table__).where(PlacedRow.id == number)).first()
    return None if row is None else dict(row._mapping)  # noqa: SLF001 - likewise


def categories_of(workspace: Workspace) -> list[str]:
    """The categories of the products, and those above them."""
    if not workspace.has("products"):
        return []
    found: set[str] = set()
    for one in workspace.read("products")["category"].unique().to_pylist():
        levels = one.split(LEVELS) if one else []
        found |= {LEVELS.join(levels[: depth + 1]) for depth in range(len(levels))}
    return sorted(found)


def _must_exist(connection: Connection, name: str) -> None:
    known = (
        name in USUAL
        or connection.execute(select(PlacementRow.name).where(PlacementRow.name == name)).first()
    )
    if not known:
        raise _unknown(name)


def _check(workspace: Workspace, said: Decision, now: datetime) -> None:
    if said.action not in ACTIONS:
        raise InvalidInput(f"'{said.action[:30]}' cannot be done.", remedy="Choose pin, boost or bury.")
    if said.anchor_kind not in ANCHORS:
        raise InvalidInput(
            f"A decision cannot hold beside '{said.anchor_kind[:30]}'.",
            remedy="Choose product, category or all.",
        )
    if not said.note.strip():
        raise InvalidInput(
            "Every change needs a reason.", remedy="Write one sentence for those who come after."
        )
    if not 1 < said.factor <= MOST_FACTOR:
        raise InvalidInput("A boost lifts by a factor above 1, at most 10.", remedy="Take 2, 3 or 5.")
    if said.valid_until is not None and said.valid_until <= now:
        raise InvalidInput("This end is over already.", remedy="Give a day that is still to come.")
    products = [said.product_id, *([said.anchor] if said.anchor_kind == PRODUCT else [])]
    known = (
        set(workspace.find("products", "product_id", *products)["product_id"].to_pylist())
        if workspace.has("products")
        else set()
    )
    for one in products:
        if one not in known:
            raise InvalidInput(f"There is no product '{one[:60]}'.", remedy="Check the number.")
    if len(set(products)) < len(products):
        raise InvalidInput("A product does not stand beside itself.", remedy="Name another product.")
    if said.anchor_kind == CATEGORY and said.anchor not in categories_of(workspace):
        raise InvalidInput(
            f"There is no category '{said.anchor[:60]}'.", remedy="Take one that products have."
        )


def _details(told: dict[str, Any], number: int) -> dict[str, Any]:
    """What the audit log says of a decision."""
    beside = told["anchor"] or told["anchor_kind"]
    found = {"product": told["product_id"], "beside": beside, "note": told.get("note"), "decision": number}
    if told["action"] == BOOST:
        found["factor"] = told["factor"]
    if told.get("valid_until"):
        found["until"] = f"{told['valid_until']:%Y-%m-%d}"
    return found


def _unknown(name: str) -> StoreError:
    return StoreError(f"There is no placement '{name[:60]}'.", remedy="List them: passend placements list")
