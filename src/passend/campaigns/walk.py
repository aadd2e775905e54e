"""How one person walks on: from a step that is due to the next one at which something must be waited for.

Pure: what is known of the person comes in, where they stand next comes out. A walk ends at a wait, at a contact that
must be admitted and written first, or at the end. Held-out people walk the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from passend.campaigns.draws import draw, drawn
from passend.campaigns.hours import next_hour
from passend.campaigns.schema import REACTIONS, Campaign, Kind, Step

#: Where the customer's best hour is not known.
USUAL_HOUR = 10


@dataclass(slots=True)
class Traveller:
    """One person on the way.

    Attributes:
        id: of the journey.
        customer_id: who.
        is_held_out: nothing is sent; the would-be contacts are logged.
        step: where they stand.
        visit: steps walked so far.
        since: when they came to the step.
        due_at: when it goes on.
        state: ``waiting``, ``contact`` (wants to be contacted at this step), ``sending`` or ``done``.
        reason: why they stand where they stand, or left.
        given: what was decided on the way, such as the offer.
        best_hour: local hour at which the customer usually answers.
        variant: which version of the texts.
        entered_at: when the journey began.
        walked: the steps and ways gone since the person was looked at.
    """

    id: int
    customer_id: str
    is_held_out: bool
    step: str
    visit: int
    since: datetime
    due_at: datetime | None = None
    state: str = "waiting"
    reason: str = ""
    given: dict[str, Any] = field(default_factory=dict)
    best_hour: int | None = None
    variant: str = ""
    entered_at: datetime = datetime.min
    walked: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Look:
    """What is known of a person when they walk on.

    Attributes:
        answers: (question, step asked about) -> whether it happened since that step; a question about no step in
            particular stands under the empty name.
        offers: channel -> the plan's best offer there, among the campaign's products.
        shares: step -> share of those contacted who went its way ``yes``: ghosts are drawn by it.
    """

    answers: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    offers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)


def due(step: Step, at: datetime, best_hour: int | None, zone: str) -> datetime:
    """When a step is over (a wait), or to be carried out (all others), for one who comes to it at that moment."""
    if step.kind != Kind.WAIT:
        return at
    if step.until is not None:
        return max(at, step.until)
    if step.at_best_hour:
        # At least a minute, so that a circle with nothing but this wait is no circle without one.
        return next_hour(at + timedelta(minutes=1), USUAL_HOUR if best_hour is None else best_hour, zone)
    return at + step.wait


def go(campaign: Campaign, who: Traveller, way: str, now: datetime) -> None:
    """Move a person along a way; they wait at the next step until it is due."""
    step = campaign.steps[campaign.steps[who.step].ways[way]]
    who.walked.append((who.step, way))
    who.step, who.visit, who.since = step.name, who.visit + 1, now
    who.state, who.due_at = "waiting", due(step, now, who.best_hour, campaign.timezone)


def walk(campaign: Campaign, who: Traveller, look: Look, now: datetime) -> None:
    """Walk on until something must be waited for; the person is changed in place."""
    while who.state == "waiting" and who.due_at is not None and who.due_at <= now:
        step = campaign.steps[who.step]
        if step.kind == Kind.STOP:
            who.state, who.due_at, who.reason = "done", None, step.text
        elif step.is_contact:
            who.state = "contact"
        elif (
            step.kind == Kind.CHECK
            and not (answer := _answer(step, who, look))
            and now < who.since + step.wait
        ):
            who.due_at = who.since + step.wait
        else:
            way = ("yes" if answer else "no") if step.kind == Kind.CHECK else _way(campaign, step, who, look)
            go(campaign, who, way, now)


def _way(campaign: Campaign, step: Step, who: Traveller, look: Look) -> str:
    if step.kind == Kind.SPLIT:
        return drawn(step.shares, campaign.name, step.name, who.id)
    if step.kind == Kind.DECIDE:
        found = {channel: offer for channel, offer in look.offers.items() if channel in step.ways}
        if not found:
            who.reason = "the plan has no offer"
            return "nothing"
        best = _worth_most(found)
        who.given["offer"] = dict(found[best])
        return best
    return "then"


def _worth_most(offers: Mapping[str, Mapping[str, Any]]) -> str:
    return max(offers, key=lambda channel: offers[channel]["value_cents"] or 0.0)


def first_contact(campaign: Campaign, customer: str, offers: Mapping[str, Mapping[str, Any]]) -> str:
    """The step at which a customer would be contacted first, answering nothing on the way; empty: at none.

    Args:
        campaign: that they walk.
        customer: who.
        offers: channel -> the plan's best offer there, among the campaign's products.
    """
    name = campaign.first
    for _ in campaign.steps:
        step = campaign.steps[name]
        if step.is_contact and (not step.wants_plan or step.channel in offers):
            return name
        way = "failed" if step.is_contact else "no" if step.kind == Kind.CHECK else "then"
        if step.kind == Kind.SPLIT:
            way = drawn(step.shares, campaign.name, step.name, customer)
        elif step.kind == Kind.DECIDE:
            found = {channel: one for channel, one in offers.items() if channel in step.ways}
            way = _worth_most(found) if found else "nothing"
        if way not in step.ways or step.ways[way] not in campaign.steps:
            return ""
        name = step.ways[way]
    return ""


def possible_first(campaign: Campaign) -> list[str]:
    """The steps at which somebody may be contacted first, in the order of the file."""
    found: set[str] = set()
    ahead, seen = [campaign.first], {campaign.first}
    while ahead:
        step = campaign.steps.get(ahead.pop())
        if step is None:
            continue
        ways = step.ways
        if step.is_contact:
            found.add(step.name)
            ways = {"failed": step.ways["failed"]} if step.wants_plan and "failed" in step.ways else {}
        for to in ways.values():
            if to not in seen:
                seen.add(to)
                ahead.append(to)
    return [name for name in campaign.steps if name in found]


def _answer(step: Step, who: Traveller, look: Look) -> bool:
    """Whether the answer is yes by now. Held-out people cannot react to what they were not sent: they are drawn."""
    if who.is_held_out and step.question in REACTIONS:
        return draw(step.name, who.id) < look.shares.get(step.name, 0.0)
    return look.answers.get((step.question, step.about), False)
