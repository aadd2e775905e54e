"""A campaign played in a market: store, journeys, worker and outbox of real campaigns, at the market's clock.

A firm of the market imports what it sold, makes a plan, starts the campaign, and lets the worker carry it on day by
day. What leaves reaches the market's customers; their clicks, goodbyes and purchases come back through the doors that
serve real ones. Beside it runs the same market without the campaign, with the same luck: the difference is the truth.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from passend.campaigns import Campaign, parse_campaign
from passend.errors import InvalidInput, PassendError
from passend.flow.campaigns.loading import load_plan
from passend.flow.campaigns.looking import wants_offers
from passend.flow.campaigns.opening import apply, campaigns_of, start, worker_of
from passend.flow.campaigns.publishing import impact
from passend.flow.campaigns.sending import Ways
from passend.flow.campaigns.ways import ways_of
from passend.flow.importing import import_sources
from passend.flow.planning import make_plan
from passend.market.doors import Doors
from passend.market.exports import exports
from passend.market.post import Reaction
from passend.market.world import Market
from passend.ports import Silence
from passend.store import Store
from passend.worker import Loop
from passend.workspace import Workspace

#: Weeks from entry on in which purchases count.
WINDOW = 4
#: Weeks after them until what comes back has come.
RETURNS = 3
#: Weeks beyond those of entry in which a new plan is made each week, for campaigns that people enter by what they do.
_PLANNED = 2
_SETTINGS = """\
# A rehearsal is looked at once, when it is over.
[results]
window_days = {window}
returns_days = {returns}
planned_days = {planned}
look_rule = "once"
"""
_WHO = "rehearsal"
#: The hour (UTC) at which the worker works each day.
_MORNING = 10
#: What is rehearsed where no other campaign is named.
CAMPAIGN = """\
name: spring
goal: sell what fits to those for whom the plan has an offer
products: plan
holdout_share: 30 %
caps: {most: 1, within: 14 days}
steps:
  mail: {send: email, template: offer.mjml, subject: This fits what you have, then: asked, failed: end, expires: 5 days}
  asked: {check: bought, within: 14 days, yes: end, no: end}
  end: {stop: all said}
"""


@dataclass
class Rehearsal:
    """What was played.

    Attributes:
        folder: of the workspace; all commands work on it.
        begins: when the campaigns started, a Monday.
        gains: week by week from then on, what each customer of the market brought more than without, in cents.
        weekly: a line a week for people to follow.
    """

    folder: Path
    begins: datetime
    gains: list[NDArray[np.float64]] = field(default_factory=list)
    weekly: list["Week"] = field(default_factory=list)


@dataclass(frozen=True)
class Week:
    """What one week of the rehearsal brought: who entered, what left, and what customers did with it."""

    begins: datetime
    entered: int
    sent: int
    clicked: int
    unsubscribed: int


def rehearse(
    market: Market,
    folder: Path,
    campaigns: Sequence[Campaign],
    weeks: int,
    tell: Callable[[Week], None] = lambda _: None,
) -> Rehearsal:
    """Play campaigns in a market until they can be measured.

    Args:
        market: stands at a Monday; it goes on from there.
        folder: an empty one, where the firm's workspace is made.
        campaigns: to be started on that Monday.
        weeks: in which people may enter; four in which purchases count and three for returns follow.
        tell: is told of each week.

    Raises:
        InvalidInput: the folder holds a workspace already.
        PassendError: a campaign cannot be started as it is.
    """
    place = _founded(market, folder, campaigns, weeks)
    played = Rehearsal(folder, market.now())
    twin = market.twin()
    with campaigns_of(place) as store:
        doors = Doors(market, store, place, frozenset(name for one in campaigns for name in one.channels))
        ways = ways_of(place, store)
        ways = Ways({**ways.pushed, "email": doors.posts["email"]}, ways.permits)
        clock = _Clock(market)
        loop = Loop(worker_of(place, store, ways, clock.now), lambda: Workspace(folder), lambda _: None)
        ended = [_ending(one, market.now() + timedelta(weeks=weeks, hours=1)) for one in campaigns]
        entered = _begun(place, store, ended, market.now())
        plans_for = weeks + _PLANNED if any(_follows_plan(one) for one in campaigns) else 0
        for week in range(weeks + WINDOW + RETURNS):
            before = market.state.profit - twin.state.profit
            done, entered = _week(clock, loop, doors, entered), 0
            twin.step(7)
            played.gains.append(market.state.profit - twin.state.profit - before)
            played.weekly.append(done)
            tell(done)
            import_sources(Workspace(folder), [*exports(market, folder / "exports", done.begins)], Silence())
            if week < plans_for:
                make_plan(Workspace(folder), Silence(), made_at=market.now())
                load_plan(store, Workspace(folder), market.now())
        loop.drain()
    return played


def _founded(market: Market, folder: Path, campaigns: Sequence[Campaign], weeks: int) -> Workspace:
    """The firm's workspace: all that it sold and did until now, and its first plan."""
    if (folder / "manifests").exists():
        raise InvalidInput(
            "There is a workspace in this folder already; a rehearsal makes its own.",
            record=str(folder),
            remedy="Name another folder, or delete this one.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    settings = _SETTINGS.format(
        window=7 * WINDOW, returns=7 * RETURNS, planned=7 * (weeks + WINDOW + RETURNS)
    )
    (folder / "settings.toml").write_text(settings, "utf-8")
    used = {name for one in campaigns for name in one.channels}
    rules = {"channels": {name: {"use": name in used} for name in ("email", "onsite", "desk")}}
    (folder / "rules.yaml").write_text(yaml.safe_dump(rules), "utf-8")
    import_sources(Workspace(folder), list(exports(market, folder / "exports")), Silence())
    make_plan(Workspace(folder), Silence(), made_at=market.now())
    return Workspace(folder)


def _begun(place: Workspace, store: Store, campaigns: Sequence[Campaign], now: datetime) -> int:
    """Start campaigns; returns how many people entered at once."""
    apply(store, campaigns, _WHO, now)
    return sum(
        start(place, store, one.name, impact(store, one.name).token, _WHO, now=now)[1] for one in campaigns
    )


def _follows_plan(campaign: Campaign) -> bool:
    """Whether what people do lets them in, and the plan, which must know of it, says what they are offered."""
    return campaign.trigger is not None and wants_offers(campaign)


@dataclass
class _Clock:
    """The market's clock, on which a day has hours for those who work."""

    market: Market
    hour: int = 0

    def now(self) -> datetime:
        return self.market.now() + timedelta(hours=self.hour)


def _ending(campaign: Campaign, at: datetime) -> Campaign:
    """A campaign that is always on lets nobody in from then on, so that what it brought can be told."""
    if campaign.trigger is None or campaign.ends_at is not None:
        return campaign
    return parse_campaign(f"{campaign.written.rstrip()}\nends_at: {at:%Y-%m-%d %H:%M}\n", campaign.source)


def _week(clock: _Clock, loop: Loop, doors: Doors, entered: int) -> Week:
    """Seven days: the worker on Mondays, after the import, and each morning; then the day with what customers do."""
    begins, before = clock.now(), doors.taken
    said: list[Reaction] = []
    for day in range(7):
        for clock.hour in (0, _MORNING) if day == 0 else (_MORNING,):
            done = loop.drain()
            entered += done.entered
            for where, what in done.errors.items():
                raise PassendError(f"The worker cannot go on: {what}", record=where)
        clock.hour = 0
        said += doors.day()
    answered = sum(one.says in ("click", "accept") for one in said)
    return Week(
        begins, entered, doors.taken - before, answered, sum(one.says == "unsubscribe" for one in said)
    )
