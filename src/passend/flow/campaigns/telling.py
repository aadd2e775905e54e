"""What people ask of a campaign: how far is it, what is wrong with it, and why was this customer not contacted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from passend.errors import StoreError
from passend.flow.campaigns.health import troubles
from passend.flow.campaigns.membership import members, would_join
from passend.flow.campaigns.planning import OFFERED, audience_of
from passend.flow.campaigns.running import found, read_once, running, switched_off
from passend.flow.campaigns.triggering import let_in
from passend.store import Store
from passend.store.campaigns import CampaignRow, JourneyRow, TallyRow
from passend.store.live import InboxRow
from passend.store.outbox import OutboxRow, ResponseRow
from passend.workspace import Workspace


@dataclass(frozen=True)
class Progress:
    """How far a campaign is.

    Attributes:
        name, state, reason, version: of the campaign.
        has_draft: whether changes wait to be published.
        people: state of a journey -> people, without the held-out.
        held_out: people kept without offers.
        held_by_programme: of these, those whom the programme holds out; the others are this campaign's.
        messages: state of a message -> how many.
        last_hour: messages that left, and offers that were shown or made by staff, in the last hour.
        declined: customers' answers that they do not want what was offered.
        steps: (step, way) -> people who went it, without the held-out.
        waits: step -> people who are there now, without the held-out.
        unclear: keys of messages of which nobody knows whether they arrived, at most 100.
        last_error: what went wrong last, and when.
        next_wake: when somebody is due next.
        stopped_by: the switch that holds it off, and who set it.
        troubles: what keeps all campaigns from going on, such as a worker that does not run.
    """

    name: str
    state: str
    reason: str
    version: int | None
    has_draft: bool
    people: Mapping[str, int]
    held_out: int
    messages: Mapping[str, int]
    last_hour: int
    steps: Mapping[tuple[str, str], int] = field(default_factory=dict)
    waits: Mapping[str, int] = field(default_factory=dict)
    unclear: tuple[str, ...] = ()
    last_error: str = ""
    next_wake: datetime | None = None
    stopped_by: str = ""
    troubles: tuple[str, ...] = ()
    held_by_programme: int = 0
    declined: int = 0

    @property
    def under_way(self) -> int:
        """People in it now, without the held-out."""
        return self.people.get("waiting", 0) + self.people.get("sending", 0)

    @property
    def entered(self) -> int:
        """All who ever came in, the held-out among them."""
        return sum(self.people.values()) + self.held_out

    @property
    def contacts(self) -> int:
        """Messages that left, and offers that were shown or made by staff."""
        return self.messages.get("sent", 0) + self.messages.get("shown", 0)


def progress(store: Store, now: datetime, name: str = "") -> list[Progress]:
    """How far the campaigns are; all, or the one of that name.

    Raises:
        StoreError: there is no campaign of that name.
    """
    held_up = troubles(store, now)
    with store.read() as connection:
        if name:
            found(connection, name)
        rows = connection.execute(select(CampaignRow.__table__).order_by(CampaignRow.name)).all()
        off = switched_off(connection)
        found_ = [_progress(connection, row, off, now) for row in rows if not name or row.name == name]
    return [replace(one, troubles=held_up) if one.state == "running" else one for one in found_]


def _progress(connection: Connection, row: Any, off: Mapping[str, str], now: datetime) -> Progress:
    mine = JourneyRow.campaign_id == row.id
    sent = OutboxRow.campaign_id == row.id
    people: dict[str, int] = {}
    waits: dict[str, int] = {}
    held = by_programme = 0
    of = (JourneyRow.state, JourneyRow.is_held_out, JourneyRow.held_by, JourneyRow.step)
    for state, is_held, held_by, step, count in connection.execute(
        select(*of, func.count()).where(mine).group_by(*of)
    ).all():
        if is_held:
            held += count
            by_programme += count if held_by == "programme" else 0
            continue
        people[state] = people.get(state, 0) + count
        if state in ("waiting", "sending"):
            waits[step] = waits.get(step, 0) + count
    states = select(OutboxRow.state, func.count()).where(sent).group_by(OutboxRow.state)
    messages: dict[str, int] = {row[0]: row[1] for row in connection.execute(states).all()}
    hour = select(func.count()).where(
        sent, OutboxRow.state.in_(("sent", "shown")), OutboxRow.happened_at > now - timedelta(hours=1)
    )
    steps = connection.execute(
        select(TallyRow.step, TallyRow.way, TallyRow.people).where(
            TallyRow.campaign_id == row.id, TallyRow.is_held_out.is_(False)
        )
    ).all()
    unclear = (
        select(OutboxRow.key).where(sent, OutboxRow.state == "unclear").order_by(OutboxRow.id).limit(100)
    )
    wake = select(func.min(JourneyRow.due_at)).where(mine, JourneyRow.state == "waiting")
    refusals = (
        select(func.count())
        .select_from(ResponseRow)
        .join(OutboxRow, OutboxRow.id == ResponseRow.outbox_id)
        .where(sent, ResponseRow.kind == "decline")
    )
    stop = next((f"{one} ({off[one]})" for one in ("all", f"campaign/{row.name}") if one in off), "")
    return Progress(
        row.name, row.state, row.state_reason, row.live_revision, row.draft is not None, people, held, messages,
        int(connection.execute(hour).scalar_one()),
        {(step, way): count for step, way, count in steps},
        waits,
        tuple(connection.execute(unclear).scalars()),
        f"{row.last_error} ({row.last_error_at:%Y-%m-%d %H:%M})" if row.last_error else "",
        connection.execute(wake).scalar(),
        stop,
        held_by_programme=by_programme,
        declined=int(connection.execute(refusals).scalar_one()),
    )  # fmt: skip


def would_enter(store: Store, workspace: Workspace, name: str, now: datetime, days: int) -> list[str]:
    """The customers whom the trigger would have let in over the last days, as far as the caps go; nothing changes.

    Who would have joined an audience is told by the data: who is in it at their end, and was not so many days before.

    Raises:
        StoreError: there is no such campaign, or it has no trigger.
    """
    with store.read() as connection:
        row = found(connection, name)
        runs = {run.id: run for run in running(connection, ("draft", "running", "paused"))}
        campaign = read_once(row.draft, name) if row.draft is not None else runs[row.id].now
        trigger = campaign.trigger
        if trigger is None:
            raise StoreError(f"Campaign '{name}' has no trigger: its audience enters at the start.")
        since = InboxRow.received_at > now - timedelta(days=days)
        events = connection.execute(select(InboxRow.__table__).where(since).order_by(InboxRow.id)).all()
        entrants = let_in(connection, campaign, trigger, events)
    if trigger.on == "joined":
        customers = would_join(workspace, campaign.audience, days)
    else:
        customers = list(dict.fromkeys(one.customer_id for one in entrants))
        if customers and campaign.audience.is_chosen:
            inside = set(members(workspace, campaign.audience).to_pylist())
            customers = [one for one in customers if one in inside]
    caps = campaign.caps
    most = [caps.at_once, None if caps.entries_a_day is None else caps.entries_a_day * days]
    return sorted(customers[: min((one for one in most if one is not None), default=None)])


@dataclass(frozen=True)
class Told:
    """One thing that is known of a customer in a campaign.

    Attributes:
        at: when, where known.
        step: of the funnel or of the journey.
        says: what happened there.
        details: channel, product, the other side's words, or until when.
        record: the row, rule or table that says so.
    """

    at: datetime | None
    step: str
    says: str
    details: str
    record: str


def why(store: Store, workspace: Workspace, name: str, customer_id: str) -> list[Told]:
    """What became of a customer in a campaign: where they fell out and by which record, or what they were sent.

    Raises:
        StoreError: there is no such campaign.
    """
    with store.read() as connection:
        row = found(connection, name)
        journeys = connection.execute(
            select(JourneyRow.__table__)
            .where(JourneyRow.campaign_id == row.id, JourneyRow.customer_id == customer_id)
            .order_by(JourneyRow.id)
        ).all()
        told = [one for journey in journeys for one in _journey(connection, journey)]
        states = ("draft", "running", "paused", "cancelled", "ended")
        runs = {run.id: run for run in running(connection, states)}
    if told:
        return told
    campaign = runs[row.id].now if row.id in runs else read_once(row.draft, name)
    audience = audience_of(workspace, campaign)
    for loss in audience.funnel:
        if customer_id in loss.gone:
            record = "why_not" if loss.step == OFFERED else f"campaign/{name}, audience"
            return [Told(None, loss.step, loss.gone[customer_id], "", record)]
    if customer_id not in audience.customers:
        return [Told(None, "all customers", "There is no such customer.", customer_id, "customer_facts")]
    if row.live_revision is None:
        return [Told(None, "start", "The campaign has not started.", "", f"campaign/{name}")]
    if campaign.trigger is not None:
        return [Told(None, "trigger", "Nothing happened that lets them in.", campaign.trigger.on, "inbox")]
    says = "They were not in the audience when it entered, or the limits of entry were reached."
    return [Told(None, "entry", says, "", f"campaign/{name}")]


_STATES = {
    "queued": "The message waits in the queue.",
    "sending": "The message was handed over; there is no answer yet.",
    "sent": "The message was sent.",
    "refused": "The message was refused.",
    "expired": "The message expired before it could leave.",
    "cancelled": "The message was cancelled.",
    "unclear": "It is unclear whether the message arrived; it is not sent again.",
    "reserved": "The offer waits until the customer appears.",
    "given": "The offer was handed out.",
    "shown": "The offer was shown.",
    "ghost": "They would have been contacted; nothing was sent.",
}
_STANDS = {
    "waiting": "They wait here.",
    "sending": "They wait for what becomes of the message.",
    "done": "They came to the end.",
    "left": "They left before the end.",
}


def _journey(connection: Connection, journey: Any) -> list[Told]:
    record = f"journeys/{journey.id}"
    told = [Told(journey.entered_at, "entry", "They entered.", "", record)]
    if journey.is_held_out:
        says = "They are kept without offers, to measure the effect."
        told.append(Told(journey.entered_at, "hold-out", says, "", record))
    messages = connection.execute(
        select(OutboxRow.__table__).where(OutboxRow.journey_id == journey.id).order_by(OutboxRow.id)
    ).all()
    for one in messages:
        details = ", ".join(filter(None, (one.channel, one.product_id, one.code, one.diagnostic)))
        at = one.happened_at or one.queued_at
        told.append(Told(at, one.step, _STATES[one.state], details, f"outbox/{one.id}"))
        told += _reactions(connection, one)
    until = f"{journey.due_at:%Y-%m-%d %H:%M}" if journey.state == "waiting" and journey.due_at else ""
    details = ", ".join(filter(None, (until, journey.reason)))
    at = journey.ended_at or journey.step_since
    return [*told, Told(at, journey.step, _STANDS[journey.state], details, record)]


def _reactions(connection: Connection, message: Any) -> list[Told]:
    row = ResponseRow
    rows = connection.execute(
        select(row.id, row.kind, row.happened_at, row.is_human)
        .where(row.outbox_id == message.id)
        .order_by(row.id)
    ).all()
    return [
        Told(
            at, message.step, "They reacted." if is_human else "A machine reacted.", kind, f"responses/{id_}"
        )
        for id_, kind, at, is_human in rows
    ]
