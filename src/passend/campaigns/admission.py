"""Who may be contacted now, of all who wish: caps, rivals, quiet hours, budget and stock.

The most valuable come first. Who is turned away waits, and is asked again; who waits longer than the step allows goes
the way that follows a failure, with the reason written down.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from passend.campaigns.hours import next_open
from passend.campaigns.schema import PULLED, Campaign, Step
from passend.campaigns.walk import Traveller

#: Who is turned away for want of budget, stock or room is asked again after so long.
ASK_AGAIN = timedelta(hours=6)
NOTHING_TO_OFFER = "no offer"


@dataclass(frozen=True)
class Wish:
    """One person who stands at a step that contacts.

    Attributes:
        who: the person.
        step: the step.
        offer: what would be offered; None where the step offers nothing.
        wants_offer: whether the step cannot do without one.
    """

    who: Traveller
    step: Step
    offer: Mapping[str, Any] | None
    wants_offer: bool

    @property
    def value(self) -> float:
        """What the contact is worth by the plan."""
        return float((self.offer or {}).get("value_cents") or 0.0)

    @property
    def cost(self) -> float:
        """What the contact costs."""
        return float((self.offer or {}).get("contact_cents") or 0.0)


@dataclass
class Room:
    """What is left, and who else wants the same people. Used up while wishes are granted.

    Attributes:
        contacts: customer -> moments of the contacts by which caps count, latest first.
        rivals: customer -> (value, campaign) of the most valuable wish of another campaign.
        left: allowance -> what is left of it; an allowance that is not named is not limited.
        taken: allowance -> what was taken by the wishes granted.
    """

    contacts: dict[str, list[datetime]] = field(default_factory=dict)
    rivals: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    left: dict[str, float] = field(default_factory=dict)
    taken: dict[str, float] = field(default_factory=dict)

    def take(self, parts: Mapping[str, float]) -> str:
        """Take from several allowances, all or none; returns the one that is used up, or an empty text."""
        for name, part in parts.items():
            if name in self.left and self.left[name] < part:
                return name
        for name, part in parts.items():
            if name in self.left:
                self.left[name] -= part
                self.taken[name] = self.taken.get(name, 0.0) + part
        return ""


@dataclass(frozen=True)
class Refusal:
    """Why not now: in a code, with the record that stands against it, and when to ask again."""

    code: str
    record: str
    again_at: datetime


def budget_of(campaign: Campaign) -> str:
    """The allowance that holds a campaign's budget."""
    return f"campaign/{campaign.name}/budget"


def stock_of(campaign: Campaign, product_id: str) -> str:
    """The allowance that holds the pieces of a product that a campaign may promise."""
    return f"campaign/{campaign.name}/stock/{product_id}"


def takes(campaign: Campaign, wish: Wish) -> dict[str, float]:
    """What a contact takes from the campaign's allowances; a held-out person takes nothing."""
    parts: dict[str, float] = {}
    if wish.who.is_held_out:
        return parts
    if campaign.budget_cents is not None:
        parts[budget_of(campaign)] = wish.cost
    product = (wish.offer or {}).get("product_id")
    if product in campaign.stock:
        parts[stock_of(campaign, str(product))] = 1.0
    return parts


def admitted(
    campaign: Campaign, wishes: Iterable[Wish], room: Room, now: datetime
) -> tuple[list[Wish], list[tuple[Wish, Refusal]]]:
    """The wishes that are granted now, and the others with what stands against them; the best come first."""
    granted: list[Wish] = []
    turned: list[tuple[Wish, Refusal]] = []
    for wish in sorted(wishes, key=lambda one: (-one.value, one.who.id)):
        refusal = _refusal(campaign, wish, room, now)
        if refusal is None:
            room.contacts.setdefault(wish.who.customer_id, []).insert(0, now)
            granted.append(wish)
        else:
            turned.append((wish, refusal))
    return granted, turned


def _refusal(campaign: Campaign, wish: Wish, room: Room, now: datetime) -> Refusal | None:
    if wish.wants_offer and wish.offer is None:
        return Refusal(NOTHING_TO_OFFER, "the plan in force", now + ASK_AGAIN)
    if wish.step.channel not in PULLED:
        opens = next_open(now, campaign.quiet, campaign.timezone)
        if opens > now:
            return Refusal("quiet hours", "quiet_hours", opens)
    caps = campaign.caps
    recent = [at for at in room.contacts.get(wish.who.customer_id, ()) if at > now - caps.within]
    if len(recent) >= caps.most:
        return Refusal("cap", f"contact of {recent[0]:%Y-%m-%d %H:%M}", recent[caps.most - 1] + caps.within)
    rival = room.rivals.get(wish.who.customer_id)
    if rival and rival[0] > wish.value and len(recent) + 1 >= caps.most:
        return Refusal("rival", f"campaign/{rival[1]}", now + ASK_AGAIN)
    empty = room.take(takes(campaign, wish))
    return Refusal("used up", empty, now + ASK_AGAIN) if empty else None
