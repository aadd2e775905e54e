"""What the decisions room leaves: the plan, its funnel, its limits, and why some get nothing."""

from passend.tables.contract import Column, Contract

_PLAN = Column("plan", "whole", "number of the plan")
_CUSTOMER = Column("customer_id", "text", "customer number", personal=True)
_RANK = Column("rank", "whole", "1 is the most valuable to this customer")
_PRODUCT = Column("product_id", "text", "the product offered")
_CHANNEL = Column("channel", "text", "email, onsite, desk, phone, webhook or audience")
_SEND_AT = Column(
    "send_at",
    "time",
    "when it is made, or from when on it is shown; empty without dates",
    "UTC",
    required=False,
)
_CHOSEN = Column("chosen", "flag", "to be made; false for the hold-out, who get nothing and are compared")
_PROBABILITY = Column(
    "probability",
    "number",
    "chance with which this was decided: of this offer, or of being held out",
    "share",
)


def _cents(name: str, meaning: str) -> Column:
    return Column(name, "number", meaning, "minor units", required=False)


OFFERS = Contract(
    name="offers",
    origin="derived",
    grain="one offer to one customer",
    meaning="the plan: who is offered what, where and when, and who is kept without offers to measure the effect",
    key=("customer_id", "rank"),
    columns=(
        _PLAN,
        _CUSTOMER,
        _RANK,
        _PRODUCT,
        Column("product_name", "text", "what it is called"),
        Column("type", "text", "complement, next, substitute, upgrade, service or popular"),
        Column("score", "number", "the recommendation's score"),
        _CHANNEL,
        Column("placement", "text", "where on the channel, e.g. product_page", required=False),
        _SEND_AT,
        Column("price_cents", "whole", "price of the product", "minor units", required=False),
        Column("currency", "text", "currency of the price", required=False),
        _CHOSEN,
        _PROBABILITY,
        Column("discount_share", "number", "reduction that comes with the offer", "share"),
        Column("effect", "number", "extra purchases that one contact brings", "purchases a contact"),
        Column("effect_low", "number", "lower end of its 95 % interval", "purchases a contact"),
        Column("effect_high", "number", "upper end of its 95 % interval", "purchases a contact"),
        _cents("margin_cents", "margin of one extra purchase, after the offer's discount"),
        _cents("returns_cents", "expected loss of one extra purchase by returns"),
        _cents("own_sales_cents", "of one extra purchase, what is saved elsewhere or would have come anyway"),
        _cents("service_cents", "handling and service of one extra purchase"),
        _cents("contact_cents", "cost of the contact"),
        _cents("discount_cents", "discount given to those who would have bought anyway, for each contact"),
        _cents("annoyance_cents", "coming purchases that the contact spoils"),
        _cents("value_cents", "expected incremental profit: effect x (margin - the next three) - (the last three)"),
        _cents("value_low_cents", "lower end of its 95 % interval"),
        _cents("value_high_cents", "upper end of its 95 % interval"),
        Column("basis", "text", "how the effect is known: measured, hierarchical (from contacts like it), or a prior"),
        Column("legal_basis", "text", "not needed, double opt-in, opt-in, or existing customer (German UWG 7(3))"),
        Column("similar_to", "text", "the bought product to which this one is similar: evidence for UWG 7(3)",
               required=False),
        Column("reason_code", "text", "fits, drawn to learn, or hold-out"),
        Column("reason", "text", "why, in one sentence"),
    ),
)  # fmt: skip

LEARNED_EFFECTS = Contract(
    name="learned_effects",
    origin="derived",
    grain="one channel on which offers were made; and one row for all of them",
    meaning="what offers of the past added to buying, and how that is known, or why it is assumed",
    key=("channel",),
    columns=(
        Column("channel", "text", "email, onsite, desk, phone, webhook or audience; or all"),
        Column("contacts", "whole", "offers that were made", "contacts"),
        Column("effect", "number", "extra purchases of a usual offer", "purchases a contact", required=False),
        Column(
            "effect_low", "number", "lower end of its 95 % interval", "purchases a contact", required=False
        ),
        Column(
            "effect_high", "number", "upper end of its 95 % interval", "purchases a contact", required=False
        ),
        Column("basis", "text", "how it is known"),
    ),
)

NEEDS = Contract(
    name="needs",
    origin="derived",
    grain="one need of one customer: the likeliest ones, and those met last",
    meaning="what customers need next without any offer: what is new, due or rests, and how likely it is bought soon",
    key=("customer_id", "need", "category"),
    columns=(
        _CUSTOMER,
        Column("need", "text", "what meets it: the product, or what its variants share"),
        Column("category", "text", "its category", required=False),
        Column(
            "state",
            "text",
            "new (never bought), due (bought before, may be wanted again), lapsed (bought before, and not for four"
            " times the usual time) or sated (rests)",
        ),
        Column(
            "chance_30_days",
            "number",
            "chance that the customer buys it within 30 days without an offer",
            "share",
        ),
        Column("chance_low", "number", "lower end of its 95 % interval", "share"),
        Column("chance_high", "number", "upper end of its 95 % interval", "share"),
        Column("last_bought_weeks", "number", "weeks since it was last bought", "weeks", required=False),
        Column(
            "usual_weeks",
            "number",
            "the customer's own usual weeks from a purchase to the next; empty where it lasts or was never bought",
            "weeks",
            required=False,
        ),
        Column(
            "rests_until",
            "time",
            "until when a need that was met rests; empty where hardly anybody buys it again",
            "UTC",
            required=False,
        ),
    ),
)

PLANS = Contract(
    name="plans",
    origin="derived",
    grain="one plan",
    meaning="every plan that was ever made, in numbers; none is changed afterwards",
    key=("plan",),
    columns=(
        _PLAN,
        Column("made_at", "time", "when", "UTC"),
        Column("as_of", "time", "day of the decision: the end of the data", "UTC", required=False),
        Column("offers", "whole", "offers to be made"),
        Column("customers", "whole", "customers who get some"),
        Column("held_out", "whole", "customers kept without offers"),
        _cents("value_cents", "expected incremental profit"),
        _cents("value_low_cents", "lower end of its 95 % interval"),
        _cents("value_high_cents", "upper end of its 95 % interval"),
        _cents("bound_cents", "no plan under these rules is worth more"),
        Column("gap", "number", "share of the bound that the plan lacks at most", "share"),
        _cents("explore_cost_cents", "expected profit given up to learn"),
        _cents("contact_cents", "cost of all contacts"),
        Column("currency", "text", "currency of the amounts", required=False),
        Column(
            "basis", "text", "what share of the value is measured, and on which contacts, or why it cannot be"
        ),
        Column("rules", "text", "the rules as they stood"),
        Column("changes", "text", "rules changed on the command line"),
    ),
)

PLAN_OFFERS = Contract(
    name="plan_offers",
    origin="derived",
    grain="one offer to one customer in one plan",
    meaning="the offers of every plan, for comparing plans and for replay",
    key=("plan", "customer_id", "rank"),
    columns=(
        _PLAN,
        _CUSTOMER,
        _RANK,
        _PRODUCT,
        _CHANNEL,
        _SEND_AT,
        _CHOSEN,
        _PROBABILITY,
        _cents("value_cents", "expected incremental profit"),
        Column("reason_code", "text", "fits, drawn to learn, or hold-out"),
    ),
)

FUNNEL = Contract(
    name="funnel",
    origin="derived",
    grain="one step of one plan, or one reason that stopped offers before it",
    meaning="what is left after each step from the library to the plan, and what each reason stopped",
    key=("plan", "place"),
    columns=(
        _PLAN,
        Column("place", "whole", "order of the rows"),
        Column("step", "text", "library, eligible, permitted, suitable, worth it or chosen"),
        Column(
            "reason_code",
            "text",
            "short word of the reason; empty in the row of what is left",
            required=False,
        ),
        Column("reason", "text", "the reason, or what the step means"),
        Column("offers", "whole", "offers (customer x product x channel) stopped or left"),
        Column("customers", "whole", "customers with at least one of them"),
    ),
)

LIMITS = Contract(
    name="limits",
    origin="derived",
    grain="one limit of one plan",
    meaning="how much of each limit is used, and what one more unit of it would earn",
    key=("plan", "place"),
    columns=(
        _PLAN,
        Column("place", "whole", "order of the rows"),
        Column("kind", "text", "money, offers, capacity, stock, staff, fairness or share"),
        Column("name", "text", "channel, product, team or category", required=False),
        Column("unit", "text", "what it is counted in"),
        Column("capacity", "number", "how much there is"),
        Column("used", "number", "how much the plan uses"),
        Column("price_cents", "number", "what one more unit would earn", "minor units"),
        Column("rule", "text", "where the rule stands"),
        Column("says", "text", "the price in words"),
    ),
)

WHY_NOT = Contract(
    name="why_not",
    origin="derived",
    grain="one customer without an offer",
    meaning="why these customers get nothing",
    key=("customer_id",),
    columns=(
        _PLAN,
        _CUSTOMER,
        Column("step", "text", "the step of the funnel that the best offer did not reach"),
        Column("reason_code", "text", "short word of the reason"),
        Column("reason", "text", "why, in one sentence"),
    ),
)

DECISION_TABLES = (NEEDS, LEARNED_EFFECTS, OFFERS, PLANS, PLAN_OFFERS, FUNNEL, LIMITS, WHY_NOT)
