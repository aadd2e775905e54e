"""What a placement shows at this moment, as people look at it: the answer that a shop gets, and who changed it.

Nothing here decides anything: the lists come from the code that answers shops, with the same arrays of the same moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from passend.errors import WorkspaceError
from passend.flow.serving.answering import MOST, Case, Chosen, Item, Question, choose, lay_before
from passend.flow.serving.desk import Desk
from passend.flow.serving.retrieving import Found
from passend.store.placements import PlacedRow

#: Why a visitor gets nothing at all.
FIRM, HERE = "firm", "placement"


@dataclass(frozen=True)
class Shown:
    """One product of the list.

    Attributes:
        item: as the shop gets it, with its reason.
        place: 1 is first.
        decision: what somebody decided about it here; None where nobody did.
    """

    item: Item
    place: int
    decision: Mapping[str, Any] | None


@dataclass(frozen=True)
class Look:
    """A placement for one question at this moment.

    Attributes:
        shown: the list, as it is where nobody is kept without.
        source: where the first product comes from.
        kept_without: ``firm`` or ``placement`` where this visitor gets nothing, to measure what it brings; else empty.
        told_apart_by: customer, visit or hour: how this visitor is told apart in the placement's comparison.
        is_quiet: the customer refuses offers or is left alone.
        buried: decisions that keep a product out that would stand in the list.
        version: of the data that answered.
    """

    shown: tuple[Shown, ...]
    source: str
    kept_without: str
    told_apart_by: str
    is_quiet: bool
    buried: tuple[Mapping[str, Any], ...]
    version: int


def look_at(desk: Desk, asked: Question) -> Look:
    """What a placement shows.

    Raises:
        WorkspaceError: nothing is laid out for shops yet.
    """
    real = really(desk, asked)
    case = case_of(real, asked)
    found, source = case.listed()
    decisions = decided(desk, case)
    told = Chosen(case.shelf, case.moment, tuple(found), source, False, True).told()
    shown = tuple(
        Shown(item, place, _of(case, one, decisions))
        for place, (item, one) in enumerate(zip(told.items, found, strict=True), start=1)
    )
    kept = "" if not real.held_out else FIRM if real.trial is None else HERE
    by = real.trial.key[2] if real.trial is not None else ""
    return Look(shown, source, kept, by, case.is_quiet, _buried(case, decisions), case.shelf.number)


def really(desk: Desk, asked: Question) -> Chosen:
    """What a shop gets, hold-outs and all; it is not counted.

    Raises:
        WorkspaceError: nothing is laid out for shops yet.
    """
    shelf, moment = desk.present
    if shelf is None:
        raise WorkspaceError(
            "Nothing was laid out for shops yet.",
            record=str(desk.folder),
            remedy="Run passend on the orders first: passend run orders.csv",
        )
    return choose(shelf, moment, replace(asked, limit=min(asked.limit, MOST)))


def case_of(real: Chosen, asked: Question) -> Case:
    """The same question, at the moment of that answer, where nobody is kept without."""
    return lay_before(real.shelf, real.moment, replace(asked, is_rehearsed=True, explain=True))


def decided(desk: Desk, case: Case) -> dict[tuple[str, str], Mapping[str, Any]]:
    """What holds for the products at hand, by product and action."""
    words, ids = case.words, case.shelf.product_ids
    if words is None:
        return {}
    numbers = list(words.numbers.values())
    with desk.store.read() as connection:
        rows = [
            dict(row._mapping)  # noqa: SLF001 - the public name of a row's columns
            for row in connection.execute(select(PlacedRow.__table__).where(PlacedRow.id.in_(numbers)))
        ]
    named = {row["id"]: row for row in rows}
    return {
        (ids[code], action): named[number]
        for (code, action), number in words.numbers.items()
        if number in named
    }


def _of(
    case: Case, one: Found, decisions: Mapping[tuple[str, str], Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """What somebody decided about a product of the list."""
    if case.is_quiet:
        return None
    product = case.shelf.product_ids[one[0]]
    return decisions.get((product, "pin")) or decisions.get((product, "boost"))


def _buried(
    case: Case, decisions: Mapping[tuple[str, str], Mapping[str, Any]]
) -> tuple[Mapping[str, Any], ...]:
    """What would stand in the list if nobody had buried it."""
    if case.words is None or not case.words.buried:
        return ()
    free = replace(case, words=replace(case.words, buried=frozenset()))
    there = {case.shelf.product_ids[one[0]] for one in free.listed()[0]}
    return tuple(row for (product, action), row in decisions.items() if action == "bury" and product in there)
