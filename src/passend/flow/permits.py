"""Who may forbid a message when it leaves: the customer's word, the law, the guard, and an earlier tool's refusals."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import pyarrow as pa
from sqlalchemy import Connection, func, select

from passend.campaigns.consent.standing import Question, Terms, standing
from passend.channels import Answer, Message, Outcome
from passend.intake.identity import as_written_alike
from passend.store.batches import among
from passend.store.ledger import Marker, tools_in_the_way, walls_of, words_of
from passend.store.live import PersonRow
from passend.store.marks import mark
from passend.store.outbox import OutboxRow


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
        forbidden: dict[str, Answer] = {}
        for channel in sorted({one.channel for one in batch}):
            mine = [one for one in batch if one.channel == channel]
            walls = walls_of(connection, [one for one in people.values() if one], channel, marker)
            last = last_contacts(connection, {one.customer_id for one in mine}, channel)
            for one in mine:
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
