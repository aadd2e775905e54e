"""The desk: which teams have a list, and its customers, each with at most three offers as they are true now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from passend.campaigns.truth import claim, untrue
from passend.flow.campaigns.messages import product_called
from passend.flow.campaigns.pulling import Task, desk_list
from passend.flow.campaigns.running import facts_of
from passend.store import Store
from passend.store.ledger import Marker
from passend.store.live import PersonRow
from passend.store.marks import mark
from passend.store.outbox import OutboxRow
from passend.store.shelf import goods_of, prices_of

#: More confuse customers and staff; it is what CRM programs show.
MOST_OFFERS = 3
#: Customers that a list shows at first, and at most.
SHOWN, MOST_SHOWN = 20, 200


@dataclass(frozen=True)
class Offer:
    """One offer of a card.

    Attributes:
        task: what the list holds.
        name: of the product.
        price_cents, final_cents, currency: what it costs, and what this customer pays.
        stock: pieces left; none where it is not counted.
        why_not: why it must not be offered any more; empty where it may.
    """

    task: Task
    name: str
    price_cents: int | None
    final_cents: int | None
    currency: str
    stock: int | None
    why_not: str = ""


@dataclass(frozen=True)
class Card:
    """One customer of the list.

    Attributes:
        customer_id, name, language, phone: who.
        offers: the best first, at most three.
    """

    customer_id: str
    name: str
    language: str
    phone: str
    offers: tuple[Offer, ...]


def teams(store: Store) -> dict[str, int]:
    """Teams with offers on their list -> how many, held-out customers left out."""
    row = OutboxRow
    with store.read() as connection:
        rows = connection.execute(
            select(row.place, func.count())
            .where(row.channel == "desk", row.state.in_(("reserved", "given")), row.is_held_out.is_(False))
            .group_by(row.place)
            .order_by(row.place)
        ).all()
    return {team: int(count) for team, count in rows}


def cards(
    store: Store,
    team: str,
    now: datetime,
    most: int = SHOWN,
    *,
    customers: Sequence[str] | None = None,
    marker: Marker | None = None,
) -> list[Card]:
    """The list of a team by customer, the most valuable first.

    Args:
        store: of the campaigns.
        team: whose list.
        now: the moment.
        most: customers.
        customers: only these, such as the one who stands there; without it, all.
        marker: turns an address into its mark among the suppressed ones.
    """
    tasks = desk_list(store, team, now, most=MOST_SHOWN * MOST_OFFERS, customers=customers, marker=marker)
    by_customer: dict[str, list[Task]] = {}
    for one in tasks:
        by_customer.setdefault(one.message.customer_id, []).append(one)
    chosen = dict(list(by_customer.items())[:most])
    shown = [one for mine in chosen.values() for one in mine[:MOST_OFFERS]]
    with store.read() as connection:
        offers = _offers(connection, shown, now)
        people = _people(connection, list(chosen))
    return [
        Card(
            customer,
            *people.get(customer, ("", "", "")),
            tuple(offers[one.key] for one in mine[:MOST_OFFERS]),
        )
        for customer, mine in chosen.items()
    ]


def answered(store: Store, key: str) -> tuple[str, str]:
    """Customer and product of an offer that was answered, to tell what was noted; empty where there is none."""
    row = OutboxRow
    with store.read() as connection:
        one = connection.execute(
            select(row.customer_id, row.product_id, row.content).where(row.key == key, row.channel == "desk")
        ).first()
        if one is None:
            return "", ""
        name = _people(connection, [one.customer_id]).get(one.customer_id, ("", "", ""))[0]
        good = goods_of(connection, [one.product_id] if one.product_id else []).get(one.product_id or "")
    called = product_called(facts_of(one.content), one.product_id)
    return name or one.customer_id, (good.name if good else "") or called


def _offers(connection: Connection, tasks: Sequence[Task], now: datetime) -> dict[str, Offer]:
    products = sorted({one.message.product_id for one in tasks if one.message.product_id})
    goods, prices = goods_of(connection, products), prices_of(connection, products, now)
    made = {}
    for one in tasks:
        message, told = one.message, one.message.content
        good = goods.get(message.product_id or "")
        said = claim(good, prices.get(good.product_id, ()), message.discount_share, now) if good else None
        price = told.get("price_cents")
        final = None if price is None else round(price * (1 - message.discount_share))
        made[one.key] = Offer(
            one,
            (good.name if good else "") or product_called(told, message.product_id),
            said.price_cents if said else price,
            said.final_cents if said else final,
            (good.currency if good else "") or str(told.get("currency") or "EUR"),
            good.stock if good else None,
            untrue(good, None) if good else "",
        )
    return made


def _people(connection: Connection, customers: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    row = PersonRow
    rows = connection.execute(
        select(row.customer_id, row.language, row.facts).where(
            row.version == mark(connection, "people"), row.customer_id.in_(customers)
        )
    ).all()
    found = {}
    for one in rows:
        facts = facts_of(one.facts)
        found[one.customer_id] = (str(facts.get("name", "")), one.language or "", str(facts.get("phone", "")))
    return found
