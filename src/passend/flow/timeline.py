"""What happened between the firm and one customer, the newest first: orders, messages, answers, words, decisions.

Tables and store know some of it both: messages that were carried over to ``contacts``, words that came from there or
went there. Each stands here once, where more is known of it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from passend.campaigns.consent.standing import Word
from passend.flow.campaigns.messages import about
from passend.flow.consents import ANY, FROM_LEDGER, FROM_TABLES, evidence_said
from passend.flow.identity import customer_number
from passend.flow.lookup import names_of
from passend.flow.persons import numbers_of
from passend.language import joined, money, phrase, retold, word
from passend.store import Store
from passend.store.batches import among
from passend.store.campaigns import CampaignRow
from passend.store.outbox import OutboxRow, ResponseRow
from passend.workspace import Workspace

#: Nobody reads further back on a page; the export has all.
MOST = 300
_BRIDGED = "passend-"
_HAPPENED = ("sent", "unclear", "refused", "shown", "ghost")
#: Who says goodbye or complains is told by the word that stands in the consent ledger for it.
_TOLD_BY_LEDGER = ("unsubscribe", "complaint")


@dataclass(frozen=True)
class Line:
    """One thing that happened.

    Attributes:
        at: when; naive UTC.
        what: in a sentence.
        about: the product, or the campaign that it belongs to.
        note: a reason, or what proves it.
        is_held_out: a contact that was only noted, to measure what contacts bring.
    """

    at: datetime
    what: str
    about: str = ""
    note: str = ""
    is_held_out: bool = False


def timeline(
    workspace: Workspace, store: Store, customer_id: str, words: Iterable[Word] = (), most: int = MOST
) -> list[Line]:
    """What happened with a customer, the newest first.

    Args:
        workspace: has orders, contacts, consents and decisions.
        store: has messages and what became of them.
        customer_id: number or address.
        words: of the customer in the consent ledger, as :func:`passend.flow.consents.explain` has them.
        most: lines.
    """
    customer = customer_number(workspace, customer_id)
    with store.read() as connection:
        messages = _messages(connection, numbers_of(workspace, customer_id), most)
        answers = _answers(connection, messages)
    found = [*_told(messages, answers), *_said(words)]
    for table, tell in (("consents", _agreed), ("treatment_edits", _decided)):
        found += [tell(row) for row in _rows(workspace, table, customer) if _is_own(row)]
    keys = {f"{_BRIDGED}{one.key}" for one in messages}
    contacts = [row for row in _rows(workspace, "contacts", customer) if row["contact_id"] not in keys]
    goods = {name: _rows(workspace, name, customer) for name in ("orders", "returns")}
    names = names_of(workspace, _products(contacts, *goods.values())) if workspace.has("products") else {}
    found += [_contact(row, names) for row in contacts]
    found += [*_orders(goods["orders"], names), *_returns(goods["returns"], names)]
    found.sort(key=lambda one: one.at, reverse=True)
    return found[:most]


def _rows(workspace: Workspace, table: str, customer: str) -> list[dict[str, Any]]:
    return workspace.find(table, "customer_id", customer).to_pylist() if workspace.has(table) else []


def _products(*tables: Iterable[Mapping[str, Any]]) -> set[str]:
    return {row["product_id"] for rows in tables for row in rows if row["product_id"]}


def _messages(connection: Connection, numbers: Iterable[str], most: int) -> list[Any]:
    """The latest messages that left, were shown or kept back, with the names of their campaigns."""
    row = OutboxRow
    asked = (
        select(row.__table__, CampaignRow.name)
        .join(CampaignRow, CampaignRow.id == row.campaign_id)
        .where(among(row.customer_id, sorted(numbers)))
        .order_by(row.queued_at.desc(), row.id.desc())
        .limit(most)
    )
    return list(connection.execute(asked))


def _answers(connection: Connection, messages: Iterable[Any]) -> list[Any]:
    """What people did with messages; machines that open links are left out."""
    row = ResponseRow
    asked = select(row.__table__).where(among(row.outbox_id, [one.id for one in messages]), row.is_human)
    return [one for one in connection.execute(asked) if one.kind not in _TOLD_BY_LEDGER]


def _told(messages: Iterable[Any], answers: Iterable[Any]) -> Iterator[Line]:
    """A line for each message that left or might have, and for each answer."""
    by_id = {one.id: one for one in messages}
    answered = set()
    for one in answers:
        message = by_id[one.outbox_id]
        if one.kind in ("accept", "decline"):
            answered.add(one.outbox_id)
        tell = _reactions(message.channel).get(one.kind)
        what = tell() if tell else word(one.kind)
        yield Line(one.happened_at, what, about(message), retold(one.details) if _is_reason(one) else "")
    for one in by_id.values():
        if one.state not in _HAPPENED or (one.channel == "desk" and one.id in answered):
            continue
        note = word(one.code) if one.state == "refused" else ""
        at = one.happened_at or one.not_before
        yield Line(at, _message(one.state, one.channel), about(one), note, one.state == "ghost")


def _is_reason(answer: Any) -> bool:
    """Whether the details of an answer are a person's; a click names the number of a link."""
    return bool(answer.details) and answer.kind in ("accept", "decline", "later")


def _message(state: str, channel: str) -> str:
    """What became of a message."""
    if state == "ghost":
        return _kept_back(channel)
    if state == "shown":
        return phrase("Offered at the desk") if channel == "desk" else phrase("Offer shown in the shop")
    if state == "refused":
        return phrase("Message by {channel:w} did not leave", channel=channel)
    if state == "unclear":
        return phrase("Message by {channel:w}: it is unclear whether it arrived", channel=channel)
    return phrase("Message by {channel:w} sent", channel=channel)


def _kept_back(channel: str) -> str:
    return phrase("No contact by {channel:w}: in the hold-out, to measure what offers bring", channel=channel)


def _reactions(channel: str) -> Mapping[str, Callable[[], str]]:
    """What a person did with a message."""
    if channel == "desk":
        return {
            "accept": lambda: phrase("Accepted at the desk"),
            "decline": lambda: phrase("Declined at the desk"),
            "later": lambda: phrase("Wanted to think about it at the desk"),
        }
    return {
        "accept": lambda: phrase("Accepted the offer"),
        "decline": lambda: phrase("Declined the offer"),
        "later": lambda: phrase("Wanted to think about the offer"),
        "open": lambda: phrase("Opened the message by {channel:w}", channel=channel),
        "click": lambda: phrase("Clicked in the message by {channel:w}", channel=channel),
        "reply": lambda: phrase("Answered the message by {channel:w}", channel=channel),
        "bounce": lambda: phrase("The message by {channel:w} came back", channel=channel),
    }


def _said(words: Iterable[Word]) -> Iterator[Line]:
    """Words of the ledger; those that were brought in from tables are told by these."""
    for one in words:
        if one.source not in FROM_TABLES:
            proof = ", ".join(filter(None, (one.topic, word(one.source), evidence_said(one.evidence))))
            yield Line(one.said_at, _consent(one.channel, is_given=one.is_given), note=proof)


def _consent(channel: str, *, is_given: bool) -> str:
    if channel == ANY:
        return phrase("Agreed to all ways of contact") if is_given else phrase("Objected to all contact")
    if is_given:
        return phrase("Agreed to contact by {channel:w}", channel=channel)
    return phrase("Objected to contact by {channel:w}", channel=channel)


def _is_own(row: Mapping[str, Any]) -> bool:
    """Whether a row did not come over from the ledger, which tells more of it."""
    return not str(row.get("evidence") or "").startswith(FROM_LEDGER)


def _agreed(row: Mapping[str, Any]) -> Line:
    return Line(
        row["said_at"], _consent(row["channel"], is_given=row["is_given"]), note=row["evidence"] or row["basis"] or ""
    )  # fmt: skip


def _decided(row: Mapping[str, Any]) -> Line:
    what = phrase("{author} decided: {verdict:w}", author=row["author"], verdict=row["verdict"])
    return Line(row["edited_at"], what, note=row["reason"] or "")


def _contact(row: Mapping[str, Any], names: Mapping[str, str]) -> Line:
    """A contact that the firm's own tools told of."""
    channel, outcome = row["channel"], row["outcome"]
    about = [names.get(row["product_id"], row["product_id"] or "")]
    about += [phrase("campaign {name}", name=row["campaign"])] if row["campaign"] else []
    told = Line(row["happened_at"], "", ", ".join(filter(None, about)))
    if outcome == "held-out":
        return replace(told, what=_kept_back(channel), is_held_out=True)
    if row["direction"] == "in":
        what = phrase("Contacted us by {channel:w}", channel=channel)
    else:
        what = phrase("Contact by {channel:w}", channel=channel)
    return replace(told, what=what, note=_outcomes().get(outcome, lambda: "")())


def _outcomes() -> Mapping[str, Callable[[], str]]:
    return {
        "open": lambda: phrase("the message was opened"),
        "click": lambda: phrase("something in it was clicked"),
        "accept": lambda: phrase("the customer accepted"),
        "decline": lambda: phrase("the customer declined"),
        "unsubscribe": lambda: phrase("the customer unsubscribed"),
        "complaint": lambda: phrase("the customer complained"),
    }


def _orders(rows: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> Iterator[Line]:
    """A line for each order, with its products and what it was worth."""
    orders: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["ordered_at"] is not None:
            orders.setdefault(row["order_id"], []).append(row)
    for lines in orders.values():
        told = joined(list(dict.fromkeys(names.get(one["product_id"]) or one["product_id"] for one in lines)))
        sums: dict[str | None, int] = {}
        for one in lines:
            if one["revenue_cents"] is not None:  # currencies are never added up
                sums[one["currency"]] = sums.get(one["currency"], 0) + one["revenue_cents"]
        worth = " + ".join(money(cents, currency) for currency, cents in sums.items())
        what = phrase("Ordered for {amount}", amount=worth) if worth else phrase("Ordered")
        yield Line(lines[0]["ordered_at"], what, told)


def _returns(rows: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> Iterator[Line]:
    for row in rows:
        if row["returned_at"] is not None:
            yield Line(
                row["returned_at"],
                phrase("Sent back"),
                names.get(row["product_id"]) or row["product_id"] or "",
            )
