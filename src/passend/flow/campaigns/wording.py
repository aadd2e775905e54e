"""The words of a campaign's mails: looked at before anybody waits for them, and shown as customers will read them."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from passend.campaigns import Campaign
from passend.campaigns.blocks import blocks_of
from passend.channels import Message
from passend.channels.addresses import address_of
from passend.channels.email.answers import Reply
from passend.channels.email.liquid import compiled
from passend.channels.email.message import Outgoing
from passend.channels.links.signing import Signer
from passend.errors import (
    InvalidCampaign,
    InvalidInput,
    InvalidSetting,
    InvalidTemplate,
    PassendError,
)
from passend.flow.campaigns.entering import variant_of
from passend.flow.campaigns.loading import OFFER_FACTS
from passend.flow.campaigns.planning import Preview
from passend.flow.exchange import good_of
from passend.flow.mail_facts import MailFacts, Planned, person, shelved
from passend.flow.mail_settings import brand_of, deliver, desk_of
from passend.flow.mailing import Desk
from passend.store import Store
from passend.workspace import Workspace

#: Stands where each customer will find a code of their own.
CODE = "XXXX-XXXX"
_NOWHERE = "https://example.invalid"


def insist_on_words(campaign: Campaign) -> None:
    """Refuse mails whose words cannot be read as a template.

    Raises:
        InvalidCampaign: a subject or a block is not Liquid; step, block and remedy are named.
    """
    for step in campaign.steps.values():
        if step.channel != "email":
            continue
        versions = [step.said(one) for one in ("", *campaign.variants)]
        said = [("subject", str(one.get("subject", ""))) for one in versions]
        said += [
            (f"blocks.{place}.{one.kind}.{name}", str(text))
            for version in versions
            for place, one in enumerate(blocks_of(version))
            for name, text in one.told.items()
        ]
        for part, text in said:
            try:
                compiled(text, is_html=part != "subject", part=part)
            except InvalidTemplate as problem:
                raise InvalidCampaign(
                    f"The words of {part} cannot be read: {problem.what}",
                    record=f"{campaign.source}, line {step.line}",
                    remedy="Tags such as {% if %} need their {% endif %}, and names and filters must exist.",
                ) from problem


@dataclass(frozen=True)
class Shown:
    """One mail as a customer would read it, or why it could not be written.

    Attributes:
        customer_id: whose.
        step: that sends it.
        mail: what would leave; none where it cannot be written.
        problem: why not, or what is missing before it can leave.
    """

    customer_id: str
    step: str
    mail: Outgoing | None
    problem: PassendError | None = None


def mails_shown(
    workspace: Workspace,
    store: Store,
    campaign: Campaign,
    offers: Mapping[str, Mapping[str, Any]],
    now: datetime,
) -> list[Shown]:
    """The mails of a campaign for some customers, written by what would write them; nothing changes.

    The links in them lead nowhere: they are signed by a key that is thrown away.

    Args:
        workspace: with the customers, the plan and the products.
        store: with prices and stock that shops told since.
        campaign: the draft.
        offers: customer -> the row of the plan that would be offered, or an empty one; ``let_in_by``: the product
            that would let them in, where it is known.
        now: the moment.
    """
    desk, missing = _desk(workspace, store)
    made: list[Shown] = []
    example = _example_product(workspace, campaign)
    asked = [_message(campaign, customer, offer, example) for customer, offer in offers.items()]
    messages = [one for one in asked if one is not None]
    with store.read() as connection:
        facts = _facts(connection, workspace, messages, now)
    for one in messages:
        untold = facts.why_not(one)
        if untold is not None:
            told = InvalidInput(f"The mail would not leave: {untold[0]}.", record=untold[1])
            made.append(Shown(one.customer_id, one.step, None, told))
            continue
        try:
            code = CODE if one.content.get("coupons") else ""
            made.append(Shown(one.customer_id, one.step, desk.written(one, facts, code, now), missing))
        except PassendError as problem:
            made.append(Shown(one.customer_id, one.step, None, problem))
    return made


def examples_shown(
    workspace: Workspace, store: Store, campaign: Campaign, seen: Preview, now: datetime
) -> list[Shown]:
    """The mails to the first five whom a mail would reach; empty where the campaign sends none."""
    about = seen.audience.about
    offers = {
        one: {**seen.audience.offers.get(one, {}), **({"let_in_by": about[one]} if one in about else {})}
        for one in seen.mailed
    }
    return mails_shown(workspace, store, campaign, offers, now)


def _desk(workspace: Workspace, store: Store) -> tuple[Desk, PassendError | None]:
    """What writes the mails, and what is missing: where the firm has no sender yet, another stands in its place."""
    signer, settings = Signer((secrets.token_bytes(32),)), workspace.settings
    try:
        return desk_of(store, workspace.folder, settings, signer, None), None
    except InvalidSetting as problem:
        stands_in = Desk(
            store, workspace.folder / "templates", address_of("shop@example.invalid"), signer, _NOWHERE,
            settings.text("email.product_url"), brand=brand_of(settings),
        )  # fmt: skip
        return stands_in, problem


def _example_product(workspace: Workspace, campaign: Campaign) -> str | None:
    """For mails about the product that lets a customer in: one of the trigger's, else the one that is bought most."""
    if campaign.trigger is None or not workspace.has("products"):
        return None
    rows = workspace.read("products").select(["product_id", "orders", "price_cents"]).to_pylist()
    asked = set(campaign.trigger.products)
    fitting = [row for row in rows if not asked or row["product_id"] in asked]
    best = max(fitting, key=lambda row: (row["price_cents"] is not None, row["orders"] or 0), default=None)
    return best["product_id"] if best else None


def _message(
    campaign: Campaign, customer: str, offer: Mapping[str, Any], example: str | None
) -> Message | None:
    """The first mail of the campaign to a customer, as the outbox would hold it."""
    step = next((one for one in campaign.steps.values() if one.is_contact and one.channel == "email"), None)
    if step is None or offer.get("channel", "email") != "email":
        return None
    variant, _ = variant_of(campaign, campaign.variants, customer)
    asked = step.content.get("offer")
    row: Mapping[str, Any] = {} if asked == "none" else offer
    if asked == "trigger":
        row = {"product_id": offer.get("let_in_by", example)}
    facts = {name: row[name] for name in OFFER_FACTS if row.get(name) is not None}
    return Message(
        f"preview/{campaign.name}/{customer}", customer, campaign.name, 0, step.name, "email",
        product_id=row.get("product_id"), discount_share=float(row.get("discount_share") or 0.0),
        variant=variant, content={**step.said(variant), **facts},
    )  # fmt: skip


def _facts(
    connection: Connection, workspace: Workspace, messages: Sequence[Message], now: datetime
) -> MailFacts:
    """What the worker would read when it sends: the plan and the people of the workspace, prices of the store."""
    wanted = [one.customer_id for one in messages]
    people, planned = {}, {one.customer_id: list[Planned]() for one in messages}
    for row in _rows(workspace, "customers", "customer_id", wanted):
        people[row["customer_id"]] = person(
            row["email"],
            row["language"],
            {name: row[name] for name in ("name", "region", "segment") if row[name]},
        )
    rows = _rows(workspace, "offers", "customer_id", wanted)
    for row in sorted(rows, key=lambda one: int(one["rank"])):
        if row["chosen"]:
            facts = {name: row[name] for name in OFFER_FACTS if row[name] is not None}
            planned[row["customer_id"]].append(
                Planned(row["product_id"], row["channel"], row["discount_share"] or 0.0, facts)
            )
    found = shelved(connection, messages, people, planned, now)
    products = {one.product_id for chosen in planned.values() for one in chosen}
    products |= {one.product_id for one in messages if one.product_id}
    unknown = sorted(products - set(found.goods))
    goods = {row["product_id"]: good_of(row) for row in _rows(workspace, "products", "product_id", unknown)}
    return replace(found, goods={**goods, **found.goods})


def _rows(workspace: Workspace, table: str, column: str, values: Iterable[str]) -> list[dict[str, Any]]:
    return workspace.find(table, column, *values).to_pylist() if workspace.has(table) else []


def send_test(workspace: Workspace, mail: Outgoing, to: str) -> Reply:
    """Send one mail to somebody of the firm instead of its customer; it is in no outbox and counts as no contact.

    Raises:
        InvalidSetting: no mail server is set.
        StoreError: the server did not take it.
    """
    key = f"{mail.key}/test/{secrets.token_hex(4)}"
    return deliver(workspace.settings, replace(mail, key=key, recipient=address_of(to)))
