"""Where campaigns and results meet: who became eligible for what, what was to be reached, and what came of it."""

from passend.tables.contract import Column, Contract

_CAMPAIGN = Column(
    "campaign", "text", "name of the campaign; 'programme' is all of them against the global hold-out"
)
_PHASE = Column(
    "phase",
    "whole",
    "number of the phase; a new one begins when shares or content change, with its own comparison",
)
_CURRENCY = Column("currency", "text", "ISO 4217 code of the amounts", required=False)


def _cents(name: str, meaning: str) -> Column:
    return Column(name, "number", meaning, "minor units", required=False)


EXPOSURES = Contract(
    name="exposures",
    origin="derived",
    grain="one customer who became eligible in one phase of one campaign, in one arm",
    meaning="who was to be contacted and who was held out, from first eligibility on; the held-out walk the same way, "
    "and their would-be contact is logged",
    key=("campaign", "phase", "customer_id", "arm"),
    columns=(
        _CAMPAIGN,
        _PHASE,
        Column("customer_id", "text", "customer number", personal=True),
        Column("arm", "text", "treated or held-out"),
        Column("held_by", "text", "programme (held out of everything) or campaign; empty where treated",
               required=False),
        Column("chance", "number", "chance with which this customer was to be treated", "share", required=False),
        Column("eligible_at", "time", "when the customer first became eligible", "UTC"),
        Column("exposed_at", "time", "first contact, or first would-be contact of a held-out; empty where none came",
               "UTC", required=False),
        Column("is_contacted", "flag", "something was really sent or shown"),
        Column("channel", "text", "channel of the first contact or would-be contact", required=False),
        Column("product_id", "text", "the product offered first", required=False),
        Column("variant", "text", "which version was to be shown", required=False),
        Column("cluster", "text", "shift, store or hour, where arms are switched by that", required=False),
    ),
)  # fmt: skip

GOALS = Contract(
    name="goals",
    origin="derived",
    grain="one campaign",
    meaning="what a campaign is to reach and how it will be judged; never changed once written",
    key=("campaign",),
    columns=(
        _CAMPAIGN,
        Column("target_cents", "number", "profit to be added by an eligible customer", "minor units"),
        Column("window_days", "whole", "days from first eligibility in which orders count", "days"),
        Column("planned_people", "number", "eligible customers at which it is to be decided", "customers"),
        Column("planned_days", "whole", "days after which it ends undecided", "days"),
        Column("look_rule", "text", "any time, weekly or once"),
        Column("cap_cents", "number", "a customer's outcome above this counts as this; 0 for none", "minor units"),
        Column("frozen_at", "time", "when it was written down; empty if not before the start", "UTC", required=False),
    ),
)  # fmt: skip

EFFECTS = Contract(
    name="effects",
    origin="derived",
    grain="one metric of one slice of one phase of one campaign",
    meaning="what the offers added, with interval and verdict, or why it cannot be measured",
    key=("campaign", "phase", "slice", "slice_value", "metric"),
    columns=(
        _CAMPAIGN,
        _PHASE,
        Column("slice", "text", "all, channel or kind"),
        Column("slice_value", "text", "which channel or kind of customer; 'all' for all"),
        Column("metric", "text", "profit, contribution, revenue, orders, returns, other products, later, complaints"),
        Column("people", "whole", "eligible customers, both arms", "customers"),
        Column("held_out", "whole", "of them held out", "customers"),
        Column("per_person", "number", "added by a treated customer, minor units or pieces", required=False),
        Column("low", "number", "lower end of its interval", required=False),
        Column("high", "number", "upper end of its interval", required=False),
        Column("total", "number", "added by all treated customers", required=False),
        Column("total_low", "number", "lower end of its interval", required=False),
        Column("total_high", "number", "upper end of its interval", required=False),
        Column("without", "number", "brought by a held-out customer: what comes anyway", required=False),
        Column("cut", "number", "share of the variance that history took out", "share", required=False),
        Column("verdict", "text", "of profit: works, harms, does nothing worth it, days left, no data, unhealthy, "
               "review or cannot be measured; of the rest: more, less or no difference found"),
        Column("days_left", "whole", "days until it can be decided", "days", required=False),
        Column("is_provisional", "flag", "windows or returns are still open"),
        Column("reason", "text", "the verdict's reason in a sentence"),
        _CURRENCY,
    ),
)  # fmt: skip

SCORECARD = Contract(
    name="scorecard",
    origin="derived",
    grain="one figure that a board asks for",
    meaning="where the firm stands: its figure, the trend, a published reference, a rating, and how it is computed",
    key=("figure",),
    columns=(
        Column("place", "whole", "order of the rows"),
        Column("figure", "text", "which figure"),
        Column("value", "number", "the firm's own", required=False),
        Column("low", "number", "lower end of its 95 % interval", required=False),
        Column("high", "number", "upper end of its 95 % interval", required=False),
        Column("before", "number", "the same a year before, or in the half before", required=False),
        Column("unit", "text", "share, money, pieces or number"),
        Column("reference", "text", "what is published, or 'no public reference'"),
        Column("source", "text", "where that is published, and when", required=False),
        Column("rating", "text", "strong, usual, weak or not rated"),
        Column("because", "text", "why there is no value, where there is none", required=False),
        Column("computed", "text", "how it is computed"),
        _CURRENCY,
    ),
)

RESULT_TABLES = (EXPOSURES, GOALS, EFFECTS, SCORECARD)
