"""Where the operational state knows a person: one list, by which their data is handed out, and by which it is erased.

What stays of an erased address is its mark among the suppressed ones.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, cast, delete, func, literal, or_, select, update

from passend.intake.identity import written_alike
from passend.store import Row, Store
from passend.store.batches import insert_rows
from passend.store.campaigns import JourneyRow
from passend.store.consents import ConsentRow, OptInRow, SuppressionRow
from passend.store.doors import ReceivedRow
from passend.store.live import InboxRow, MemberRow, OfferRow, PersonRow, TreatmentRow
from passend.store.mails import DeliveryRow, FeedbackRow, HitRow
from passend.store.outbox import OutboxRow, ResponseRow
from passend.store.placements import TrialRow

_NOBODY = "erased"
Mark = Callable[[str], str]


@dataclass(frozen=True)
class Person:
    """Whom it is about.

    Attributes:
        numbers: all under which they are written.
        addresses: e-mail addresses, written alike.
    """

    numbers: Sequence[str]
    addresses: Sequence[str]

    @classmethod
    def of(cls, numbers: Iterable[str], addresses: Iterable[str]) -> "Person":
        """A person of these numbers and addresses, each once."""
        return cls(sorted(set(numbers)), sorted({one for one in addresses if one}))


@dataclass(frozen=True)
class Place:
    """A table that knows people.

    Attributes:
        kind: of its rows.
        holds: which rows are a person's.
        left: what stands in place of their data where the row is counted for a campaign; else the row goes.
        is_named: whether the row is kept under a number, for which nobody's stands then.
    """

    kind: type[Row]
    holds: Callable[[Person], ColumnElement[bool]]
    left: Mapping[str, Any] = field(default_factory=dict)
    is_named: bool = False

    @property
    def name(self) -> str:
        """Of the table."""
        return str(self.kind.__tablename__)


def _numbered(kind: Any) -> Callable[[Person], ColumnElement[bool]]:
    return lambda who: kind.customer_id.in_(who.numbers)


def _addressed(kind: Any) -> Callable[[Person], ColumnElement[bool]]:
    return lambda who: kind.address.in_(who.addresses)


def _either(kind: Any) -> Callable[[Person], ColumnElement[bool]]:
    return lambda who: or_(
        kind.customer_id.in_(who.numbers), kind.address.in_([*who.numbers, *who.addresses])
    )


def _sent(kind: Any) -> Callable[[Person], ColumnElement[bool]]:
    """By the address, and by the message: who has another address now got mails at an earlier one."""
    return lambda who: or_(kind.address.in_(who.addresses), kind.outbox_key.in_(_messages(who)))


def _messages(who: Person) -> Any:
    return select(OutboxRow.key).where(OutboxRow.customer_id.in_(who.numbers))


def _tried(who: Person) -> ColumnElement[bool]:
    return (TrialRow.kind == "customer") & TrialRow.unit.in_(who.numbers)


def _fetched(who: Person) -> ColumnElement[bool]:
    return HitRow.outbox_key.in_(_messages(who))


#: Every table of the store that knows people. What names a person by another table comes before that.
PLACES = (
    *(Place(kind, _either(kind)) for kind in (ConsentRow, OptInRow)),
    *(Place(kind, _numbered(kind)) for kind in (PersonRow, OfferRow, MemberRow, InboxRow, ReceivedRow, TreatmentRow)),
    Place(TrialRow, _tried),
    Place(HitRow, _fetched, {"agent": ""}),
    Place(
        # The key of an entry may name what let the customer in.
        JourneyRow,
        _numbered(JourneyRow),
        {"entry_key": literal(f"{_NOBODY}/", Text).concat(cast(JourneyRow.id, Text)), "given": "{}"},
        is_named=True,
    ),
    Place(ResponseRow, _numbered(ResponseRow), {"details": ""}, is_named=True),
    *(Place(kind, _sent(kind), {"address": "", "diagnostic": ""}) for kind in (DeliveryRow, FeedbackRow)),
    Place(OutboxRow, _numbered(OutboxRow), {"content": "{}", "diagnostic": ""}, is_named=True),
    Place(SuppressionRow, _addressed(SuppressionRow), {"address": None, "evidence": ""}),
)  # fmt: skip


def known_of(store: Store, who: Person) -> dict[str, list[dict[str, Any]]]:
    """All that the store knows of a person, by table; tables that do not know them are left out."""
    with store.read() as connection:
        who = _with_former_addresses(connection, who)
        found = {
            place.name: [
                dict(row)
                for row in connection.execute(select(place.kind.__table__).where(place.holds(who))).mappings()
            ]
            for place in PLACES
        }
    return {name: rows for name, rows in found.items() if rows}


def forget(store: Store, who: Person, mark: Mark, now: datetime) -> dict[str, int]:
    """Erase a person under all numbers and addresses; a file that brings the address back changes nothing.

    Counts of campaigns stay: messages are kept without whom they went to. Returns how many rows were theirs, by
    table; afterwards no byte of a file of ours tells of them.
    """
    gone: dict[str, int] = {}
    with store.change() as connection:
        who = _with_former_addresses(connection, who)
        for place in PLACES:
            count = connection.scalar(
                select(func.count()).select_from(place.kind.__table__).where(place.holds(who))
            )
            if count:
                gone[place.name] = int(count)
        for place in PLACES:
            if place.name in gone:
                _empty(connection, place, who, mark)
        walls = [
            {"key": mark(f"erased\n{one}"), "mark": mark(one), "address": None, "channel": "any", "reason": _NOBODY,
             "since": now, "source": "erasure", "evidence": "", "lifted_at": None, "lifted_by": ""}
            for one in who.addresses
        ]  # fmt: skip
        insert_rows(connection, SuppressionRow, walls)
    store.wipe()
    return gone


def _with_former_addresses(connection: Connection, who: Person) -> Person:
    """The person with the addresses, too, at which they got mails, or are known to campaigns."""
    sent = connection.scalars(select(DeliveryRow.address).where(DeliveryRow.outbox_key.in_(_messages(who))))
    known = connection.scalars(select(PersonRow.email).where(PersonRow.customer_id.in_(who.numbers)))
    return Person.of(who.numbers, [*who.addresses, *(written_alike(one) for one in (*sent, *known) if one)])


def _empty(connection: Connection, place: Place, who: Person, mark: Mark) -> None:
    """Erase what one table knows."""
    if not place.left:
        connection.execute(delete(place.kind).where(place.holds(who)))
        return
    if not place.is_named:
        connection.execute(update(place.kind).where(place.holds(who)).values(**place.left))
        return
    for name in who.numbers:  # one person's numbers stay apart, so that no key stands twice
        left = {"customer_id": f"{_NOBODY}-{mark(name)[:12]}", **place.left}
        one = place.holds(Person([name], ()))
        connection.execute(update(place.kind).where(one).values(**left))
