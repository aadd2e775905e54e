"""What is known of the people of one batch: offers of the plan, answers, contacts, and who else wants them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from passend.campaigns.admission import ASK_AGAIN, Room, Wish, takes
from passend.campaigns.schema import REACTIONS, Campaign, Kind
from passend.campaigns.walk import Look, Traveller
from passend.flow.campaigns.running import Running
from passend.store.batches import among
from passend.store.campaigns import CampaignRow, JourneyRow, TallyRow
from passend.store.live import InboxRow, OfferRow
from passend.store.marks import mark
from passend.store.outbox import AllowanceRow, OutboxRow, ResponseRow

#: Messages by which caps count: all that has left, may have left, or may still leave; and what would have.
COUNTED = ("queued", "sending", "sent", "unclear", "reserved", "given", "shown", "ghost")
_KINDS = {"open": ("opened",), "click": ("clicked", "opened"), "reply": ("replied",), "accept": ("accepted",)}
_EVENTS = {"order": "bought", "return": "returned", "complaint": "complained"}


def looks(
    connection: Connection, campaign: Campaign, people: Sequence[Traveller], run: Running
) -> dict[int, Look]:
    """What each person's walk depends on; only what the steps of the campaign ask for is fetched."""
    kinds = {step.kind for step in campaign.steps.values()}
    offers = _offers(connection, campaign, people) if wants_offers(campaign) else {}
    answers = _answers(connection, people) if Kind.CHECK in kinds else {}
    shares = _shares(connection, campaign, run) if Kind.CHECK in kinds else {}
    nothing: Mapping[tuple[str, str], bool] = {}
    return {
        one.id: Look(answers.get(one.id, nothing), offers.get(one.customer_id, {}), shares) for one in people
    }


def wants_offers(campaign: Campaign) -> bool:
    """Whether any step needs the plan."""
    return any(step.kind == Kind.DECIDE or step.wants_plan for step in campaign.steps.values())


def _offers(
    connection: Connection, campaign: Campaign, people: Sequence[Traveller]
) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Customer -> channel -> the plan's best offer there, among the campaign's products."""
    row = OfferRow
    rows = connection.execute(
        select(
            row.customer_id, row.channel, row.product_id, row.place, row.discount_share, row.value_cents,
            row.contact_cents, row.probability, row.facts,
        )
        .where(row.version == mark(connection, "offers"), among(row.customer_id, [one.customer_id for one in people]))
        .order_by(row.customer_id, row.rank)
    ).all()  # fmt: skip
    made: dict[str, dict[str, Mapping[str, Any]]] = {}
    for customer, channel, product, place, discount, value, cost, chance, facts in rows:
        if campaign.products and product not in campaign.products:
            continue
        best = made.setdefault(customer, {})
        if channel not in best:
            best[channel] = {
                "product_id": product, "place": place, "discount_share": discount, "value_cents": value,
                "contact_cents": cost, "probability": chance, "facts": facts,
            }  # fmt: skip
    return made


def _answers(connection: Connection, people: Sequence[Traveller]) -> dict[int, dict[tuple[str, str], bool]]:
    """Journey -> what happened in it: reactions of people, never of machines; orders, returns and complaints."""
    by_id = {one.id: one for one in people}
    made: dict[int, dict[tuple[str, str], bool]] = {one.id: {} for one in people}
    sent: dict[int, list[tuple[str, datetime]]] = {}
    messages = connection.execute(
        select(OutboxRow.journey_id, OutboxRow.step, OutboxRow.queued_at, ResponseRow.kind)
        .outerjoin(ResponseRow, (ResponseRow.outbox_id == OutboxRow.id) & ResponseRow.is_human)
        .where(among(OutboxRow.journey_id, by_id))
    ).all()
    for journey, step, at, kind in messages:
        sent.setdefault(journey, []).append((step, at))
        for question in _KINDS.get(kind or "", ()):
            made[journey][question, step] = made[journey][question, ""] = True
    customers = {one.customer_id for one in people}
    earliest = min(one.entered_at for one in people)
    events: dict[str, list[tuple[str, datetime]]] = {}
    for customer, kind, at in connection.execute(
        select(InboxRow.customer_id, InboxRow.kind, InboxRow.happened_at).where(
            among(InboxRow.customer_id, customers),
            InboxRow.kind.in_(list(_EVENTS)),
            InboxRow.happened_at >= earliest,
        )
    ).all():
        events.setdefault(str(customer), []).append((_EVENTS[kind], at))
    for one in people if events else ():
        for question, at in events.get(one.customer_id, ()):
            if at >= one.entered_at:
                made[one.id][question, ""] = True
                made[one.id].update(
                    {(question, step): True for step, when in sent.get(one.id, ()) if at >= when}
                )
    return made


def _shares(connection: Connection, campaign: Campaign, run: Running) -> dict[str, float]:
    """Of those who were contacted, the share that reacted: ghosts are drawn by it."""
    asked = [step.name for step in campaign.steps.values() if step.question in REACTIONS]
    if not asked:
        return {}
    rows = connection.execute(
        select(TallyRow.step, TallyRow.way, TallyRow.people).where(
            TallyRow.campaign_id == run.id, TallyRow.step.in_(asked), TallyRow.is_held_out.is_(False)
        )
    ).all()
    counts: dict[str, dict[str, int]] = {}
    for step, way, people in rows:
        counts.setdefault(step, {})[way] = people
    return {step: found.get("yes", 0) / max(1, sum(found.values())) for step, found in counts.items()}


def room_for(
    connection: Connection, campaign: Campaign, wishes: Sequence[Wish], run: Running, now: datetime
) -> Room:
    """What is left for these wishes; allowances stay locked until the transaction ends."""
    customers = sorted({one.who.customer_id for one in wishes})
    contacts: dict[str, list[datetime]] = {}
    for customer, at in connection.execute(
        select(OutboxRow.customer_id, OutboxRow.queued_at)
        .where(
            among(OutboxRow.customer_id, customers),
            OutboxRow.queued_at > now - campaign.caps.within,
            OutboxRow.state.in_(COUNTED),
        )
        .order_by(OutboxRow.queued_at.desc())
    ).all():
        contacts.setdefault(customer, []).append(at)
    return Room(contacts, _rivals(connection, customers, run, now), _left(connection, campaign, wishes))


def _rivals(
    connection: Connection, customers: Sequence[str], run: Running, now: datetime
) -> dict[str, tuple[float, str]]:
    rows = connection.execute(
        select(JourneyRow.customer_id, JourneyRow.value_cents, CampaignRow.name)
        .join(CampaignRow, CampaignRow.id == JourneyRow.campaign_id)
        .where(
            among(JourneyRow.customer_id, customers),
            JourneyRow.campaign_id != run.id,
            JourneyRow.state == "waiting",
            JourneyRow.wants_contact,
            JourneyRow.due_at <= now + ASK_AGAIN,
            CampaignRow.state == "running",
        )
    ).all()
    made: dict[str, tuple[float, str]] = {}
    for customer, value, name in rows:
        made[customer] = max(made.get(customer, (float("-inf"), "")), (value, name))
    return made


def _left(connection: Connection, campaign: Campaign, wishes: Sequence[Wish]) -> dict[str, float]:
    names = sorted({name for one in wishes for name in takes(campaign, one)})
    if not names:
        return {}
    rows = connection.execute(
        select(AllowanceRow.name, AllowanceRow.capacity, AllowanceRow.used)
        .where(AllowanceRow.name.in_(names))
        .order_by(AllowanceRow.name)
        .with_for_update()
    ).all()
    return {name: capacity - used for name, capacity, used in rows}
