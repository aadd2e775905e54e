"""What a campaign is: one description, whether it was written as YAML or filled in a form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

#: Channels on which an offer waits until the customer, or a member of staff, looks.
PULLED = ("onsite", "desk", "phone")
PUSHED = ("email", "sms", "webhook", "audience")
CHANNELS = (*PUSHED, *PULLED)
#: What ``offer:`` of a step may say beside the plan's own choice: nothing, or the product that let the person in.
NO_PLAN = ("none", "trigger")


#: Where a step says what is different in a version of its texts.
VARIANTS = "variants"
#: Answers by which variants may be judged: what people want to do, and machines cannot do in their place.
WANTED = ("bought", "clicked", "replied", "accepted")


class Kind(StrEnum):
    """What a step of a journey does."""

    WAIT = "wait"
    SEND = "send"
    DECIDE = "decide"
    CHECK = "check"
    SPLIT = "split"
    HAND = "hand"
    WEBHOOK = "webhook"
    STOP = "stop"


#: Steps by which a person is contacted; each leaves one row in the outbox.
CONTACTS = (Kind.SEND, Kind.HAND, Kind.WEBHOOK)
#: What can be asked about a person, and which of it only those who were contacted can do.
QUESTIONS = ("bought", "returned", "complained", "opened", "clicked", "replied", "accepted")
REACTIONS = ("opened", "clicked", "replied", "accepted")
#: What ends a journey before its end.
EXITS = ("purchase", "objection", "complaint", "trigger gone")
TRIGGERS = (
    "next need",
    "viewed",
    "searched",
    "cart left",
    "repeated purchases",
    "contract anniversary",
    "replenishment",
    "back in stock",
    "price drop",
    "service solved",
    "joined",
)


@dataclass(frozen=True)
class Step:
    """One step of a journey.

    Attributes:
        name: unique in the campaign.
        kind: what it does.
        line: of the file.
        ways: way -> next step: ``then``, ``failed``, ``yes``, ``no``, ``nothing``, a channel, or a part of a split.
        shares: of a split, way -> share.
        wait: for so long; of a check, how long an answer may take.
        until: a moment to wait for.
        at_best_hour: wait for the hour at which the customer usually answers.
        channel: on which it contacts.
        place: where on the channel; the team of a desk.
        question: of a check.
        about: the step whose message is asked about.
        expires: a message that has not left by then does not leave any more.
        content: all else that is said about the message: template, subject, script, address of a webhook.
        text: why a journey stops.
    """

    name: str
    kind: Kind
    line: int = 0
    ways: Mapping[str, str] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    wait: timedelta = timedelta(0)
    until: datetime | None = None
    at_best_hour: bool = False
    channel: str = ""
    place: str = ""
    question: str = ""
    about: str = ""
    expires: timedelta = timedelta(days=3)
    content: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""

    @property
    def is_contact(self) -> bool:
        """Whether it contacts the person."""
        return self.kind in CONTACTS

    @property
    def wants_plan(self) -> bool:
        """Whether it contacts with what the plan chose."""
        return self.is_contact and self.content.get("offer") not in NO_PLAN

    def said(self, variant: str = "") -> dict[str, Any]:
        """What is said about the message in one version of the texts; what a version does not name is the same in all.

        Args:
            variant: which version.
        """
        own: Mapping[str, Any] = self.content.get(VARIANTS, {}).get(variant, {})
        made = {name: value for name, value in self.content.items() if name != VARIANTS}
        if own.keys() & {
            "blocks",
            "template",
        }:  # a body of its own stands in place of the other, of either kind
            made = {name: value for name, value in made.items() if name not in ("blocks", "template", "text")}
        return made | dict(own)


@dataclass(frozen=True)
class Audience:
    """Who may enter: all customers, or those for whom every rule holds and who stand in the list.

    Where a trigger lets people in, they must be in the audience when it does.

    Attributes:
        rules: such as ``orders more than 2``, over the customer facts.
        bought: who bought one of these products.
        file: a saved list of customer numbers, or a saved segment (.json).
        like: customers like those of this list or rule.
        most: at most so many, the most valuable to the plan first.
    """

    rules: tuple[str, ...] = ()
    bought: tuple[str, ...] = ()
    file: str = ""
    like: str = ""
    most: int | None = None

    @property
    def is_chosen(self) -> bool:
        """Whether it leaves anybody out by who they are."""
        return bool(self.rules or self.bought or self.file or self.like)


@dataclass(frozen=True)
class Trigger:
    """What lets a person enter by itself. Only what happens after the start is judged.

    Attributes:
        on: one of ``TRIGGERS``.
        products: only about these; empty is any.
        after: so long after it happened; for ``next need`` the lag at which the need peaks.
        at_least: so many times (repeated purchases).
        within: times are counted, and views remembered, over so long.
    """

    on: str
    products: tuple[str, ...] = ()
    after: timedelta = timedelta(0)
    at_least: int = 1
    within: timedelta = timedelta(days=30)
    line: int = 0


@dataclass(frozen=True)
class Adaptive:
    """How the chances of the variants follow the answers of people.

    Attributes:
        by: the answer that is wanted; machines do not answer.
        floor: each variant keeps at least this chance.
        within: an answer counts so long after the first message; who got it later is not judged yet.
    """

    by: str = "bought"
    floor: float = 0.1
    within: timedelta = timedelta(days=7)


@dataclass(frozen=True)
class Caps:
    """How much one person, and the firm, may take.

    Attributes:
        most: messages to one person by all campaigns together ...
        within: ... over so long.
        entries_a_day: people who may enter in 24 hours.
        at_once: people who may be under way.
        again_after: a person may enter again so long after the last entry; none: once only.
        keyed_by: ``customer``, or ``order``: two orders walk two journeys.
    """

    most: int = 2
    within: timedelta = timedelta(days=7)
    entries_a_day: int | None = None
    at_once: int | None = None
    again_after: timedelta | None = None
    keyed_by: str = "customer"


@dataclass(frozen=True)
class Campaign:
    """One campaign, as it is planned.

    Attributes:
        name: unique in the workspace.
        source: the file it was written in, for messages.
        goal: in words.
        products: only these; empty lets the plan choose.
        audience: who may enter.
        trigger: what lets people enter by themselves; none: all enter at the start.
        starts_at, ends_at: UTC; after the end nobody enters.
        holdout_share: kept without offers in this campaign, beside the firm's own hold-out.
        budget_cents: contacts may cost so much in all.
        stock: product -> pieces that may be promised.
        caps: how much one person and the firm may take.
        quiet: minutes of the day, local time, between which nobody is contacted: from, to.
        timezone: of quiet hours and best hours.
        four_eyes: another person than the author approves.
        variants: versions of the texts, each with its share; a person keeps theirs.
        adaptive: how the shares follow the answers; none: they stay as they are written.
        exits: what ends a journey before its end.
        moves: of a changed campaign: deleted step -> step to which those who wait there go.
        keep_old: people under way finish the version by which they began; else they move to the new one.
        first: the first step.
        steps: by name.
        written: its text, as it was written.
    """

    name: str
    first: str
    steps: Mapping[str, Step]
    source: str = ""
    goal: str = ""
    products: tuple[str, ...] = ()
    audience: Audience = field(default_factory=Audience)
    trigger: Trigger | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    holdout_share: float = 0.1
    budget_cents: float | None = None
    stock: Mapping[str, float] = field(default_factory=dict)
    caps: Caps = field(default_factory=Caps)
    quiet: tuple[int, int] | None = None
    timezone: str = "UTC"
    four_eyes: bool = False
    variants: Mapping[str, float] = field(default_factory=dict)
    adaptive: Adaptive | None = None
    exits: tuple[str, ...] = ("objection", "complaint")
    moves: Mapping[str, str] = field(default_factory=dict)
    keep_old: bool = False
    written: str = ""

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels on which it contacts, in the order of its steps."""
        return tuple(dict.fromkeys(step.channel for step in self.steps.values() if step.is_contact))
