"""What a firm may rule: every key of ``rules.yaml``, its type, range and meaning, and the rules as Python sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from passend.settings import Settings
from passend.vocabulary import Channel

Path = tuple[str, ...]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Grounds on which a customer may be contacted, in the words of the table ``consents``.
BASES = ("double opt-in", "opt-in", "existing customer")
#: What an assumed handling of a return costs at most, of the price; the customers' room holds returns to the same.
RETURN_MOST_SHARE = 0.5
_USUAL = Settings()
_KINDS = ("complement", "next", "substitute", "upgrade", "service", "popular")


@dataclass(frozen=True)
class Field:
    """One key of the rules file; ``*`` in its path stands for a name or a place in a list."""

    path: Path
    kind: str
    help: str
    low: float = 0
    high: float = 1e12
    choices: tuple[str, ...] = ()


def _field(path: str, kind: str, says: str, *span: float, choices: tuple[str, ...] = ()) -> Field:
    low, high = (*span, 0, 1e12)[0], (span[1] if len(span) > 1 else 1e12)
    return Field(tuple(path.split(".")), kind, says, low, high, choices)


_WHO = (
    _field("segment", "texts", "the firm's own classes of customers"),
    _field("region", "texts", "countries, states or districts"),
    _field("language", "texts", "languages"),
    _field("age_from", "whole", "youngest age", 0, 130),
    _field("age_below", "whole", "age from which it no longer holds", 0, 130),
    _field("owns", "texts", "products of which the customer has one"),
    _field("open_complaint", "flag", "a complaint that nobody has resolved"),
    _field("returned_within_days", "whole", "something came back within so many days", 0, 3650),
    _field("bought_within_days", "whole", "bought of what the rule names within so many days", 1, 7300),
)
_WHAT = (
    _field("product", "texts", "product numbers"),
    _field("category", "texts", "categories, with all below them"),
    _field("type", "texts", "types of relation", choices=_KINDS),
    _field("channel", "texts", "channels", choices=tuple(Channel)),
)
_WHEN = (_field("months", "texts", "months of the year, by number", choices=tuple(map(str, range(1, 13)))),)


def _conditions(section: str) -> tuple[Field, ...]:
    parts = [(f"{section}.*.who.", _WHO), (f"{section}.*.what.", _WHAT), (f"{section}.*.when.", _WHEN)]
    inner = [
        Field((*before.strip(".").split("."), *one.path), one.kind, one.help, one.low, one.high, one.choices)
        for before, fields in parts
        for one in fields
    ]
    return (*inner, _field(f"{section}.*.because", "text", "why: it is told to whoever asks"))


FIELDS: tuple[Field, ...] = (
    _field("customer.most_offers", "whole", "offers that a customer gets in one plan, over all channels", 0, 100),
    _field("customer.most_contacts", "whole", "contacts within within_days, over all channels", 0, 1000),
    _field("customer.within_days", "whole", "days over which contacts are counted", 1, 366),
    _field("customer.gap_days", "whole", "days of peace after a contact on any channel", 0, 366),
    _field("channels.*.use", "flag", "whether offers are made there"),
    _field("channels.*.needs", "text", "what the law wants there", choices=("consent", "nothing")),
    _field("channels.*.accepts", "texts", "words of a customer that count as consent", choices=BASES),
    _field("channels.*.legal_basis", "text", "ground where a customer has said nothing",
           choices=("none", "existing customer")),
    _field("channels.*.notice_at_collection", "flag", "the right to object was told when the address was taken"),
    _field("channels.*.notice_in_message", "flag", "each message tells of the right to object"),
    _field("channels.*.most_per_customer", "whole", "offers a customer gets there in one plan", 0, 100),
    _field("channels.*.most_contacts", "whole", "contacts there within customer.within_days", 0, 1000),
    _field("channels.*.gap_days", "whole", "days of peace after a contact there", 0, 366),
    _field("channels.*.capacity", "whole", "offers that can be made there in one plan"),
    _field("channels.*.cost_cents", "number", "cost of one contact, in minor units", 0, 1e7),
    _field("channels.*.unsubscribe_share", "number", "customers lost to the channel by one contact", 0, 1),
    _field("channels.*.hours", "text", "hours in which messages may arrive, e.g. 08:00-20:00; the rest is quiet"),
    _field("channels.*.send_at", "text", "hour to send at, where the customer's own is not known"),
    _field("channels.*.placements.*", "whole", "offers in a placement: product_page, cart ...", 0, 25),
    _field("permissions.most_lost_share", "number",
           "withdrawals that a plan may cause, of those by contacts without restraint", 0, 1),
    _field("permissions.worth_weeks", "number", "weeks of good offers that a lost permission costs", 0, 520),
    _field("budget.money", "number", "money for contacts in one plan, in major units (EUR, not cents)"),
    _field("budget.offers", "whole", "offers in one plan"),
    _field("stock.*", "whole", "pieces of a product that may be promised"),
    _field("staff.*.team", "text", "who"),
    _field("staff.*.channels", "texts", "which channels they serve", choices=tuple(Channel)),
    _field("staff.*.minutes_per_offer", "number", "time that one offer takes", 0.01, 600),
    *(_field(f"staff.*.minutes.{day}", "number", f"minutes on a {day}", 0, 1e6) for day in WEEKDAYS),
    _field("fairness.*.category", "text", "a category, with all below it"),
    _field("fairness.*.most_share", "number", "its largest share of all offers", 0, 1),
    _field("fairness.*.most", "whole", "its most offers"),
    *_conditions("never"),
    *_conditions("only"),
    _field("apart.*", "texts", "products of which a customer is offered at most one"),
    _field("days", "whole", "days that one plan is for", 1, 366),
    _field("explore.share", "number", "customers for whom a near-equal offer may be drawn", 0, 0.2),
    _field("explore.hope", "number", "near: may be the best one, within so many standard errors of its value", 0, 4),
    _field("explore.most_cost_share", "number", "expected value given up for it, of the plan's", 0, 0.1),
    _field("values.margin_share", "number", "margin of products whose cost is not known", -1, 1),
    _field("values.discount_share", "number", "largest reduction that an offer may carry", 0, 1),
    _field("values.return_cost_cents", "number", "handling of one return, in minor units", 0, 1e7),
    _field("values.order_cost_cents", "number", "packing and service of one extra sale, in minor units", 0, 1e7),
)  # fmt: skip


@dataclass(frozen=True)
class ChannelRule:
    """The rules of one channel; None means without limit."""

    name: str
    use: bool
    needs: str = "consent"
    accepts: tuple[str, ...] = BASES
    legal_basis: str = "none"
    notice_at_collection: bool = False
    notice_in_message: bool = False
    most_per_customer: int = 1
    most_contacts: int | None = None
    gap_days: int = 0
    capacity: int | None = None
    cost_cents: float = 0.0
    unsubscribe_share: float = 0.0
    hours: tuple[int, int] = (0, 1440)
    send_at: int = 600
    placements: Mapping[str, int] = field(default_factory=dict)

    @property
    def room(self) -> int:
        """Offers that a customer may get here in one plan."""
        return sum(self.placements.values()) if self.placements else self.most_per_customer


@dataclass(frozen=True)
class Condition:
    """To whom or to what a rule applies; everything named must hold, an empty condition always does."""

    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is named."""
        return not (self.texts or self.numbers or self.flags)


@dataclass(frozen=True)
class Gate:
    """``never``: no such offer to such customers then. ``only``: such offers to such customers then alone."""

    kind: str
    who: Condition
    what: Condition
    because: str
    path: Path
    when: Condition = field(default_factory=Condition)

    @property
    def asks_for_owned(self) -> bool:
        """Whether it hangs on what customers have."""
        return "owns" in self.who.texts or "bought_within_days" in self.who.numbers

    def holds_in(self, month: int) -> bool:
        """Whether it speaks of a month, 1 to 12."""
        months = self.when.texts.get("months")
        return months is None or str(month) in months


@dataclass(frozen=True)
class Team:
    """People who make offers, and their time."""

    team: str
    channels: tuple[str, ...]
    minutes_per_offer: float
    minutes: Mapping[str, float]
    path: Path


@dataclass(frozen=True)
class Fairness:
    """The most that a category may take."""

    category: str
    most_share: float | None
    most: int | None
    path: Path


@dataclass(frozen=True)
class Explore:
    """How much is drawn by chance to learn from."""

    share: float = 0.05
    hope: float = 1.0
    most_cost_share: float = 0.01


@dataclass(frozen=True)
class Values:
    """Money that the tables do not tell. Each is an assumption, the same in all rooms, until the firm states its own.

    Attributes:
        margin_share: of the price, where a product's cost is not known.
        discount_share: the largest reduction that an offer may carry.
        return_cost_cents: handling of one return.
        return_most_share: of the price, which an assumed handling never costs more than; one that is stated may.
        order_cost_cents: packing and service of one extra sale.
    """

    margin_share: float = _USUAL.number("customers.margin_share")
    discount_share: float = 0.0
    return_cost_cents: float = _USUAL.number("customers.return_cost_cents")
    return_most_share: float = RETURN_MOST_SHARE
    order_cost_cents: float = 0.0


@dataclass(frozen=True)
class Rules:
    """All that a firm rules on offers.

    Attributes:
        most_lost_share: withdrawals that a plan may cause, of those that contacts without restraint would.
        permission_weeks: weeks of good offers that a lost permission costs.
        lines: where each rule stands in its file, by path.
        text: the file as it was written.
    """

    most_offers: int
    most_contacts: int | None
    within_days: int
    gap_days: int
    channels: Mapping[str, ChannelRule]
    money: float | None = None
    offers: int | None = None
    stock: Mapping[str, int] = field(default_factory=dict)
    staff: tuple[Team, ...] = ()
    fairness: tuple[Fairness, ...] = ()
    gates: tuple[Gate, ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()
    days: int = 7
    explore: Explore = field(default_factory=Explore)
    values: Values = field(default_factory=Values)
    most_lost_share: float = 0.24
    permission_weeks: float = 52.0
    lines: Mapping[Path, int] = field(default_factory=dict)
    text: str = ""

    def where(self, *path: str) -> str:
        """Where a rule stands, for people: ``line 12``, or that it is a default."""
        line = self.lines.get(path)
        return "by default" if line is None else ("on the command line" if line == 0 else f"line {line}")

    @property
    def used(self) -> tuple[ChannelRule, ...]:
        """The channels on which offers are made, in a fixed order."""
        return tuple(
            self.channels[name] for name in Channel if name in self.channels and self.channels[name].use
        )
