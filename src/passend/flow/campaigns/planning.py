"""What a campaign would do, before it starts.

Whom it reaches and where the others are lost, what it is worth by the plan's own figure, on which legal ground it
speaks, and what its hold-out costs.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil, isfinite
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.campaigns import Campaign
from passend.errors import WorkspaceError
from passend.flow.campaigns.entering import Entrant, HoldOut, enter
from passend.flow.campaigns.looking import wants_offers
from passend.flow.campaigns.membership import facts_of, parts_of
from passend.flow.campaigns.running import Running
from passend.store import Store
from passend.workspace import Workspace

_BATCH = 5000
#: The step of the funnel at which the plan has nothing for a customer.
OFFERED = "offer of the plan"
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
        offers: of the plan, on the campaign's channels and among its products; the best of each customer.
        funnel: from all customers to those.
    """

    customers: tuple[str, ...]
    offers: Mapping[str, Mapping[str, Any]]
    funnel: tuple[Loss, ...]


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
    offers: dict[str, Mapping[str, Any]] = {}
    if wants_offers(campaign):
        offers = _offers(workspace, campaign)
        keep(OFFERED, set(offers), _reasons(workspace))
    worth = {one: float((offers.get(one) or {}).get("value_cents") or 0.0) for one in left}
    order = sorted(left, key=lambda one: (-worth[one], one))
    if asked.most is not None and len(order) > asked.most:
        keep(f"at most {asked.most}", set(order[: asked.most]))
        order = order[: asked.most]
    return Audience(tuple(order), {one: offers[one] for one in order if one in offers}, tuple(funnel))


def _offers(workspace: Workspace, campaign: Campaign) -> dict[str, Mapping[str, Any]]:
    """Customer -> the plan's best offer that the campaign may make; the hold-out has theirs, too."""
    if not workspace.has("offers"):
        raise WorkspaceError(
            "There is no plan yet.", record=str(workspace.folder), remedy="Make one: passend plan"
        )
    table = workspace.read("offers")
    mask = pc.is_in(table["channel"], pa.array(campaign.channels, pa.string()))
    if campaign.products:
        mask = pc.and_(mask, pc.is_in(table["product_id"], pa.array(campaign.products, pa.string())))
    best: dict[str, Mapping[str, Any]] = {}
    for row in table.filter(mask).sort_by([("customer_id", "ascending"), ("rank", "ascending")]).to_pylist():
        best.setdefault(row["customer_id"], row)
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
    return Preview(
        audience=audience,
        held_out=len(held),
        value_cents=value,
        hold_out_cents=cost,
        answer_people=_needed(workspace, audience, len(held)),
        legal=_legal(audience.offers[one] for one in reached if one in audience.offers),
        examples=tuple(_example(campaign, one, audience.offers.get(one, {})) for one in reached[:5]),
        mailed=tuple([one for one in reached if _by_mail(audience, one)][:5]),
        currency=plan[0]["currency"] if plan else None,
        basis=plan[0]["basis"] if plan else "",
    )


def _by_mail(audience: Audience, customer: str) -> bool:
    return bool(audience.offers.get(customer, {}).get("channel", "email") == "email")


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
    count = 0
    for begin in range(0, len(customers), _BATCH):
        with store.change() as connection:
            people = [Entrant(one) for one in customers[begin : begin + _BATCH]]
            count += enter(connection, run, people, hold_out, now)
    return count
