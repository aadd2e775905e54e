"""Variants that compete: their chances follow what people answered, at most once a day, and each change is kept.

Who was contacted is judged when the time for an answer is over, whether they answered early or not: else the variant
that is answered sooner would look better. Held-out people got nothing and are not counted; machines do not answer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, Subquery, and_, exists, func, select, type_coerce

from passend.campaigns import Campaign
from passend.campaigns.schema import Adaptive
from passend.campaigns.variants import Rate, Tried, chances_of, rates_of
from passend.flow.campaigns.running import Running, found, running
from passend.store import Store
from passend.store.batches import insert_rows
from passend.store.campaigns import ChanceRow, JourneyRow
from passend.store.live import InboxRow
from passend.store.outbox import OutboxRow, ResponseRow

#: Chances change no more often: answers come in over days, and each state is one comparison.
EVERY = timedelta(days=1)
#: Messages that somebody got, and by which an answer is waited for.
_ARRIVED = ("sent", "shown")
_REACTIONS = {"clicked": "click", "replied": "reply", "accepted": "accept"}


def chances_now(connection: Connection, run: Running) -> dict[str, float]:
    """The chances with which the variants of a campaign are drawn now; empty where it has none."""
    written = dict(run.now.variants)
    if run.now.adaptive is None:
        return written
    _, kept = _latest(connection, run)
    return {name: kept[name] for name in written} if kept.keys() == written.keys() else written


def adapt(store: Store, run: Running, now: datetime) -> bool:
    """Let the chances of a campaign follow the answers, if a day has passed; whether they were looked at.

    Two workers that do so at once write the same numbers, and the second changes nothing.
    """
    how = run.now.adaptive
    if how is None:
        return False
    with store.read() as connection:
        newest = connection.execute(
            select(func.max(ChanceRow.number), func.max(ChanceRow.at)).where(ChanceRow.campaign_id == run.id)
        ).one()
        number, at = int(newest[0] or 0), newest[1]
        if at is not None and now - at < EVERY:
            return False
        tried = counted(connection, run, how, now)
    chances = chances_of(tried, run.now.variants, how.floor)
    if not tried:  # nothing is known: the shares of the file hold on
        chances = dict(run.now.variants)
    people, answered = ({one.variant: 0 for one in tried} for _ in range(2))
    for one in tried:
        people[one.variant] += one.people
        answered[one.variant] += one.answered
    rows = [
        {
            "campaign_id": run.id, "number": number + 1, "variant": name, "revision": compared_since(run), "at": now,
            "chance": chance, "people": people.get(name, 0), "answered": answered.get(name, 0),
        }
        for name, chance in chances.items()
    ]  # fmt: skip
    with store.change() as connection:
        insert_rows(connection, ChanceRow, rows)
    return True


@dataclass(frozen=True)
class Competing:
    """How one variant stands: the chance with which it is drawn now, and what it really brought."""

    variant: str
    chance: float
    rate: Rate


def competing(store: Store, name: str, now: datetime) -> list[Competing]:
    """How the variants of a campaign stand, each answer weighted by the chance of its draw; empty where it has none.

    Raises:
        StoreError: there is no such campaign.
    """
    with store.read() as connection:
        id_ = found(connection, name).id
        states = ("draft", "running", "paused", "cancelled", "ended")
        run = next((one for one in running(connection, states) if one.id == id_), None)
        if run is None or not run.now.variants:
            return []
        chances = chances_now(connection, run)
        rates = rates_of(counted(connection, run, run.now.adaptive or Adaptive(), now), run.now.variants)
    return [Competing(name, chances[name], rate) for name, rate in rates.items()]


def counted(connection: Connection, run: Running, how: Adaptive, now: datetime) -> list[Tried]:
    """People by variant and chance of their draw, and how many of them answered in time."""
    row, reached = JourneyRow, _reached(run.id)
    first, until = reached.c.at, reached.c.at + how.within // timedelta(milliseconds=1)
    if how.by == "bought":
        moment = type_coerce(InboxRow.happened_at, BigInteger)
        answer = exists().where(
            InboxRow.customer_id == row.customer_id,
            InboxRow.kind == "order",
            moment >= first,
            moment <= until,
        )
    else:
        moment = type_coerce(ResponseRow.happened_at, BigInteger)
        answer = exists().where(
            OutboxRow.journey_id == row.id, ResponseRow.outbox_id == OutboxRow.id, ResponseRow.is_human,
            ResponseRow.kind == _REACTIONS[how.by], moment <= until,
        )  # fmt: skip
    people = select(row.variant, row.variant_chance, func.count()).join(
        reached, reached.c.journey_id == row.id
    )
    people = people.where(
        row.campaign_id == run.id, row.is_held_out.is_(False), row.revision >= compared_since(run),
        type_coerce(until, BigInteger) <= type_coerce(now, row.entered_at.type),
    ).group_by(row.variant, row.variant_chance)  # fmt: skip
    yes = {(name, chance): count for name, chance, count in connection.execute(people.where(answer)).all()}
    return [
        Tried(name, chance, count, yes.get((name, chance), 0))
        for name, chance, count in connection.execute(people.order_by(row.variant, row.variant_chance)).all()
        if name in run.now.variants
    ]


def _reached(campaign_id: int) -> Subquery:
    """Journey -> when its first message arrived, in milliseconds."""
    at = func.min(type_coerce(OutboxRow.happened_at, BigInteger)).label("at")
    arrived = and_(OutboxRow.campaign_id == campaign_id, OutboxRow.state.in_(_ARRIVED))
    return select(OutboxRow.journey_id, at).where(arrived).group_by(OutboxRow.journey_id).subquery()


def _latest(connection: Connection, run: Running) -> tuple[int, dict[str, float]]:
    """The newest chances that belong to the texts in force."""
    row = ChanceRow
    mine = (row.campaign_id == run.id, row.revision == compared_since(run))
    number = int(connection.execute(select(func.max(row.number)).where(*mine)).scalar() or 0)
    kept = connection.execute(select(row.variant, row.chance).where(*mine, row.number == number)).all()
    return number, {name: chance for name, chance in kept}  # noqa: C416 - rows are no pairs to the type checker


def compared_since(run: Running) -> int:
    """The first version since which people get what they get now: older answers were given to other texts."""
    since = run.live
    for number in sorted((one for one in run.versions if one < run.live), reverse=True):
        if words_of(run.versions[number]) != words_of(run.now):
            break
        since = number
    return since


def words_of(version: Campaign) -> tuple[object, ...]:
    """What the answers of people depend on: what they get, and whether they are people of the same kind."""
    steps = {
        name: (one.kind, one.ways, one.shares, one.wait, one.channel, one.place, one.content)
        for name, one in version.steps.items()
    }
    trigger = version.trigger
    entry = (
        (trigger.on, trigger.products, trigger.after, trigger.at_least, trigger.within) if trigger else None
    )
    return version.products, version.audience, entry, version.first, steps
