"""Erasing a person from the operational state; what stays of an address is its mark among the suppressed ones."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import delete, or_, update

from passend.store import Store
from passend.store.batches import insert_rows
from passend.store.campaigns import JourneyRow
from passend.store.consents import ConsentRow, OptInRow, SuppressionRow
from passend.store.doors import ReceivedRow
from passend.store.live import InboxRow, MemberRow, OfferRow, PersonRow
from passend.store.mails import DeliveryRow, FeedbackRow
from passend.store.outbox import OutboxRow, ResponseRow
from passend.store.placements import TrialRow

_NOBODY = "erased"


def forget(
    store: Store, names: Iterable[str], addresses: Iterable[str], mark: Callable[[str], str], now: datetime
) -> dict[str, int]:
    """Erase a person under all numbers and addresses; a file that brings the address back changes nothing.

    Counts of campaigns stay: messages are kept without whom they went to. Returns how many rows are gone, by table.
    """
    gone: dict[str, int] = {}
    who, where = sorted(set(names)), sorted({one for one in addresses if one})
    with store.change() as connection:
        for row in (ConsentRow, OptInRow):
            connection.execute(
                delete(row).where(or_(row.customer_id.in_(who), row.address.in_([*who, *where])))
            )
        for kind in (PersonRow, OfferRow, MemberRow, InboxRow, ReceivedRow):
            if count := connection.execute(delete(kind).where(kind.customer_id.in_(who))).rowcount:
                gone[kind.__tablename__] = count
        connection.execute(delete(TrialRow).where(TrialRow.kind == "customer", TrialRow.unit.in_(who)))
        for name in who:
            nobody = f"{_NOBODY}-{mark(name)[:12]}"
            for sent in (JourneyRow, ResponseRow):
                connection.execute(update(sent).where(sent.customer_id == name).values(customer_id=nobody))
            bare = {"customer_id": nobody, "content": "{}", "diagnostic": ""}
            connection.execute(update(OutboxRow).where(OutboxRow.customer_id == name).values(**bare))
        for came in (DeliveryRow, FeedbackRow):
            connection.execute(update(came).where(came.address.in_(where)).values(address="", diagnostic=""))
        connection.execute(
            update(SuppressionRow).where(SuppressionRow.address.in_(where)).values(address=None, evidence="")
        )
        walls = [
            {"key": mark(f"erased\n{one}"), "mark": mark(one), "address": None, "channel": "any", "reason": _NOBODY,
             "since": now, "source": "erasure", "evidence": "", "lifted_at": None, "lifted_by": ""}
            for one in where
        ]  # fmt: skip
        insert_rows(connection, SuppressionRow, walls)
    return gone
