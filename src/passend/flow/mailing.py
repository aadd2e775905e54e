"""Messages rendered with what is true at this moment: price, stock, the plan, the customer's word, a code."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from passend.campaigns.truth import Good, Price, claim, untrue
from passend.channels import Answer, Message, Outcome
from passend.channels.addresses import Address, address_of
from passend.channels.email.answers import Reply
from passend.channels.email.channel import EmailChannel, Post
from passend.channels.email.message import Outgoing, Unsubscribe
from passend.channels.email.sending import Server
from passend.channels.email.template import Template, render
from passend.channels.email.throttle import Throttle
from passend.channels.links.signing import Signer, seconds
from passend.errors import InvalidSetting, InvalidTemplate, PassendError
from passend.flow.campaigns.running import facts_of, mark
from passend.settings import Settings
from passend.store import Store
from passend.store.batches import among, insert_rows
from passend.store.campaigns import CampaignRow
from passend.store.live import OfferRow, PersonRow
from passend.store.mails import DeliveryRow
from passend.store.outbox import OutboxRow
from passend.store.shelf import goods_of, prices_of, take_coupon

Permit = Callable[[Connection, Sequence[Message], datetime], Mapping[str, Answer]]
_HIDDEN = '<a href="{url}" style="display:none" tabindex="-1" aria-hidden="true"></a></body>'


@dataclass(frozen=True)
class Desk:
    """What writes the firm's messages.

    Attributes:
        store: of the campaigns.
        templates: folder of the firm's templates.
        sender: From.
        signer: of links.
        public_url: where customers reach this server.
        product_url: of a product in the shop, with ``{product_id}`` in it.
        mailbox: to which people may write to unsubscribe.
        permit: asked once more when the text is rendered.
    """

    store: Store
    templates: Path
    sender: Address
    signer: Signer
    public_url: str
    product_url: str = ""
    mailbox: str = ""
    permit: Permit | None = None

    def prepare(self, batch: Sequence[Message], now: datetime) -> Iterator[Outgoing | Answer]:
        """Render some messages; what changed since they were planned is read here, in one transaction."""
        with self.store.change() as connection:
            facts = _facts(connection, batch, now)
            forbidden = dict(self.permit(connection, batch, now)) if self.permit else {}
            untold = {one.key: reason for one in batch if (reason := facts.why_not(one))}
            codes = {
                one.key: take_coupon(connection, str(one.content["coupons"]), one.key, now)
                for one in batch
                if one.content.get("coupons") and one.key not in forbidden and one.key not in untold
            }
        read: dict[str, str] = {}
        for one in batch:
            if one.key in forbidden:
                yield forbidden[one.key]
            elif one.key in untold:
                yield Answer(one.key, Outcome.REFUSED, *untold[one.key])
            elif one.key in codes and codes[one.key] is None:
                yield Answer(one.key, Outcome.DEFERRED, "no code left", f"coupons/{one.content['coupons']}")
            else:
                yield self._written(one, facts, read, (codes.get(one.key) or "", now))

    def _written(
        self, message: Message, facts: "_Facts", read: dict[str, str], how: tuple[str, datetime]
    ) -> Outgoing | Answer:
        (code, now), person = how, facts.people[message.customer_id]
        try:
            recipient = address_of(person.email, person.name)
            links = self._links(message, person, now)
            template = self._template(message, person.language, read)
            content = render(template, facts.values(message, code, now) | {"links": links})
            if links["unsubscribe"] not in content.html.replace("&amp;", "&"):
                raise InvalidTemplate(
                    "The message does not tell how to unsubscribe",
                    record=str(message.content.get("template", "")),
                    remedy="Put a link to links.unsubscribe into the template.",
                )
        except PassendError as problem:
            return Answer(message.key, Outcome.REFUSED, type(problem).__name__, str(problem))
        hidden = self._click(message, {"hidden": 1, "n": 99}, now)
        html = content.html.replace("</body>", _HIDDEN.format(url=hidden), 1)
        way = Unsubscribe(links["unsubscribe"], self.mailbox, f"unsubscribe-{links['token']}")
        return Outgoing(
            message.key, self.sender, recipient, type(content)(content.subject, html, content.text), now, way
        )

    def _template(self, message: Message, language: str, read: dict[str, str]) -> Template:
        """The message as written; a file is read once for the messages that are prepared together."""
        said = message.content
        body = str(said.get("template", ""))
        if "<" not in body:
            if body not in read:
                read[body] = self._file(body)
            body = read[body]
        return Template(str(said.get("subject", "")), body, str(said.get("text", "")), language)

    def _file(self, name: str) -> str:
        file = self.templates / name
        if not name or not file.is_file() or file.resolve().parent != self.templates.resolve():
            raise InvalidTemplate(
                f"There is no template '{name}'", record=str(self.templates), remedy="Put the file there."
            )
        return file.read_text("utf-8")

    def _links(self, message: Message, person: "_Person", now: datetime) -> dict[str, str]:
        told = {"m": message.key, "c": message.customer_id, "a": person.email, "l": person.language}
        token = self.signer.token("unsubscribe", {**told, "at": seconds(now)})
        shop = str(message.content.get("url") or self.product_url).replace(
            "{product_id}", message.product_id or ""
        )
        return {
            "token": token,
            "unsubscribe": f"{self.public_url}/u/{token}",
            "preferences": f"{self.public_url}/p/{self.signer.token('preferences', told)}",
            "offer": self._click(message, {"to": shop, "n": 0}, now) if shop else "",
        }

    def _click(self, message: Message, told: Mapping[str, Any], now: datetime) -> str:
        token = self.signer.token("click", {"m": message.key, "at": seconds(now), **told})
        return f"{self.public_url}/c/{token}"

    def noted(self, done: Sequence[tuple[Outgoing, Reply]], now: datetime) -> None:
        """Keep each attempt in the delivery ledger."""
        with self.store.change() as connection:
            sources = _sources(connection, [one.key for one, _ in done])
            rows = [
                {
                    "outbox_key": one.key, "campaign": sources.get(one.key, ("", ""))[0],
                    "version": sources.get(one.key, ("", ""))[1], "message_id": one.message_id,
                    "address": one.recipient.plain.lower(), "at": now, "outcome": str(reply.outcome),
                    "blame": str(reply.blame), "code": reply.code, "enhanced": reply.enhanced,
                    "diagnostic": reply.says,
                }
                for one, reply in done
            ]  # fmt: skip
            insert_rows(connection, DeliveryRow, rows)


def _sources(connection: Connection, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Message -> its campaign, and the version of the text that it was."""
    row = OutboxRow
    rows = connection.execute(
        select(row.key, CampaignRow.name, row.revision, row.variant)
        .join(CampaignRow, CampaignRow.id == row.campaign_id)
        .where(among(row.key, keys))
    )
    return {one.key: (one.name, f"{one.revision} {one.variant}".strip()) for one in rows}


@dataclass(frozen=True)
class _Person:
    """Whom a message is for."""

    email: str
    name: str
    language: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class _Facts:
    """What is true now of people, products and the plan."""

    people: Mapping[str, _Person]
    goods: Mapping[str, Good]
    prices: Mapping[str, Sequence[Price]]
    planned: Mapping[str, set[str]] | None

    def why_not(self, message: Message) -> tuple[str, str] | None:
        """Why a message is no longer true, and the record; none where it is."""
        person = self.people.get(message.customer_id)
        if person is None or not person.email:
            return "no address", f"live_people/{message.customer_id}"
        product = message.product_id
        if product is None:
            return None
        planned = self.planned.get(message.customer_id) if self.planned is not None else None
        if planned is not None and product not in planned:
            return "no longer planned", f"live_offers/{message.customer_id}"
        reason = untrue(self.goods.get(product), message.content.get("price_cents"))
        return (reason, f"goods/{product}") if reason else None

    def values(self, message: Message, code: str, now: datetime) -> dict[str, Any]:
        """What a template may name."""
        person = self.people[message.customer_id]
        first = person.name.partition(",")[2].strip() or person.name
        customer = {**person.facts, "id": message.customer_id, "email": person.email}
        if person.name:
            customer |= {"name": person.name, "first_name": first.split(" ")[0]}
        offer = {
            **message.content,
            "product_id": message.product_id,
            "discount_share": message.discount_share,
        }
        offer.pop("template", None)
        if code:
            offer["code"] = code
        good = self.goods.get(message.product_id or "")
        if good:
            said = claim(good, self.prices.get(good.product_id, ()), message.discount_share, now)
            offer["name"] = good.name or message.content.get("product_name", "")
            if said:
                offer |= {**vars(said), "currency": good.currency or message.content.get("currency", "EUR")}
        return {"customer": customer, "offer": offer}


def _facts(connection: Connection, batch: Sequence[Message], now: datetime) -> _Facts:
    row = PersonRow
    wanted = [one.customer_id for one in batch]
    rows = connection.execute(
        select(row.customer_id, row.email, row.language, row.facts).where(
            row.version == mark(connection, "people"), among(row.customer_id, wanted)
        )
    ).all()
    people = {}
    for one in rows:
        facts = facts_of(one.facts)
        language = one.language if one.language in {"de", "en"} else "de"
        people[one.customer_id] = _Person(one.email or "", str(facts.get("name", "")), language, facts)
    products = sorted({one.product_id for one in batch if one.product_id})
    return _Facts(
        people,
        goods_of(connection, products),
        prices_of(connection, products, now),
        _planned(connection, wanted),
    )


def _planned(connection: Connection, customers: Sequence[str]) -> dict[str, set[str]] | None:
    """Products that the plan in force chose for some customers; none where no plan is in force."""
    version = mark(connection, "offers")
    if not version:
        return None
    row = OfferRow
    rows = connection.execute(
        select(row.customer_id, row.product_id).where(
            row.version == version, among(row.customer_id, customers), row.chosen
        )
    ).all()
    found: dict[str, set[str]] = {one: set() for one in customers}
    for one in rows:
        found[one.customer_id].add(one.product_id)
    return found


def email_channel(settings: Settings, desk: Desk) -> EmailChannel:
    """The e-mail channel as the settings describe it.

    Raises:
        InvalidSetting: no mail server is set.
    """
    host = settings.text("email.host")
    if not host:
        raise InvalidSetting(
            "No mail server is set",
            record="email.host",
            remedy="Set email.host, email.sender and email.public_url.",
        )
    server = Server(
        host, settings.whole("email.port"), settings.text("email.security"), settings.text("email.username"),
        settings.text("email.password"), settings.whole("email.connections"), settings.whole("email.per_connection"),
        envelope=settings.text("email.bounces"),
    )  # fmt: skip
    throttle = Throttle(per_minute=settings.whole("email.per_minute"))
    return EmailChannel(Post(server, desk.prepare, desk.noted, throttle))


def desk_of(store: Store, folder: Path, settings: Settings, signer: Signer, permit: Permit | None) -> Desk:
    """The desk as the settings describe it.

    Raises:
        InvalidSetting: sender or public address are not set.
    """
    sender, public = settings.text("email.sender"), settings.text("email.public_url").rstrip("/")
    if not sender or not public:
        name = "email.public_url" if sender else "email.sender"
        raise InvalidSetting(
            "A message needs a sender and a way to unsubscribe", record=name, remedy=f"Set {name}."
        )
    return Desk(
        store, folder / "templates", address_of(sender, settings.text("email.sender_name")), signer, public,
        settings.text("email.product_url"), settings.text("email.unsubscribe"), permit,
    )  # fmt: skip
