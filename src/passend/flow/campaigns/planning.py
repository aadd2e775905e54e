"""What a campaign would do, before it starts.

Whom it reaches and where the others are lost, what it is worth by the plan's own figure, on which legal ground it
speaks, and what its hold-out costs.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil, isfinite
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.campaigns import Campaign
from passend.campaigns.walk import first_contact, possible_first
from passend.errors import WorkspaceError
from passend.flow.campaigns.due_again import BY_ORDER, DUE_AGAIN, becoming_due, buyers
from passend.flow.campaigns.entering import Entrant, HoldOut, enter
from passend.flow.campaigns.looking import wants_offers
from passend.flow.campaigns.membership import facts_of, parts_of
from passend.flow.campaigns.running import Running
from passend.store import Store
from passend.workspace import Workspace

_BATCH = 5000
#: The step of the funnel at which the plan has nothing for a customer.
OFFERED = "offer of the plan"
#: Those at which people are lost whom the trigger cannot let in: they did not buy what it is about.
BOUGHT, IN_TIME = "bought what lets people in", "bought what is due again, and it is not over yet"
#: Standard normal quantiles of a two-sided test at 5 % with a power of 80 %.
_BOTH_ENDS = 1.96 + 0.84


@dataclass(frozen=True)
class Loss:
    """A step at which people are lost before they enter: how many are left after it, and who goes."""

    step: str
    left: int
    gone: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Audience:
    """Who may enter, the most valuable first, and where all others were lost.

    Attributes:
        customers: customer numbers.
        offers: of the plan, on the campaign's channels and among its products; of each customer the one with which
            they would be contacted first, else the best.
        funnel: from all customers to those.
        first: customer -> the step at which they would be contacted first; who is not among them is at none.
        about: customer -> the product that would let them in, where purchases before the start do.
        channels: on which the plan has an offer for any of them.
    """

    customers: tuple[str, ...]
    offers: Mapping[str, Mapping[str, Any]]
    funnel: tuple[Loss, ...]
    first: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Reach:
    """How many people a message would be the first to reach.

    Attributes:
        step: that sends it.
        channel: on which.
        people: without the held-out and those whom the channel may not reach.
        barred: those whom the channel may not reach: no address, no consent.
        why: if it reaches nobody: ``no offer`` (the plan has none on that channel) or ``another`` (it has, and another
            step comes first for all of them), ``nobody`` (nobody enters) or ``barred``.
    """

    step: str
    channel: str
    people: int
    barred: int = 0
    why: str = ""


@dataclass(frozen=True)
class Preview:
    """What a campaign would do.

    Attributes:
        audience: whom it reaches.
        held_out: of these, kept without offers.
        value_cents: expected incremental profit, with its 95 % interval; None where the plan knows no prices.
        hold_out_cents: what the hold-out is expected to cost.
        answer_people: customers needed until the effect can be told from chance at 80 % power; None where it never can.
        legal: channel -> legal basis -> people.
        examples: five people, each with the offer, its reason and the words of the first contact.
        mailed: five people whom a mail would reach first.
        basis: how the plan knows.
        held_by_programme: of the held-out, those whom the programme holds out; the others are this campaign's.
        reach: how many people each first message would reach.
        trigger: what lets people in one by one; empty: all enter at the start.
        is_beyond: more people are needed for an answer than the firm has customers.
    """

    audience: Audience
    held_out: int
    value_cents: tuple[float, float, float] | None
    hold_out_cents: float | None
    answer_people: int | None
    legal: Mapping[str, Mapping[str, int]]
    examples: tuple[Mapping[str, Any], ...]
    mailed: tuple[str, ...]
    currency: str | None
    basis: str
    held_by_programme: int = 0
    reach: tuple[Reach, ...] = ()
    trigger: str = ""
    is_beyond: bool = False


def audience_of(workspace: Workspace, campaign: Campaign) -> Audience:
    """Who may enter a campaign now.

    Raises:
        WorkspaceError: there are no facts of customers yet.
        InvalidInput: a rule of the audience cannot be read.
    """
    asked = campaign.audience
    facts = facts_of(workspace, asked)
    left = dict.fromkeys(facts["customer_id"].to_pylist())
    funnel = [Loss("all customers", len(left))]

    def keep(step: str, those: set[str], why: Mapping[str, str] | None = None) -> None:
        gone = {one: (why or {}).get(one, step) for one in left if one not in those}
        for one in gone:
            del left[one]
        funnel.append(Loss(step, len(left), gone))

    for step, those in parts_of(workspace, asked, facts, grows=campaign.trigger is not None):
        keep(step, set(those.to_pylist()))
    about = _let_in(workspace, campaign)
    if about is not None:
        keep(IN_TIME if campaign.trigger and campaign.trigger.on == DUE_AGAIN else BOUGHT, set(about))
    planned: dict[str, dict[str, Mapping[str, Any]]] = {}
    if wants_offers(campaign):
        planned = _offers(workspace, campaign)
        keep(OFFERED, set(planned), _reasons(workspace))
    first = {one: step for one in left if (step := first_contact(campaign, one, planned.get(one, {})))}
    offers = {one: _offered(campaign, found, first.get(one, "")) for one, found in planned.items()}
    worth = {one: float((offers.get(one) or {}).get("value_cents") or 0.0) for one in left}
    order = sorted(left, key=lambda one: (-worth[one], one))
    if asked.most is not None and len(order) > asked.most:
        keep(f"at most {asked.most}", set(order[: asked.most]))
        order = order[: asked.most]
    return Audience(
        tuple(order), {one: offers[one] for one in order if one in offers}, tuple(funnel),
        {one: first[one] for one in order if one in first},
        {one: product for one in order if (product := (about or {}).get(one))},
        frozenset(channel for one in order for channel in planned.get(one, ())),
    )  # fmt: skip


def _let_in(workspace: Workspace, campaign: Campaign) -> dict[str, str] | None:
    """Customer -> the product by which an order would let them in; None where no order does."""
    trigger = campaign.trigger
    if trigger is None or trigger.on not in BY_ORDER or not workspace.has("orders"):
        return None
    if trigger.on != DUE_AGAIN:
        return dict.fromkeys(buyers(workspace, trigger), "")
    end = pc.max(workspace.read("orders", ("ordered_at",))["ordered_at"]).as_py()
    found = becoming_due(workspace, trigger, end) if end is not None else {}
    return {one: entrant.given["product_id"] for one, entrant in found.items()}


def _offered(campaign: Campaign, found: Mapping[str, Mapping[str, Any]], step: str) -> Mapping[str, Any]:
    """The offer of the first contact; where there is none, the plan's best."""
    best = next(iter(found.values()))
    return found.get(campaign.steps[step].channel, best) if step else best


def _offers(workspace: Workspace, campaign: Campaign) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Customer -> channel -> the plan's best offer that the campaign may make there, the best channel first.

    The hold-out has theirs, too.
    """
    if not workspace.has("offers"):
        raise WorkspaceError(
            "There is no plan yet.", record=str(workspace.folder), remedy="Make one: passend plan"
        )
    table = workspace.read("offers")
    mask = pc.is_in(table["channel"], pa.array(campaign.channels, pa.string()))
    if campaign.products:
        mask = pc.and_(mask, pc.is_in(table["product_id"], pa.array(campaign.products, pa.string())))
    best: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in table.filter(mask).sort_by([("customer_id", "ascending"), ("rank", "ascending")]).to_pylist():
        best.setdefault(row["customer_id"], {}).setdefault(row["channel"], row)
    return best


def _reasons(workspace: Workspace) -> dict[str, str]:
    """Customer -> why the plan has nothing for them."""
    if not workspace.has("why_not"):
        return {}
    table = workspace.read("why_not").select(["customer_id", "reason"])
    return dict(zip(table["customer_id"].to_pylist(), table["reason"].to_pylist(), strict=True))


def preview(workspace: Workspace, campaign: Campaign, hold_out: HoldOut) -> Preview:
    """What a campaign would do if it started now; nothing changes.

    Raises:
        WorkspaceError: there are no customers, or no plan.
    """
    audience = audience_of(workspace, campaign)
    held = {one for one in audience.customers if hold_out.of(one, campaign)}
    reached = [one for one in audience.customers if one not in held]
    plan = (
        workspace.read("plans").sort_by([("plan", "descending")]).slice(0, 1).to_pylist()
        if workspace.has("plans")
        else []
    )
    value, cost = _worth(workspace, audience, held, plan[0] if plan else {})
    barred = _barred(workspace, campaign)
    needed = _needed(workspace, audience, len(held))
    return Preview(
        audience=audience,
        held_out=len(held),
        value_cents=value,
        hold_out_cents=cost,
        answer_people=needed,
        legal=_legal(audience.offers[one] for one in reached if one in audience.offers),
        examples=tuple(_example(campaign, one, audience.offers.get(one, {})) for one in reached[:5]),
        mailed=tuple([one for one in reached if _by_mail(campaign, audience, one, barred)][:5]),
        currency=plan[0]["currency"] if plan else None,
        basis=plan[0]["basis"] if plan else "",
        held_by_programme=sum(hold_out.held_by(one, campaign) == "programme" for one in held),
        reach=_reach(campaign, audience, reached, barred),
        trigger=campaign.trigger.on if campaign.trigger else "",
        is_beyond=needed is not None and needed > audience.funnel[0].left,
    )


def _by_mail(
    campaign: Campaign, audience: Audience, customer: str, barred: Mapping[str, Collection[str]]
) -> bool:
    step = audience.first.get(customer, "")
    return bool(step) and campaign.steps[step].channel == "email" and customer not in barred.get(step, ())


def _barred(workspace: Workspace, campaign: Campaign) -> dict[str, set[str]]:
    """Step -> customers whom its channel may not reach, for steps that do not speak of the plan: that knows itself."""
    steps = [one for one in campaign.steps.values() if one.is_contact and not one.wants_plan]
    if not steps or not workspace.has("customer_channels"):
        return {}
    table = workspace.read("customer_channels").select(["customer_id", "channel", "is_allowed"])
    told = set(pc.unique(table["channel"]).to_pylist())
    everybody = set(pc.unique(table["customer_id"]).to_pylist())
    made = {}
    for step in steps:
        if step.channel in told:
            fits = pc.and_(pc.equal(table["channel"], step.channel), table["is_allowed"])
            made[step.name] = everybody - set(table.filter(fits)["customer_id"].to_pylist())
    return made


def _reach(
    campaign: Campaign, audience: Audience, reached: Sequence[str], barred: Mapping[str, Collection[str]]
) -> tuple[Reach, ...]:
    """How many people each first message would reach, and why nobody, where it is nobody."""
    firsts = Counter(audience.first[one] for one in reached if one in audience.first)
    kept = Counter(at for one in reached if (at := audience.first.get(one, "")) and one in barred.get(at, ()))
    made = []
    for name in possible_first(campaign):
        step, people = campaign.steps[name], firsts[name] - kept[name]
        why = ""
        if not people:
            why = "nobody" if not reached else "barred" if kept[name] else "another"
            if why == "another" and step.wants_plan and step.channel not in audience.channels:
                why = "no offer"
        made.append(Reach(name, step.channel, people, kept[name], why))
    return tuple(made)


def _worth(
    workspace: Workspace, audience: Audience, held: set[str], plan: Mapping[str, Any]
) -> tuple[tuple[float, float, float] | None, float | None]:
    """The plan's figure, in the part that the campaign's offers have in it.

    A plan's total is told by what did not choose it, so single offers do not add up to it. What makes its interval
    wide is common to all offers; so a part of the plan has the same part of the interval.
    """
    if plan.get("value_cents") is None or not audience.offers:
        return None, None
    table = workspace.read("offers")
    whole = float(pc.sum(table.filter(table["chosen"])["value_cents"]).as_py() or 0.0)
    if whole <= 0:
        return None, None
    ours = sum(float(row["value_cents"] or 0.0) for one, row in audience.offers.items() if one not in held)
    lost = sum(float(row["value_cents"] or 0.0) for one, row in audience.offers.items() if one in held)
    low, mid, high = (
        float(plan[name]) / whole for name in ("value_low_cents", "value_cents", "value_high_cents")
    )
    return (mid * ours, low * ours, high * ours), mid * lost


def _needed(workspace: Workspace, audience: Audience, held: int) -> int | None:
    """Customers until the expected effect on buying can be told from chance: two shares, unequal arms."""
    effects = [float(row["effect"] or 0.0) for row in audience.offers.values()]
    if not effects or not 0 < held < len(audience.customers) or not workspace.has("scores"):
        return None
    scores = workspace.read("scores")
    chances = scores["buy_probability"].drop_null().to_numpy()
    base, effect, share = (
        float(np.mean(chances)) if len(chances) else 0.0,
        float(np.mean(effects)),
        held / len(audience.customers),
    )
    if effect <= 0 or not 0 < base < 1:
        return None
    needed = _BOTH_ENDS**2 * base * (1 - base) * (1 / share + 1 / (1 - share)) / effect**2
    return ceil(needed) if isfinite(needed) else None


def _legal(offers: Any) -> dict[str, dict[str, int]]:
    made: dict[str, Counter[str]] = {}
    for row in offers:
        made.setdefault(row["channel"], Counter())[row["legal_basis"]] += 1
    return {channel: dict(found) for channel, found in made.items()}


def _example(campaign: Campaign, customer: str, offer: Mapping[str, Any]) -> dict[str, Any]:
    step = next(
        (
            one
            for one in campaign.steps.values()
            if one.is_contact and one.channel == offer.get("channel", one.channel)
        ),
        None,
    )
    names = (
        "product_id",
        "product_name",
        "channel",
        "price_cents",
        "currency",
        "discount_share",
        "value_cents",
        "reason",
    )
    return {
        "customer_id": customer,
        **{name: offer.get(name) for name in names},
        "step": step.name if step else "",
        "says": step.said() if step else {},
    }


def enter_audience(
    store: Store, run: Running, customers: Sequence[str], hold_out: HoldOut, now: datetime
) -> int:
    """Let a whole audience enter, in batches; who is in it already is left out, so a broken attempt can be repeated."""
    return enter_people(store, run, [Entrant(one) for one in customers], hold_out, now)


def enter_people(
    store: Store, run: Running, people: Sequence[Entrant], hold_out: HoldOut, now: datetime
) -> int:
    """Let people enter, in batches; who is in it already is left out, so a broken attempt can be repeated."""
    count = 0
    for begin in range(0, len(people), _BATCH):
        with store.change() as connection:
            count += enter(connection, run, people[begin : begin + _BATCH], hold_out, now)
    return count
