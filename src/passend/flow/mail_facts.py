"""What is true now of the people and products of some messages: read in one transaction, when they are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from passend.campaigns.blocks import MOST_PRODUCTS
from passend.campaigns.truth import Good, Price, claim, untrue
from passend.channels import Message
from passend.flow.campaigns.running import facts_of
from passend.language import LANGUAGES, retold, speaking
from passend.store.batches import among
from passend.store.live import OfferRow, PersonRow
from passend.store.marks import mark
from passend.store.shelf import goods_of, prices_of

#: Products beside the one that is offered, for messages that show several.
MOST_OTHERS = MOST_PRODUCTS - 1


@dataclass(frozen=True)
class Person:
    """Whom a message is for."""

    email: str
    name: str
    language: str
    facts: Mapping[str, Any]

    def address(self, channel: str) -> str:
        """Where a channel reaches them; empty where it does not."""
        return str(self.facts.get("phone") or "") if channel == "sms" else self.email


@dataclass(frozen=True)
class Planned:
    """One offer that the plan chose for a customer.

    Attributes:
        product_id, channel, discount_share: what, on which way, and the reduction promised.
        facts: name, price, currency and reason, as the plan has them.
    """

    product_id: str
    channel: str
    discount_share: float = 0.0
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MailFacts:
    """What is true now of people, products and the plan.

    Attributes:
        people: customer -> address, name and language.
        goods, prices: product -> as it is now, and what it cost before.
        planned: customer -> what the plan in force chose, the best first; none where no plan is in force.
    """

    people: Mapping[str, Person]
    goods: Mapping[str, Good]
    prices: Mapping[str, Sequence[Price]]
    planned: Mapping[str, Sequence[Planned]] | None

    def why_not(self, message: Message) -> tuple[str, str] | None:
        """Why a message is no longer true, and the record; none where it is."""
        person = self.people.get(message.customer_id)
        if person is None or not person.address(message.channel):
            return "no address", f"live_people/{message.customer_id}"
        product = message.product_id
        if product is None:
            return None
        is_planned = message.content.get("offer") != "trigger"
        if (
            is_planned
            and self.planned is not None
            and product not in {one.product_id for one in self._of(message.customer_id)}
        ):
            return "no longer planned", f"live_offers/{message.customer_id}"
        reason = untrue(self.goods.get(product), message.content.get("price_cents"))
        return (reason, f"goods/{product}") if reason else None

    def language(self, message: Message) -> str:
        """The language of a message: the one its step names, else the customer's own."""
        told = str(message.content.get("language", ""))
        return told if told in LANGUAGES else self.people[message.customer_id].language

    def values(self, message: Message, code: str, now: datetime) -> dict[str, Any]:
        """What a template may name: the customer, the offer, and all products of the plan that may be shown."""
        person = self.people[message.customer_id]
        first = person.name.partition(",")[2].strip() or person.name
        customer = {**person.facts, "id": message.customer_id, "email": person.email}
        if person.name:
            customer |= {"name": person.name, "first_name": first.split(" ")[0]}
        said = {key: value for key, value in message.content.items() if key not in {"template", "blocks"}}
        own = Planned(message.product_id or "", message.channel, message.discount_share, said)
        with speaking(self.language(message)):
            offer = {**said, **self._claimed(own, now), "product_id": message.product_id}
            shown = [offer] if message.product_id else []
            shown += [self._claimed(one, now) for one in self._others(message)]
        if code:
            offer["code"] = code
        return {"customer": customer, "offer": offer, "products": shown}

    def _of(self, customer_id: str) -> Sequence[Planned]:
        return (self.planned or {}).get(customer_id, ())

    def _others(self, message: Message) -> list[Planned]:
        """What else the plan chose for the customer on this channel, as far as it can be had."""
        others = {
            one.product_id: one
            for one in self._of(message.customer_id)
            if one.channel == message.channel and one.product_id != message.product_id
            if not untrue(self.goods.get(one.product_id), one.facts.get("price_cents"))
        }
        return list(others.values())[:MOST_OTHERS] if message.product_id else []

    def _claimed(self, one: Planned, now: datetime) -> dict[str, Any]:
        """What may be said of a product now; its reason in the language of the message."""
        made: dict[str, Any] = {"product_id": one.product_id, "discount_share": one.discount_share}
        if one.facts.get("reason"):
            made["reason"] = retold(str(one.facts["reason"]))
        good = self.goods.get(one.product_id)
        if good is None:
            return made
        made["name"] = good.name or one.facts.get("product_name", "")
        said = claim(good, self.prices.get(good.product_id, ()), one.discount_share, now)
        if said:
            made |= {**vars(said), "currency": good.currency or one.facts.get("currency", "EUR")}
        return made


def facts_now(connection: Connection, batch: Sequence[Message], now: datetime) -> MailFacts:
    """Facts of the store: of the people of some messages, and of all products that these may show."""
    row = PersonRow
    wanted = [one.customer_id for one in batch]
    rows = connection.execute(
        select(row.customer_id, row.email, row.language, row.facts).where(
            row.version == mark(connection, "people"), among(row.customer_id, wanted)
        )
    ).all()
    people = {one.customer_id: person(one.email, one.language, facts_of(one.facts)) for one in rows}
    planned = _planned(connection, wanted)
    return shelved(connection, batch, people, planned, now)


def person(email: str | None, language: str | None, facts: Mapping[str, Any]) -> Person:
    """Whom a message is for; of whom no language is known gets German."""
    spoken = language if language in LANGUAGES else "de"
    return Person(email or "", str(facts.get("name") or ""), spoken, facts)


def shelved(
    connection: Connection,
    batch: Sequence[Message],
    people: Mapping[str, Person],
    planned: Mapping[str, Sequence[Planned]] | None,
    now: datetime,
) -> MailFacts:
    """Facts of people and plan, with the products as they are now."""
    products = {one.product_id for one in batch if one.product_id}
    products |= {one.product_id for chosen in (planned or {}).values() for one in chosen}
    return MailFacts(
        people,
        goods_of(connection, sorted(products)),
        prices_of(connection, sorted(products), now),
        planned,
    )


def _planned(connection: Connection, customers: Sequence[str]) -> dict[str, list[Planned]] | None:
    """What the plan in force chose for some customers; none where no plan is in force."""
    version = mark(connection, "offers")
    if not version:
        return None
    row = OfferRow
    rows = connection.execute(
        select(row.customer_id, row.product_id, row.channel, row.discount_share, row.facts)
        .where(row.version == version, among(row.customer_id, customers), row.chosen)
        .order_by(row.customer_id, row.rank)
    ).all()
    found: dict[str, list[Planned]] = {one: [] for one in customers}
    for one in rows:
        found[one.customer_id].append(
            Planned(one.product_id, one.channel, one.discount_share, facts_of(one.facts))
        )
    return found
