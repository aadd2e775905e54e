"""The next best offers of one customer, and what they say to them."""

from dataclasses import dataclass
from datetime import datetime

from passend.flow.campaigns.pulling import appear, respond, shown
from passend.flow.serving.answering import Question
from passend.flow.serving.desk import Desk
from passend.store import Store

REACTIONS = ("shown", "click", "accept", "decline")


@dataclass(frozen=True)
class NextOffer:
    """One offer: of a campaign (with the key to react by), or what fits next (without)."""

    key: str | None
    product_id: str | None
    name: str
    reason: str
    accept_label: str = "Yes, please"
    decline_label: str = "No, thanks"


def next_offers(desk: Desk, customer_id: str, placement: str, limit: int, now: datetime) -> list[NextOffer]:
    """Offers of running campaigns that wait for the customer, then what fits next; nothing for the held-out."""
    waiting = appear(desk.store, customer_id, placement, now, limit, marker=desk.mark)
    offers = [
        NextOffer(
            one.key, one.product_id, str(one.content.get("product_name") or ""), str(one.content.get("reason") or "")
        )
        for one in waiting
    ]  # fmt: skip
    given = tuple(one.product_id for one in offers if one.product_id)
    asked = Question(
        customer=customer_id, exclude=given, limit=max(limit - len(offers), 0), fallback="none", explain=True
    )
    found = desk.recommend(asked).items if len(offers) < limit else ()
    return offers + [NextOffer(None, one.product_id, one.name, one.reason or "") for one in found]


def react(store: Store, key: str, reaction: str, now: datetime) -> bool:
    """Note what the customer did with an offer; shown counts as the contact. Returns whether it was new."""
    if reaction == "shown":
        return bool(shown(store, [key], now))
    with store.change() as connection:
        return respond(connection, key, reaction, now, f"api/{key}/{reaction}")
