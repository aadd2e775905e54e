"""What comes back after messages left: bounces, complaints, goodbyes and clicks, put where they belong.

A report that names no message of ours proves nothing: anybody can write to the mailbox for bounces. It is kept, and
ends no address. Providers' calls are signed or carry a secret, and are believed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from passend.channels.email.feedback import ENDING, Feedback, Kind, given_up
from passend.channels.links.hits import PAUSE, Hit, human, visits
from passend.channels.links.pages import Effect
from passend.flow.opting import confirmed
from passend.store import Store
from passend.store.batches import insert_rows
from passend.store.ledger import Marker, NewWord, Wall, add_words, suppress
from passend.store.mails import DeliveryRow, FeedbackRow, HitRow
from passend.store.outbox import OutboxRow, ResponseRow

_RESPONSES = {
    Kind.HARD: "bounce", Kind.SOFT: "bounce", Kind.BLOCKED: "bounce", Kind.COMPLAINT: "complaint",
    Kind.UNSUBSCRIBE: "unsubscribe",
}  # fmt: skip


def take_feedback(store: Store, words: Iterable[Feedback], mark: Marker, now: datetime) -> int:
    """Keep what came back, and end marketing to addresses that bounced, complained or said goodbye.

    The same word twice counts once. Returns how many were new.
    """
    told = list(words)
    with store.change() as connection:
        ours = _ours(connection, told)
        known = _known(connection, [one.event_id for one in told])
        fresh = list({one.event_id: one for one in told if one.event_id not in known}.values())
        for one in fresh:
            _kept(connection, one, ours.get(one.message_id, ("", "", 0, "")), now)
        believed = [one for one in fresh if one.message_id in ours or one.source != "mailbox"]
        _ended(connection, believed, ours, mark, now)
    return len(fresh)


def carry_out(store: Store, effects: Sequence[Effect], mark: Marker, now: datetime) -> None:
    """Do what customers did on the pages behind links, in one transaction."""
    with store.change() as connection:
        for one in effects:
            if one.kind == "hit" and one.hit is not None:
                hit = one.hit
                row = {
                    "outbox_key": hit.message,
                    "link": hit.link,
                    "kind": hit.kind,
                    "method": hit.method,
                    "at": hit.at,
                }
                insert_rows(connection, HitRow, [{**row, "agent": str(one.content.get("agent", ""))[:200]}])
            elif one.kind == "unsubscribe":
                _unsubscribed(connection, one.content, now)
            elif one.kind == "confirm":
                confirmed(
                    connection, str(one.content["token"]), str(one.content.get("evidence", "")), mark, now
                )
            elif one.kind == "prefer":
                _preferred(connection, one.content, now)


def derive_clicks(store: Store, since: datetime, now: datetime) -> int:
    """Turn raw fetches into clicks of people and of machines; visits that go on are left for later.

    Returns how many clicks of people were new. May be called again over the same time: each click stands there once.
    """
    added = 0
    with store.change() as connection:
        keys = connection.execute(
            select(HitRow.outbox_key).where(HitRow.at >= since - timedelta(hours=1)).distinct()
        ).scalars()
        for start in _parts(list(keys)):
            hits: dict[str, list[Hit]] = {}
            for row in connection.execute(select(HitRow.__table__).where(HitRow.outbox_key.in_(start))):
                hits.setdefault(row.outbox_key, []).append(
                    Hit(row.outbox_key, row.link, row.kind, row.method, row.at)
                )
            added += _clicks(connection, hits, now)
    return added


def _clicks(connection: Connection, hits: Mapping[str, list[Hit]], now: datetime) -> int:
    row = OutboxRow
    messages = connection.execute(
        select(row.id, row.key, row.customer_id, row.happened_at).where(row.key.in_(list(hits)))
    ).all()
    made = []
    for one in messages:
        closed = [hit for visit in visits(hits[one.key]) if visit[-1].at + PAUSE < now for hit in visit]
        people = human(closed, one.happened_at)
        made += [
            {
                "key": f"click/{one.key}/{hit.link}/{hit.at.isoformat()}", "outbox_id": one.id,
                "customer_id": one.customer_id, "kind": "click", "is_human": hit in people,
                "happened_at": hit.at, "details": f"link {hit.link}", "batch": None,
            }
            for hit in closed
            if hit.kind == "click"
        ]  # fmt: skip
    insert_rows(connection, ResponseRow, [one for one in made if not one["is_human"]])
    return insert_rows(connection, ResponseRow, [one for one in made if one["is_human"]])


def _ours(connection: Connection, told: Sequence[Feedback]) -> dict[str, tuple[str, str, int, str]]:
    """Message-ID -> its message, campaign, number in the outbox and customer."""
    wanted = sorted({one.message_id for one in told if one.message_id})
    sent, row = DeliveryRow, OutboxRow
    found: dict[str, tuple[str, str, int, str]] = {}
    for some in _parts(wanted):
        rows = connection.execute(
            select(sent.message_id, sent.outbox_key, sent.campaign, row.id, row.customer_id)
            .join(row, row.key == sent.outbox_key)
            .where(sent.message_id.in_(some))
        ).all()
        found |= {one.message_id: (one.outbox_key, one.campaign, one.id, one.customer_id) for one in rows}
    return found


def _known(connection: Connection, events: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in _parts(list(events)):
        found |= set(
            connection.execute(select(FeedbackRow.event).where(FeedbackRow.event.in_(some))).scalars()
        )
    return found


def _kept(connection: Connection, one: Feedback, source: tuple[str, str, int, str], now: datetime) -> None:
    key, campaign, outbox_id, customer = source
    insert_rows(
        connection,
        FeedbackRow,
        [
            {
                "event": one.event_id, "kind": one.kind.value, "address": one.address, "outbox_key": key,
                "campaign": campaign, "at": one.at, "received_at": now, "code": one.code, "diagnostic": one.says,
                "source": one.source,
            }
        ],
    )  # fmt: skip
    if outbox_id and one.kind in _RESPONSES:
        response = {
            "key": f"feedback/{one.event_id}", "outbox_id": outbox_id, "customer_id": customer,
            "kind": _RESPONSES[one.kind], "is_human": True, "happened_at": one.at, "details": one.kind.value,
            "batch": None,
        }  # fmt: skip
        insert_rows(connection, ResponseRow, [response])


def _ended(
    connection: Connection,
    believed: Sequence[Feedback],
    ours: Mapping[str, tuple[str, str, int, str]],
    mark: Marker,
    now: datetime,
) -> None:
    walls = [
        Wall(one.address, one.kind.value, one.at, one.source, f"{one.code} {one.says}".strip())
        for one in believed
        if one.kind in ENDING - {Kind.UNSUBSCRIBE}
    ]
    words = [
        NewWord(
            "email", False, one.at, one.source, ours.get(one.message_id, ("", "", 0, ""))[3] or None, one.address,
            basis="objection", evidence=f"{one.kind.value} {one.event_id}",
        )
        for one in believed
        if one.kind in {Kind.COMPLAINT, Kind.UNSUBSCRIBE}
    ]  # fmt: skip
    for address in sorted({one.address for one in believed if one.kind is Kind.SOFT}):
        bounces = given_up(_softly(connection, address), now)
        if bounces:
            proof = "; ".join(f"{one.at:%Y-%m-%d} {one.code}" for one in bounces)
            walls.append(Wall(address, "given up", bounces[-1].at, bounces[-1].source, proof))
    suppress(connection, walls, mark)
    add_words(connection, words, now)


def _softly(connection: Connection, address: str) -> list[Feedback]:
    rows = connection.execute(select(FeedbackRow.__table__).where(FeedbackRow.address == address)).all()
    return [
        Feedback(Kind(row.kind), row.address, row.at, "", row.code, row.diagnostic, row.source, row.event)
        for row in rows
    ]


def _unsubscribed(connection: Connection, told: Mapping[str, object], now: datetime) -> None:
    key, customer = str(told.get("m", "")), str(told.get("c", ""))
    evidence = {"message": key, "way": "one click or button", "from": told.get("evidence", "")}
    word = NewWord(
        "email", False, now, "link to unsubscribe", customer or None, str(told.get("a", "")).lower() or None,
        basis="objection", evidence=evidence,
    )  # fmt: skip
    add_words(connection, [word], now)
    row = connection.execute(select(OutboxRow.id).where(OutboxRow.key == key)).first()
    if row is not None:
        response = {
            "key": f"unsubscribe/{key}", "outbox_id": row.id, "customer_id": customer, "kind": "unsubscribe",
            "is_human": True, "happened_at": now, "details": "", "batch": None,
        }  # fmt: skip
        insert_rows(connection, ResponseRow, [response])


def _preferred(connection: Connection, told: Mapping[str, object], now: datetime) -> None:
    customer, address = str(told.get("c", "")) or None, str(told.get("a", "")).lower() or None
    topics, gap = told.get("topics"), told.get("gap_days")
    words = [
        NewWord(
            "email", bool(wanted), now, "preference page", customer, address, str(topic),
            "opt-in" if wanted else "objection", evidence=str(told.get("evidence", "")),
        )
        for topic, wanted in (topics.items() if isinstance(topics, Mapping) else ())
    ]  # fmt: skip
    if isinstance(gap, int):
        wish = NewWord(
            "email", True, now, "preference page", customer, address, "how often", "preference", gap or None
        )
        words.append(wish)
    add_words(connection, words, now)


def _parts(items: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))
