"""Who may forbid a message when it leaves: the customer's word, the law, the guard, and an earlier tool's refusals.

The firm's own people may, too: whom they leave alone gets nothing from that moment on, wherever offers come from.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, func, select

from passend.campaigns.consent.standing import Question, Terms, latest, standing
from passend.channels import Answer, Message, Outcome
from passend.intake.identity import as_written_alike
from passend.store.batches import among
from passend.store.ledger import Marker, tools_in_the_way, walls_of, words_of
from passend.store.live import PersonRow, TreatmentRow
from passend.store.marks import mark
from passend.store.outbox import OutboxRow
from passend.vocabulary import Verdict

#: A message to somebody whom people leave alone asks again so much later, until it expires.
_ASK_AGAIN = timedelta(hours=1)


def consent_permit(
    terms: Mapping[str, Terms], marker: Marker
) -> Callable[[Connection, Sequence[Message], datetime], dict[str, Answer]]:
    """The permit that asks the ledger about every message, on every channel, at the moment it leaves.

    Args:
        terms: channel -> what the firm's rules say of it; a channel that is not among them needs consent.
        marker: turns an address into its mark among the suppressed ones.
    """

    def permit(connection: Connection, batch: Sequence[Message], now: datetime) -> dict[str, Answer]:
        tools = tools_in_the_way(connection)
        people = emails_of(connection, {one.customer_id for one in batch})
        words = words_of(connection, people)
        forbidden = _left_alone(connection, batch, now)
        for channel in sorted({one.channel for one in batch}):
            mine = [one for one in batch if one.channel == channel]
            walls = walls_of(connection, [one for one in people.values() if one], channel, marker)
            last = last_contacts(connection, {one.customer_id for one in mine}, channel)
            for one in mine:
                if one.key in forbidden:
                    continue
                if tools and channel in {"email", "sms"}:
                    forbidden[one.key] = Answer(
                        one.key, Outcome.DEFERRED, "former tool", f"former_tools/{tools[0]}"
                    )
                    continue
                about = Question(
                    channel, now, str(one.content.get("topic", "")), str(one.content.get("similar_to") or ""),
                    last.get(one.customer_id),
                )  # fmt: skip
                found = standing(
                    words[one.customer_id],
                    walls.get(people.get(one.customer_id) or "", []),
                    terms.get(channel, Terms()),
                    about,
                )
                if not found.may:
                    outcome = Outcome.DEFERRED if found.until else Outcome.REFUSED
                    record = found.record or found.says
                    forbidden[one.key] = Answer(one.key, outcome, found.ground, record, found.until)
        return forbidden

    return permit


def _left_alone(connection: Connection, batch: Sequence[Message], now: datetime) -> dict[str, Answer]:
    """The messages to people who are left alone wait: they leave if somebody takes that word back in time."""
    alone = left_alone(connection, {one.customer_id for one in batch})
    return {
        one.key: Answer(
            one.key, Outcome.DEFERRED, "left alone", f"treatments/{alone[one.customer_id]}", now + _ASK_AGAIN
        )
        for one in batch
        if one.customer_id in alone
    }


def left_alone(connection: Connection, customers: Iterable[str]) -> dict[str, int]:
    """Whom of some customers people leave alone now, each with the number of the word that says so."""
    words = latest_treatments(connection, customers)
    return {one.customer_id: one.id for one in words if one.verdict == Verdict.LEAVE_ALONE}


def latest_treatments(connection: Connection, customers: Iterable[str] | None = None) -> Sequence[Any]:
    """The latest of people's words on how a customer is treated, of each of some customers; of all without any."""
    row = TreatmentRow
    newest = select(func.max(row.id)).group_by(row.customer_id)
    if customers is not None:
        newest = newest.where(among(row.customer_id, sorted(set(customers))))
    return connection.execute(select(row.customer_id, row.id, row.verdict).where(row.id.in_(newest))).all()


def turned_away(
    connection: Connection,
    customers: Iterable[str],
    channel: str,
    now: datetime,
    marker: Marker | None = None,
) -> set[str]:
    """Whom of some customers nobody offers anything on a channel now: left alone by people, or they objected.

    Offers that wait for somebody to appear, or on the list of a team, ask here each time; what is sent asks the
    permit above.

    Args:
        connection: to the store.
        customers: who.
        channel: on which they would be offered something.
        now: the moment; what is said to hold later does not yet.
        marker: turns an address into its mark among the suppressed ones; without it these are not asked.
    """
    people = emails_of(connection, set(customers))
    away = set(left_alone(connection, people))
    for customer, words in words_of(connection, people).items():
        general = latest(
            [one for one in words if one.channel in {channel, "any"} and not one.topic and one.said_at <= now]
        )
        if general is not None and not general.is_given:
            away.add(customer)
    if marker is not None:
        walls = walls_of(connection, [one for one in people.values() if one], channel, marker)
        away |= {customer for customer, address in people.items() if address in walls}
    return away


def emails_of(connection: Connection, customers: set[str]) -> dict[str, str | None]:
    """E-mail addresses of some customers, written alike, as they are in force now."""
    version = mark(connection, "people")
    row = PersonRow
    rows = connection.execute(
        select(row.customer_id, row.email).where(row.version == version, among(row.customer_id, customers))
    ).all()
    found: dict[str, str | None] = dict.fromkeys(sorted(customers))
    written = as_written_alike(pa.array([one.email for one in rows], pa.string())).to_pylist()
    return found | {one.customer_id: address for one, address in zip(rows, written, strict=True) if address}


def last_contacts(connection: Connection, customers: set[str], channel: str) -> dict[str, datetime]:
    """When some customers were written to last on a channel."""
    row = OutboxRow
    rows = connection.execute(
        select(row.customer_id, func.max(row.happened_at).label("at"))
        .where(among(row.customer_id, customers), row.channel == channel, row.state.in_(("sent", "unclear")))
        .group_by(row.customer_id)
    ).all()
    return {one.customer_id: one.at for one in rows if one.at}
