"""Triggers: what happens lets people in, takes them out, and wakes those who wait for an answer. Each event once.

Only events that arrive after the start are judged; nobody rebuilds an audience. The cost depends on the new events,
not on the number of customers. Where the campaign has an audience, only who was in it at the last look is let in.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, text, update

from passend.campaigns import Campaign, Trigger
from passend.campaigns.schema import Kind
from passend.flow.campaigns.entering import Entrant, HoldOut, enter
from passend.flow.campaigns.running import Running, facts_of, running
from passend.flow.campaigns.steering import leave
from passend.store import Store
from passend.store.batches import among, insert_rows, update_rows
from passend.store.campaigns import JourneyRow
from passend.store.live import InboxRow, MemberRow

BATCH = 5000
#: One worker at a time judges, so that two events of one customer never let them in twice.
_ALONE = "select pg_try_advisory_xact_lock(7277599)"
#: The kind of event that each trigger looks at.
KINDS: Mapping[str, str] = {
    "next need": "order",
    "replenishment": "order",
    "repeated purchases": "order",
    "viewed": "view",
    "searched": "search",
    "cart left": "cart",
    "contract anniversary": "contract",
    "back in stock": "stock",
    "price drop": "price",
    "service solved": "service solved",
    "joined": "joined",
}
#: Triggers that wait whether an order comes first: none may follow the event.
WITHOUT_PURCHASE = ("viewed", "searched", "cart left")
#: What takes a person out of the journeys that name it as an exit; who left an audience, only out of its campaign's.
_EXITS = {"order": "purchase", "objection": "objection", "complaint": "complaint", "left": "trigger gone"}
#: What takes back the news of a product, and the trigger that it was news to.
_TAKEN_BACK = {"stock gone": "back in stock", "price up": "price drop"}


def receive(connection: Connection, events: Iterable[Mapping[str, Any]], now: datetime) -> int:
    """Take events into the inbox: key, kind, customer_id, product_id, order_id, happened_at, amount.

    An event whose key is known already is left out. Returns the number of new ones.
    """
    rows = [
        {
            "key": one["key"],
            "kind": one["kind"],
            "customer_id": one.get("customer_id"),
            "product_id": one.get("product_id"),
            "order_id": one.get("order_id"),
            "happened_at": one["happened_at"],
            "received_at": now,
            "amount": one.get("amount"),
            "details": one.get("details", ""),
            "is_judged": False,
        }
        for one in events
    ]
    return insert_rows(connection, InboxRow, rows)


def judge(store: Store, runs: Sequence[Running], hold_out: HoldOut, now: datetime) -> int:
    """Judge the new events for all campaigns; returns how many people entered."""
    entered = 0
    while True:
        with store.change() as connection:
            if not store.is_sqlite and not connection.execute(text(_ALONE)).scalar():
                return entered
            events = connection.execute(
                select(InboxRow.__table__)
                .where(InboxRow.is_judged.is_(False))
                .order_by(InboxRow.id)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            if not events:
                return entered
            _leave(connection, runs, events, now)
            _wake(connection, events, now)
            for run in runs:
                if run.now.trigger is not None:
                    people = _members(connection, run, let_in(connection, run.now, run.now.trigger, events))
                    entered += enter(connection, run, people, hold_out, now) if people else 0
            update_rows(connection, InboxRow, [{"id": one.id, "is_judged": True} for one in events])


def let_in(
    connection: Connection, campaign: Campaign, trigger: Trigger, events: Sequence[Any]
) -> list[Entrant]:
    """Whom these events let into a campaign, each with what let them in."""
    kind = KINDS[trigger.on]
    fitting = [
        one
        for one in events
        if one.kind == kind and (not trigger.products or one.product_id in trigger.products)
    ]
    if trigger.on in ("back in stock", "price drop"):
        return _who_wanted(connection, trigger, fitting)
    if trigger.on == "joined":
        fitting = [one for one in fitting if one.details == campaign.name]
    known = [one for one in fitting if one.customer_id]
    if trigger.on in WITHOUT_PURCHASE:
        known = _not_bought(connection, known)
    if trigger.on == "repeated purchases":
        known = _often_enough(connection, trigger, known)
    return [_entrant(campaign, trigger, one) for one in known]


def _members(connection: Connection, run: Running, people: list[Entrant]) -> list[Entrant]:
    """Those of them who were in the campaign's audience at the last look; all, where it chooses nobody."""
    if not people or not run.now.audience.is_chosen:
        return people
    rows = connection.execute(
        select(MemberRow.customer_id).where(
            MemberRow.campaign_id == run.id, among(MemberRow.customer_id, {one.customer_id for one in people})
        )
    )
    inside = set(rows.scalars())
    return [one for one in people if one.customer_id in inside]


def _not_bought(connection: Connection, events: Sequence[Any]) -> list[Any]:
    """Those who have not ordered since: an order and the view before it often arrive together."""
    if not events:
        return []
    rows = connection.execute(
        select(InboxRow.customer_id, func.max(InboxRow.happened_at))
        .where(among(InboxRow.customer_id, {one.customer_id for one in events}), InboxRow.kind == "order")
        .group_by(InboxRow.customer_id)
    ).all()
    ordered = {customer: last for customer, last in rows}  # noqa: C416 - rows are no pairs to the type checker
    return [
        one for one in events if one.customer_id not in ordered or ordered[one.customer_id] < one.happened_at
    ]


def _entrant(campaign: Campaign, trigger: Trigger, event: Any) -> Entrant:
    key = (event.order_id or event.key) if campaign.caps.keyed_by == "order" else ""
    return Entrant(
        event.customer_id,
        key,
        {"event": event.kind, "product_id": event.product_id, "at": event.happened_at.isoformat()},
        event.happened_at + trigger.after,
    )


def _often_enough(connection: Connection, trigger: Trigger, events: Sequence[Any]) -> list[Any]:
    """Those who bought one product so often that a flat rate would serve them."""
    if not events:
        return []
    latest = max(one.happened_at for one in events)
    rows = connection.execute(
        select(InboxRow.customer_id, InboxRow.product_id, func.count(func.distinct(InboxRow.order_id)))
        .where(
            among(InboxRow.customer_id, {one.customer_id for one in events}),
            InboxRow.kind == "order",
            InboxRow.happened_at > latest - trigger.within,
        )
        .group_by(InboxRow.customer_id, InboxRow.product_id)
    ).all()
    often = {(customer, product) for customer, product, orders in rows if orders >= trigger.at_least}
    return [one for one in events if (one.customer_id, one.product_id) in often]


def _who_wanted(connection: Connection, trigger: Trigger, events: Sequence[Any]) -> list[Entrant]:
    """Those who looked for the product lately and have not bought it since."""
    products = {one.product_id: one for one in events if one.product_id}
    if not products:
        return []
    latest = max(one.happened_at for one in events)
    rows = connection.execute(
        select(InboxRow.customer_id, InboxRow.product_id, InboxRow.kind, InboxRow.happened_at)
        .where(
            among(InboxRow.product_id, products),
            InboxRow.kind.in_(("view", "search", "cart", "order")),
            InboxRow.customer_id.is_not(None),
            InboxRow.happened_at > latest - trigger.within,
        )
        .order_by(InboxRow.happened_at)
    ).all()
    wanted: dict[str, str] = {}
    for customer, product, kind, _ in rows:
        if kind == "order":
            wanted.pop(str(customer), None)
        else:
            wanted[str(customer)] = str(product)
    return [
        Entrant(customer, products[product].key, {"event": products[product].kind, "product_id": product})
        for customer, product in wanted.items()
    ]


def _leave(connection: Connection, runs: Sequence[Running], events: Sequence[Any], now: datetime) -> None:
    """Orders, objections and complaints end journeys whose campaigns say so; an objection is heard by all of them."""
    going = _taken_back(connection, runs, events)
    by_customer: dict[str, set[tuple[str, str]]] = {}
    for one in events:
        if one.customer_id and one.kind in _EXITS:
            only = one.details if one.kind == "left" else ""
            by_customer.setdefault(one.customer_id, set()).add((_EXITS[one.kind], only))
    rows = (
        connection.execute(
            select(
                JourneyRow.id, JourneyRow.campaign_id, JourneyRow.customer_id, JourneyRow.entered_at
            ).where(
                JourneyRow.customer_id.in_(list(by_customer)), JourneyRow.state.in_(("waiting", "sending"))
            )
        ).all()
        if by_customer
        else []
    )
    exits, names = {run.id: _exits(run.now) for run in runs}, {run.id: run.name for run in runs}
    for id_, campaign_id, customer, _ in rows:
        reasons = {
            reason
            for reason, only in by_customer[customer]
            if reason in exits.get(campaign_id, {"objection"}) and only in ("", names.get(campaign_id))
        }
        if reasons:
            going.setdefault(min(reasons), []).append(id_)
    for reason, journeys in going.items():
        leave(connection, journeys, reason, now)


def _taken_back(
    connection: Connection, runs: Sequence[Running], events: Sequence[Any]
) -> dict[str, list[int]]:
    """Journeys that began with news of a product which is taken back, where their campaign ends them by that."""
    ended: list[int] = []
    for run in runs:
        trigger = run.now.trigger
        if trigger is None or "trigger gone" not in run.now.exits:
            continue
        gone = {one.product_id for one in events if _TAKEN_BACK.get(one.kind) == trigger.on}
        if not gone:
            continue
        wanted = select(InboxRow.customer_id).where(among(InboxRow.product_id, gone))
        rows = connection.execute(
            select(JourneyRow.id, JourneyRow.given).where(
                JourneyRow.campaign_id == run.id,
                JourneyRow.state.in_(("waiting", "sending")),
                JourneyRow.customer_id.in_(wanted),
            )
        ).all()
        ended += [id_ for id_, given in rows if facts_of(given).get("product_id") in gone]
    return {"trigger gone": ended} if ended else {}


def _exits(campaign: Campaign) -> set[str]:
    """What ends a campaign's journeys; who was let in for not buying leaves by buying."""
    gone = campaign.trigger is not None and campaign.trigger.on in WITHOUT_PURCHASE
    return {*campaign.exits, "objection", *(("purchase",) if gone else ())}


def _wake(connection: Connection, events: Sequence[Any], now: datetime) -> None:
    """Those who may wait for the answer to a check look at it now."""
    customers = {
        one.customer_id for one in events if one.customer_id and one.kind in ("order", "return", "complaint")
    }
    if customers:
        wake(connection, among(JourneyRow.customer_id, customers), now)


def wake(connection: Connection, whose: Any, now: datetime) -> None:
    """Let those who stand at a check look again: their answer may have come."""
    rows = connection.execute(
        select(JourneyRow.id, JourneyRow.step, JourneyRow.campaign_id, JourneyRow.revision).where(
            whose, JourneyRow.state == "waiting", JourneyRow.due_at > now
        )
    ).all()
    if not rows:
        return
    runs = {run.id: run for run in running(connection, ("running", "paused"))}
    ids = [
        one.id
        for one in rows
        if one.campaign_id in runs
        and runs[one.campaign_id].versions[one.revision].steps[one.step].kind == Kind.CHECK
    ]
    connection.execute(update(JourneyRow).where(among(JourneyRow.id, ids)).values(due_at=now))
