"""The consent ledger: words are added, never changed; what stands of a person is read from them."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, or_, select, update

from passend.campaigns.consent.standing import Word
from passend.store.batches import insert_rows
from passend.store.consents import ConsentRow, ConsentTextRow, FormerToolRow, SuppressionRow

_One = TypeVar("_One")
#: An address under the workspace's salt: it tells an erased address again without keeping it.
Marker = Callable[[str], str]


@dataclass(frozen=True)
class NewWord:
    """A word as it is told to the ledger.

    Attributes:
        channel: on which; ``any`` for all.
        is_given: yes or no.
        said_at: when the person said so.
        source: form, import, mail program ...
        customer_id: whose number, where known.
        address: under which address, written alike.
        topic: empty for all advertising.
        basis: double opt-in, opt-in, existing customer or objection.
        gap_days: wish to hear at most once in so many days.
        words: the text agreed to, word for word.
        language: of that text.
        evidence: what proves it: form, message, token, order.
    """

    channel: str
    is_given: bool
    said_at: datetime
    source: str
    customer_id: str | None = None
    address: str | None = None
    topic: str = ""
    basis: str = ""
    gap_days: int | None = None
    words: str = ""
    language: str = ""
    evidence: Mapping[str, Any] | str = field(default_factory=dict)

    @property
    def text_version(self) -> str:
        """The fingerprint of the text agreed to; empty where none is known."""
        return hashlib.sha256(self.words.encode()).hexdigest()[:16] if self.words else ""


@dataclass(frozen=True)
class Wall:
    """An address that gets no advertising any more.

    Attributes:
        address: written alike.
        reason: complaint, hard bounce, given up, unsubscribed, erased, or the words of an import.
        since: when.
        source: who told it.
        evidence: the diagnostic, or the row of the import.
        channel: on which; ``any`` for all.
    """

    address: str
    reason: str
    since: datetime
    source: str
    evidence: str = ""
    channel: str = "email"


def add_words(connection: Connection, words: Iterable[NewWord], now: datetime) -> int:
    """Add words to the ledger; the same word told twice stands there once. Returns how many were new."""
    added = 0
    for some in _parts(words, 1000):
        texts = {one.text_version: one for one in some if one.words}
        insert_rows(
            connection,
            ConsentTextRow,
            [
                {"version": version, "words": one.words, "language": one.language, "first_used_at": now}
                for version, one in texts.items()
            ],
        )
        added += insert_rows(connection, ConsentRow, [_row(one, now) for one in some])
    return added


def suppress(connection: Connection, walls: Iterable[Wall], mark: Marker) -> int:
    """Keep addresses from getting advertising; the same wall told twice stands there once. Returns the new ones."""
    return sum(
        insert_rows(connection, SuppressionRow, [_wall(one, mark) for one in some])
        for some in _parts(walls, 1000)
    )


def lift(connection: Connection, mark: str, now: datetime, who: str) -> int:
    """A person takes a wall away, such as when a mailbox works again; returns how many there were."""
    standing = (SuppressionRow.mark == mark) & SuppressionRow.lifted_at.is_(None)
    return connection.execute(
        update(SuppressionRow).where(standing).values(lifted_at=now, lifted_by=who)
    ).rowcount


def words_of(connection: Connection, people: Mapping[str, str | None]) -> dict[str, list[Word]]:
    """All words of some customers, told under their number or their address.

    Args:
        connection: in a transaction.
        people: customer -> address, written alike.
    """
    found: dict[str, list[Word]] = {customer: [] for customer in people}
    owners: dict[str, list[str]] = {}
    for customer, address in people.items():
        if address:
            owners.setdefault(address, []).append(customer)
    for some in _parts(people, 500):
        addresses = [address for one in some if (address := people[one])]
        rows = connection.execute(
            select(ConsentRow.__table__).where(
                or_(ConsentRow.customer_id.in_(some), ConsentRow.address.in_([*some, *addresses]))
            )
        )
        for row in rows:
            whose = {row.customer_id, row.address, *owners.get(row.address or "", ())}
            for customer in whose & set(some):
                found[customer].append(_word(row))
    return found


def walls_of(
    connection: Connection, addresses: Iterable[str], channel: str, mark: Marker
) -> dict[str, list[Word]]:
    """The walls before some addresses on a channel, as words that are a no."""
    marks = {mark(one): one for one in addresses if one}
    found: dict[str, list[Word]] = {}
    for some in _parts(marks, 500):
        rows = connection.execute(
            select(SuppressionRow.__table__).where(
                SuppressionRow.mark.in_(some),
                SuppressionRow.lifted_at.is_(None),
                SuppressionRow.channel.in_([channel, "any"]),
            )
        )
        for row in rows:
            says = Word(
                f"suppressions/{row.id}", row.channel, "", False, row.since, row.reason, None, row.source,
                row.evidence,
            )  # fmt: skip
            found.setdefault(marks[row.mark], []).append(says)
    return found


def texts_of(connection: Connection, versions: Iterable[str]) -> dict[str, str]:
    """Texts that people agreed to, word for word, by their versions."""
    row = ConsentTextRow
    found = connection.execute(
        select(row.version, row.words).where(row.version.in_(sorted({one for one in versions if one})))
    )
    return {one.version: one.words for one in found}


def tools_in_the_way(connection: Connection) -> list[str]:
    """Earlier mail tools whose refusals are not imported yet: until then no advertising leaves."""
    rows = connection.execute(select(FormerToolRow.name).where(FormerToolRow.imported_at.is_(None)))
    return sorted(rows.scalars())


def _row(one: NewWord, now: datetime) -> dict[str, Any]:
    evidence = (
        one.evidence if isinstance(one.evidence, str) else json.dumps(dict(one.evidence), ensure_ascii=False)
    )
    content = {
        "customer_id": one.customer_id, "address": one.address, "channel": one.channel, "topic": one.topic,
        "is_given": one.is_given, "basis": one.basis or ("opt-in" if one.is_given else "objection"),
        "gap_days": one.gap_days, "said_at": one.said_at, "source": one.source, "text_version": one.text_version,
        "evidence": "" if evidence == "{}" else evidence,
    }  # fmt: skip
    told = json.dumps(content, sort_keys=True, default=str)
    return {**content, "key": hashlib.sha256(told.encode()).hexdigest(), "recorded_at": now}


def _wall(one: Wall, mark: Marker) -> dict[str, Any]:
    told = f"{one.address}\n{one.channel}\n{one.reason}\n{one.since.isoformat()}"
    return {
        "key": mark(told), "mark": mark(one.address), "address": one.address, "channel": one.channel,
        "reason": one.reason, "since": one.since, "source": one.source, "evidence": one.evidence, "lifted_by": "",
    }  # fmt: skip


def _word(row: Any) -> Word:
    return Word(
        f"consent_words/{row.id}", row.channel, row.topic, bool(row.is_given), row.said_at, row.basis, row.gap_days,
        row.source, row.evidence, row.text_version,
    )  # fmt: skip


def unbridged(connection: Connection, most: int = 100_000) -> Sequence[Any]:
    """Words about all advertising that the contract table ``consents`` does not have yet, oldest first."""
    rows = connection.execute(
        select(ConsentRow.__table__)
        .where(ConsentRow.batch.is_(None), ConsentRow.topic == "")
        .order_by(ConsentRow.id)
        .limit(most)
    )
    return rows.all()


def bridged(connection: Connection, ids: Iterable[int], batch: int) -> None:
    """These words have gone over in a batch."""
    for some in _parts(ids, 500):
        connection.execute(update(ConsentRow).where(ConsentRow.id.in_(some)).values(batch=batch))


def each_wall(connection: Connection) -> Iterator[Any]:
    """All walls that stand."""
    yield from connection.execute(select(SuppressionRow.__table__).where(SuppressionRow.lifted_at.is_(None)))


def _parts(items: Iterable[_One], size: int) -> Iterator[tuple[_One, ...]]:
    rest = iter(items)
    while part := tuple(islice(rest, size)):
        yield part
