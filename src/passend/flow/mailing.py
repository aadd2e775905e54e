"""Messages rendered with what is true at this moment: price, stock, the plan, the customer's word, a code."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, select

from passend.campaigns.blocks import blocks_of
from passend.channels import Answer, Message
from passend.channels.addresses import Address, address_of
from passend.channels.email.answers import Reply
from passend.channels.email.blocks import Brand, mjml_of
from passend.channels.email.message import Outgoing, Unsubscribe
from passend.channels.email.template import Template, render
from passend.channels.links.signing import Signer, seconds
from passend.errors import InvalidTemplate
from passend.flow.campaigns.messages import Permit
from passend.flow.campaigns.running import read_once
from passend.flow.mail_facts import MailFacts, Person
from passend.flow.true_at_send import true_now, written
from passend.store import Store
from passend.store.batches import among, insert_rows
from passend.store.campaigns import CampaignRow, RevisionRow
from passend.store.mails import DeliveryRow
from passend.store.outbox import OutboxRow

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
        brand: how the firm looks, for messages of blocks.
    """

    store: Store
    templates: Path
    sender: Address
    signer: Signer
    public_url: str
    product_url: str = ""
    mailbox: str = ""
    permit: Permit | None = None
    brand: Brand = field(default_factory=Brand)

    def prepare(self, batch: Sequence[Message], now: datetime) -> Iterator[Outgoing | Answer]:
        """Render some messages; what changed since they were planned is read here, in one transaction."""
        with self.store.change() as connection:
            true = true_now(connection, batch, now, self.permit)
            words = _words(connection, batch)
        read: dict[str, str] = {}

        def write(one: Message) -> Outgoing:
            full = replace(one, content={**one.content, **words.get(one.key, {})})
            return self.written(full, true.facts, true.codes.get(one.key, ""), now, read)

        yield from written(batch, true, write)

    def written(
        self,
        message: Message,
        facts: MailFacts,
        code: str,
        now: datetime,
        read: dict[str, str] | None = None,
    ) -> Outgoing:
        """The message as it leaves.

        Args:
            message: with its template or its blocks.
            facts: what is true now.
            code: of this customer alone; empty for none.
            now: the moment.
            read: templates that were read before, by their file; what is read joins them.

        Raises:
            PassendError: it cannot be written for this customer; part, line and remedy are named.
        """
        person = facts.people[message.customer_id]
        recipient = address_of(person.email, person.name)
        links = self._links(message, person, facts.language(message), now)
        template = self._template(message, facts.language(message), {} if read is None else read)
        values = facts.values(message, code, now)
        for place, one in enumerate(values["products"]):
            shop = self.product_url.replace("{product_id}", quote(one["product_id"], safe=""))
            one["url"] = self._click(message, {"to": shop, "n": place + 1}, now) if shop else ""
        content = render(template, values | {"links": links})
        if links["unsubscribe"] not in content.html.replace("&amp;", "&"):
            raise InvalidTemplate(
                "The message does not tell how to unsubscribe",
                record=str(message.content.get("template", "")),
                remedy="Put a link to links.unsubscribe into the template.",
            )
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
        if blocks := blocks_of(said):
            body = mjml_of(blocks, self.brand, language)
        elif "<" not in body:
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

    def _links(self, message: Message, person: Person, language: str, now: datetime) -> dict[str, str]:
        told = {"m": message.key, "c": message.customer_id, "a": person.email, "l": language}
        token = self.signer.token("unsubscribe", {**told, "at": seconds(now)})
        shop = str(message.content.get("url") or self.product_url).replace(
            "{product_id}", quote(message.product_id or "", safe="")
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


def _words(connection: Connection, batch: Sequence[Message]) -> dict[str, dict[str, Any]]:
    """Message -> its blocks, from the version of the campaign that queued it; the outbox holds none of them."""
    found: dict[tuple[str, int, str, str], dict[str, Any]] = {}
    for name, number in {(one.campaign, one.revision) for one in batch if "template" not in one.content}:
        text = connection.execute(
            select(RevisionRow.written)
            .join(CampaignRow, CampaignRow.id == RevisionRow.campaign_id)
            .where(CampaignRow.name == name, RevisionRow.number == number)
        ).scalar()
        read = read_once(text, f"{name} (version {number})") if text else None
        for step in read.steps.values() if read else ():
            for variant in ("", *read.variants) if read else ():
                if blocks := step.said(variant).get("blocks"):
                    found[name, number, step.name, variant] = {"blocks": blocks}
    return {one.key: found.get((one.campaign, one.revision, one.step, one.variant), {}) for one in batch}


def _sources(connection: Connection, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Message -> its campaign, and the version of the text that it was."""
    row = OutboxRow
    rows = connection.execute(
        select(row.key, CampaignRow.name, row.revision, row.variant)
        .join(CampaignRow, CampaignRow.id == row.campaign_id)
        .where(among(row.key, keys))
    )
    return {one.key: (one.name, f"{one.revision} {one.variant}".strip()) for one in rows}
