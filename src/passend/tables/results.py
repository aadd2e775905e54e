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
_SLICE = Column(
    "slice",
    "text",
    "channel, kind (orders before), product (offered first), category (of it), relation (of what was bought to it), "
    "variant, region, segment or language",
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
        Column("variant_chance", "number", "chance with which that version was drawn", "share", required=False),
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
        Column("slice", "text", "all, or by what customers are told apart: see slice_sums"),
        Column("slice_value", "text", "which channel, kind of customer and so on; 'all' for all"),
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
        Column("reach", "number", "standard errors from the value to each end of the interval, by the look rule",
               required=False),
        Column("is_provisional", "flag", "windows or returns are still open"),
        Column("reason", "text", "the verdict's reason in a sentence"),
        Column("until", "time", "end of the data", "UTC", required=False),
        _CURRENCY,
    ),
)  # fmt: skip

RESTATED = Contract(
    name="restated",
    origin="derived",
    grain="one figure that was told of a campaign and is another now",
    meaning="added profit that was told earlier, what is told now, and why it changed; rows are only ever added",
    key=("number",),
    columns=(
        Column("number", "whole", "order in which they were restated, from 1"),
        _CAMPAIGN,
        _PHASE,
        Column("earlier_until", "time", "end of the data of the earlier figure", "UTC", required=False),
        Column("until", "time", "end of the data of the new one", "UTC"),
        Column("was_provisional", "flag", "windows or returns were still open when the earlier one was told"),
        _cents("earlier", "added profit as it was told"),
        _cents("earlier_low", "lower end of its interval"),
        _cents("earlier_high", "upper end of its interval"),
        Column("earlier_verdict", "text", "the verdict as it was told"),
        _cents("total", "added profit now"),
        _cents("total_low", "lower end of its interval"),
        _cents("total_high", "upper end of its interval"),
        Column("verdict", "text", "the verdict now"),
        Column("cause", "text", "why; several causes are parted by a semicolon"),
        _CURRENCY,
    ),
)

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

_COHORT = Column("cohort", "time", "the week in which its customers became eligible, its Monday", "UTC")
_ARM = Column("arm", "text", "treated or held-out")


def _sum(name: str, meaning: str, unit: str = "") -> Column:
    return Column(name, "number", meaning, unit, required=False)


EFFECT_SUMS = Contract(
    name="effect_sums",
    origin="derived",
    grain="one outcome of one arm of one cohort",
    meaning="sums over customers from which what was added is told; they can be added up over cohorts",
    key=("campaign", "phase", "arm", "cohort", "metric"),
    columns=(
        _CAMPAIGN,
        _PHASE,
        _ARM,
        _COHORT,
        Column("metric", "text", "which outcome; contribution is profit before contacts, capped"),
        _sum("people", "eligible customers", "customers"),
        _sum("active", "of them with an outcome other than nothing", "customers"),
        _sum("total", "sum of the outcome, minor units or pieces"),
        _sum("squares", "sum of its squares"),
        _sum("before", "sum of what the same customers brought before", "minor units"),
        _sum("before_squares", "sum of its squares"),
        _sum("products", "sum of outcome x outcome before"),
        _sum("largest", "largest outcome of a customer"),
        _sum("smallest", "smallest outcome of a customer, below nothing where it is a loss"),
    ),
)

SLICE_SUMS = Contract(
    name="slice_sums",
    origin="derived",
    grain="one arm of one cohort and one group of customers",
    meaning="sums behind the profit of groups, as the groups were known when the cohort was summed up",
    key=("campaign", "phase", "arm", "cohort", "slice", "slice_value"),
    columns=(
        _CAMPAIGN,
        _PHASE,
        _ARM,
        _COHORT,
        _SLICE,
        Column("slice_value", "text", "which of them; unknown where it is not known"),
        _sum("people", "eligible customers", "customers"),
        _sum("active", "of them with a profit or loss", "customers"),
        _sum("total", "sum of profit before contacts, capped", "minor units"),
        _sum("squares", "sum of its squares"),
        _sum("before", "sum of what the same customers brought before", "minor units"),
        _sum("before_squares", "sum of its squares"),
        _sum("products", "sum of profit x profit before"),
        _sum("contact_cents", "what contacts with them cost", "minor units"),
    ),
)

EXPOSURE_TALLIES = Contract(
    name="exposure_tallies",
    origin="derived",
    grain="one arm of one cohort",
    meaning="counts that tell whether a comparison is sound",
    key=("campaign", "phase", "arm", "cohort"),
    columns=(
        _CAMPAIGN,
        _PHASE,
        _ARM,
        _COHORT,
        _sum("people", "eligible customers", "customers"),
        _sum("exposed", "of them, those who came to a contact or would have", "customers"),
        _sum("contacted", "of them, those to whom something was really sent", "customers"),
        _sum("in_both", "of them, those who are in both arms", "customers"),
        _sum("with_chance", "of them, those with a logged chance", "customers"),
        _sum("chances", "sum of the logged chances of being treated"),
        _sum("chance_variance", "sum of chance x (1 - chance)"),
        _sum("least_chance", "lowest logged chance", "share"),
        _sum("most_chance", "highest logged chance", "share"),
        _sum("closed", "customers whose window is closed", "customers"),
        _sum("provisional", "customers whose returns are not complete", "customers"),
        _sum(
            "too_early",
            "of them, those who came to a contact on a day before they became eligible",
            "customers",
        ),
        _sum("unsent", "of them, those to whom nothing was sent though they came to a contact", "customers"),
        _sum("days", "sum of days from Monday to eligibility", "days"),
        _sum("days_squares", "sum of their squares"),
        _sum("hours", "sum of the time of day of eligibility", "hours"),
        _sum("hours_squares", "sum of their squares"),
        _sum("bought_before", "of them, those who had bought before", "customers"),
        _sum("spenders", "of them, those with revenue", "customers"),
        _sum("log_spend", "sum of the logarithm of that revenue"),
        _sum("log_squares", "sum of its squares"),
        _sum("early", "orders in the first half of closed windows"),
        _sum("late", "orders in their second half"),
        _sum("early_squares", "sum of squares of a customer's early orders"),
        _sum("late_squares", "sum of squares of a customer's late orders"),
        _sum("early_late", "sum of their products"),
        Column("first_at", "time", "when the first customer became eligible", "UTC"),
        Column("last_at", "time", "when the last one did", "UTC"),
    ),
)

EXPOSURE_DAYS = Contract(
    name="exposure_days",
    origin="derived",
    grain="one day of one arm of one cohort",
    meaning="orders within the windows, by day: days that one arm lacks show",
    key=("campaign", "phase", "arm", "cohort", "day"),
    columns=(
        _CAMPAIGN,
        _PHASE,
        _ARM,
        _COHORT,
        Column("day", "time", "the day of the orders", "UTC"),
        _sum("orders", "how many there were"),
    ),
)

ATTRIBUTED = Contract(
    name="attributed",
    origin="derived",
    grain="one cohort with claimed orders",
    meaning="what a mail tool would claim: bought within five days of an answer",
    key=("campaign", "phase", "cohort"),
    columns=(
        _CAMPAIGN,
        _PHASE,
        _COHORT,
        Column("orders", "whole", "orders claimed"),
        _cents("revenue_cents", "their revenue"),
    ),
)

COHORT_STAMPS = Contract(
    name="cohort_stamps",
    origin="derived",
    grain="one cohort",
    meaning="what the sums of a cohort were made from, in one number: where it is the same, they are not made anew",
    key=("campaign", "phase", "cohort"),
    columns=(
        _CAMPAIGN,
        _PHASE,
        _COHORT,
        Column("is_settled", "flag", "windows and returns of all its customers are closed"),
        Column("stamp", "whole", "of its exposures, its goal, and what its customers brought"),
    ),
)

RESULT_TABLES = (
    EXPOSURES, GOALS, EFFECTS, RESTATED, SCORECARD, EFFECT_SUMS, SLICE_SUMS, EXPOSURE_TALLIES, EXPOSURE_DAYS,
    ATTRIBUTED, COHORT_STAMPS,
)  # fmt: skip
