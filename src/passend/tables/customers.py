"""What the customers room leaves: facts, profit, habits and a verdict on each customer; and people's word on them."""

from passend.tables.contract import Column, Contract

_CUSTOMER = Column("customer_id", "text", "customer number", personal=True)
_CURRENCY = Column("currency", "text", "currency of most of the customer's orders", required=False)

TREATMENT_EDITS = Contract(
    name="treatment_edits",
    origin="input",
    grain="one decision of a person on one customer",
    meaning="people's word on customers: it wins over the figures; a log in which the latest counts",
    key=("customer_id", "edited_at", "verdict", "author"),
    columns=(
        _CUSTOMER,
        Column("verdict", "text", "offer, up-sell instead, leave alone; automatic takes the word back"),
        Column("reason", "text", "why", personal=True),
        Column("author", "text", "who decided", personal=True),
        Column("edited_at", "time", "when", "UTC"),
    ),
)

ERASED_CUSTOMERS = Contract(
    name="erased_customers",
    origin="input",
    grain="one erased customer",
    meaning="salted fingerprints of customers who were erased, so that no later file brings them back",
    key=("fingerprint",),
    columns=(
        Column("fingerprint", "text", "HMAC-SHA-256 of the customer number under the workspace's own salt"),
        Column("erased_at", "time", "when", "UTC"),
    ),
)

CUSTOMER_FACTS = Contract(
    name="customer_facts",
    origin="derived",
    grain="one customer",
    meaning="what is known of a customer on the decision date, and nothing that happened later",
    key=("customer_id",),
    columns=(
        _CUSTOMER,
        Column(
            "as_of", "time", "the decision date: only what happened before it counts", "UTC", required=False
        ),
        Column("orders", "whole", "orders placed", "orders"),
        Column("products", "whole", "different products bought", "products"),
        Column("categories", "whole", "different categories bought from", "categories"),
        Column("first_order_at", "time", "first order", "UTC", required=False),
        Column("last_order_at", "time", "latest order", "UTC", required=False),
        Column("recency_days", "whole", "since the latest order", "days", required=False),
        Column(
            "tenure_days",
            "whole",
            "since the beginning: first order, contract or entry",
            "days",
            required=False,
        ),
        Column("orders_90_days", "whole", "orders of the last 90 days", "orders"),
        Column("orders_365_days", "whole", "orders of the last 365 days", "orders"),
        Column("revenue_365_days_cents", "whole", "bought in the last 365 days", "minor units"),
        Column("revenue_cents", "whole", "bought, before returns", "minor units", required=False),
        Column("returned_cents", "whole", "value of what came back", "minor units"),
        Column("returned_share", "number", "returned value over bought value", "share"),
        Column("orders_with_returns", "whole", "orders of which something came back", "orders"),
        Column("orders_with_discount", "whole", "orders bought at a deep discount", "orders"),
        Column("discount_share", "number", "discount over the amount before discount", "share"),
        Column("order_gap_days", "number", "mean time between orders", "days", required=False),
        Column("order_gap_spread_days", "number", "standard deviation of that time", "days", required=False),
        Column(
            "price_tier_share",
            "number",
            "how dear the products are within their categories: 0 cheapest, 1 dearest",
            "share",
            required=False,
        ),
        Column("service_contacts", "whole", "times that the customer needed service", "contacts"),
        Column("service_minutes", "number", "staff time for it, where known", "minutes", required=False),
        Column("service_cost_cents", "whole", "what that service cost", "minor units"),
        Column("complaints", "whole", "complaints", "contacts"),
        Column("satisfaction", "number", "mean answer in surveys, 0 to 10", "points", required=False),
        Column("contacts_received", "whole", "offers and news sent", "contacts"),
        Column("contacts_answered", "whole", "of these opened, clicked or accepted", "contacts"),
        Column("offers_accepted", "whole", "of these accepted", "contacts"),
        Column("offers_declined", "whole", "of these declined", "contacts"),
        Column("unsubscribes", "whole", "times that the customer asked for no more", "contacts"),
        Column("last_contact_days", "whole", "since the last offer or news", "days", required=False),
        Column("searches", "whole", "searches", "events"),
        Column("views", "whole", "products or categories viewed", "events"),
        Column("carts", "whole", "products put into a cart", "events"),
        Column("abandons", "whole", "products left in a cart", "events"),
        Column("products_wanted", "whole", "products looked for and not bought since", "products"),
        Column("events_30_days", "whole", "events of the last 30 days", "events"),
        Column("last_event_days", "whole", "since the last event", "days", required=False),
        Column("contracts", "whole", "contracts running", "contracts"),
        Column("contracts_cancelled", "whole", "contracts ended early", "contracts"),
        Column(
            "anniversary_days", "whole", "until a running contract's next anniversary", "days", required=False
        ),
        Column("contract_fees_year_cents", "whole", "fees of running contracts in a year", "minor units"),
        _CURRENCY,
    ),
)

CUSTOMER_PROFIT = Contract(
    name="customer_profit",
    origin="derived",
    grain="one customer in one period",
    meaning="profit and loss of each customer in each month, quarter or year",
    key=("customer_id", "period_start"),
    columns=(
        _CUSTOMER,
        Column(
            "period_start", "time", "beginning of the period; empty for undated orders", "UTC", required=False
        ),
        Column("orders", "whole", "orders placed", "orders"),
        Column("categories", "whole", "categories bought from in the period", "categories"),
        Column(
            "categories_so_far", "whole", "categories bought from until the end of the period", "categories"
        ),
        Column("revenue_cents", "whole", "bought, after discounts, before returns", "minor units"),
        Column("discount_cents", "whole", "discounts given, already taken off", "minor units"),
        Column("returned_cents", "whole", "revenue given back for the period's orders", "minor units"),
        Column("goods_cost_cents", "whole", "goods, less what can be sold again", "minor units"),
        Column("return_cost_cents", "whole", "handling of returns", "minor units"),
        Column("service_cost_cents", "whole", "service and complaints", "minor units"),
        Column("contact_cost_cents", "whole", "offers, news and other contacts", "minor units"),
        Column("profit_cents", "whole", "what remains", "minor units"),
        Column(
            "known_cost_share",
            "number",
            "revenue of goods with a known cost; the rest takes the margin from the settings",
            "share",
            required=False,
        ),
        _CURRENCY,
    ),
)

CUSTOMER_STAMPS = Contract(
    name="customer_stamps",
    origin="derived",
    grain="one customer",
    meaning="what facts and profit were last made from, so that a refresh finds whose rows have changed",
    key=("customer_id",),
    columns=(
        _CUSTOMER,
        Column("stamp", "whole", "sum of the hashes of all rows that the customer's facts and profit read"),
        Column("recipe", "text", "hash of the statements, settings and costs they were made with"),
    ),
)

SCORES = Contract(
    name="scores",
    origin="derived",
    grain="one customer",
    meaning="chance to order without being contacted, what is still to come, when, and how that is known",
    key=("customer_id",),
    columns=(
        _CUSTOMER,
        Column(
            "buy_probability",
            "number",
            "chance to order in the next buy_days without being contacted; empty where it cannot be learned",
            "share",
            required=False,
        ),
        Column("buy_low", "number", "lower end of its interval (95 %)", "share", required=False),
        Column("buy_high", "number", "upper end of its interval (95 %)", "share", required=False),
        Column(
            "is_receptive",
            "flag",
            "surely likelier to order than the average customer: buy_low above the mean",
            required=False,
        ),
        Column("buy_reason", "text", "why the chance is high or low, in one sentence", required=False),
        Column("buy_days", "whole", "the days in which an order counts", "days"),
        Column("active_probability", "number", "chance to be a customer still", "share", required=False),
        Column("expected_orders", "number", "days with orders in lifetime_days", "orders", required=False),
        Column(
            "lifetime_cents",
            "whole",
            "margin of lifetime_days, net of returns and service",
            "minor units",
            required=False,
        ),
        Column(
            "lifetime_low_cents",
            "whole",
            "what really comes lies above it, 95 %",
            "minor units",
            required=False,
        ),
        Column(
            "lifetime_high_cents",
            "whole",
            "what really comes lies below it, 95 %",
            "minor units",
            required=False,
        ),
        Column("lifetime_days", "whole", "the days over which the value is summed", "days"),
        Column(
            "next_order_days",
            "whole",
            "until an order has come with a chance of one half, or a contract's anniversary; empty where not foreseen",
            "days",
            required=False,
        ),
        Column("next_event", "text", "which of them: order, or contract anniversary", required=False),
        _CURRENCY,
        Column("basis", "text", "how the scores were learned, or why they cannot be"),
    ),
)

CUSTOMER_KINDS = Contract(
    name="customer_kinds",
    origin="derived",
    grain="one customer with orders",
    meaning="the four kinds of customer on whom cross-selling loses money, as probabilities with their evidence",
    key=("customer_id",),
    columns=(
        _CUSTOMER,
        Column(
            "kind",
            "text",
            "revenue reverser, service demander, promotion maximiser or spending limiter; empty for none",
            required=False,
        ),
        Column("kind_probability", "number", "probability of that kind", "share", required=False),
        Column("treatment", "text", "none, no discounts, up-sell, self-service, or leave out"),
        Column("revenue_reverser_probability", "number", "returns so much that selling loses money", "share"),
        Column(
            "service_demander_probability", "number", "needs service that eats up what is earned", "share"
        ),
        Column(
            "promotion_maximiser_probability",
            "number",
            "buys far more at deep discounts than others",
            "share",
        ),
        Column("spending_limiter_probability", "number", "spends a fixed sum, whatever is offered", "share"),
        Column(
            "profit_fell_probability", "number", "that profit fell as more categories were bought", "share"
        ),
        Column("returned_share", "number", "returned share, pulled towards the firm's average", "share"),
        Column("service_contacts_per_order", "number", "service contacts, pulled likewise", "contacts"),
        Column(
            "discounted_lines_share", "number", "order lines at a deep discount, pulled likewise", "share"
        ),
        Column(
            "spending_elasticity",
            "number",
            "per cent more spent in a period for one per cent more categories, pulled likewise",
            required=False,
        ),
        Column("periods", "whole", "periods with orders", "periods"),
        Column("evidence", "text", "why, in one sentence"),
    ),
)

CUSTOMER_CHANNELS = Contract(
    name="customer_channels",
    origin="derived",
    grain="one customer and channel on which something was sent or said",
    meaning="on which channel and when a customer answers, and where they may be contacted at all",
    key=("customer_id", "channel"),
    columns=(
        _CUSTOMER,
        Column("channel", "text", "email, onsite, desk, phone, webhook or audience"),
        Column("is_allowed", "flag", "consent allows contacts on this channel"),
        Column("received", "whole", "offers and news sent", "contacts"),
        Column("answered", "whole", "of these answered", "contacts"),
        Column(
            "answer_share",
            "number",
            "chance of an answer in the best part of the day; empty where nothing was sent",
            "share",
            required=False,
        ),
        Column("best_day_part", "text", "night, morning, afternoon or evening (UTC)", required=False),
    ),
)

CUSTOMER_HOURS = Contract(
    name="customer_hours",
    origin="derived",
    grain="one customer who was about at a known hour",
    meaning="at which hour a customer is usually about; journeys wait for it with `wait: best hour`",
    key=("customer_id",),
    columns=(
        _CUSTOMER,
        Column("best_hour", "whole", "hour of the day (UTC), 0 to 23"),
        Column(
            "hour_share",
            "number",
            "share of the customer's acts expected in it, pulled towards all's",
            "share",
        ),
        Column("acts", "whole", "orders, looks and answers it was learned from"),
    ),
)

CUSTOMER_ALIASES = Contract(
    name="customer_aliases",
    origin="derived",
    grain="one way of writing a customer's number",
    meaning="which number stands for a number or address that is written otherwise; all rooms read through it",
    key=("spelling",),
    columns=(
        Column("spelling", "text", "the number or address as it is written somewhere", personal=True),
        _CUSTOMER,
    ),
)

PRODUCT_ALIASES = Contract(
    name="product_aliases",
    origin="derived",
    grain="one way of writing a product's number",
    meaning="which number stands for one that is written otherwise, e.g. without its leading zeros",
    key=("spelling",),
    columns=(
        Column("spelling", "text", "the number as it is written somewhere"),
        Column("product_id", "text", "article number"),
    ),
)

CUSTOMER_MERGES = Contract(
    name="customer_merges",
    origin="input",
    grain="one decision of one person on two customer numbers",
    meaning="people's word on who is the same customer; the latest on a pair counts",
    key=("customer_id", "other_id", "edited_at"),
    columns=(
        Column("customer_id", "text", "the number that stands for both", personal=True),
        Column("other_id", "text", "the other number", personal=True),
        Column("action", "text", "merge, or part to take it back"),
        Column("reason", "text", "why"),
        Column("author", "text", "who decided"),
        Column("edited_at", "time", "when", "UTC"),
    ),
)

LATEST_CONSENTS = Contract(
    name="latest_consents",
    origin="derived",
    grain="one customer and channel on which something was said",
    meaning="the word that counts now, on every channel and in every room; unsubscribing is a no, and of two at one "
    "moment the no counts",
    key=("customer_id", "channel"),
    columns=(
        _CUSTOMER,
        Column("channel", "text", "email, onsite, desk, phone, webhook or audience"),
        Column("is_given", "flag", "permitted, or refused and withdrawn"),
        Column("basis", "text", "double opt-in, opt-in, existing customer or objection", required=False),
        Column("said_at", "time", "when it was said", "UTC"),
        Column(
            "evidence", "text", "where it is written: form, address, number of the contact", required=False
        ),
    ),
)

VERDICTS = Contract(
    name="verdicts",
    origin="derived",
    grain="one customer",
    meaning="whether to make this customer an offer at all, what to do instead, and why",
    key=("customer_id",),
    columns=(
        _CUSTOMER,
        Column("verdict", "text", "offer, up-sell instead, leave alone, or nothing fits"),
        Column("treatment", "text", "none, no discounts, up-sell, self-service, or leave out"),
        Column("kind", "text", "the costly kind that speaks against offers, if one does", required=False),
        Column("kind_probability", "number", "probability of that kind", "share", required=False),
        Column("returned_share", "number", "returned share, pulled towards the firm's average", "share"),
        Column("is_by_person", "flag", "a person decided, not the figures"),
        Column("reason", "text", "why, in one sentence"),
    ),
)

CUSTOMER_TABLES = (
    TREATMENT_EDITS,
    ERASED_CUSTOMERS,
    CUSTOMER_ALIASES,
    PRODUCT_ALIASES,
    CUSTOMER_MERGES,
    CUSTOMER_FACTS,
    CUSTOMER_PROFIT,
    CUSTOMER_STAMPS,
    SCORES,
    CUSTOMER_KINDS,
    LATEST_CONSENTS,
    CUSTOMER_CHANNELS,
    CUSTOMER_HOURS,
    VERDICTS,
)
