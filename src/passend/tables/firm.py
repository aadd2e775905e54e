"""What a firm may know beside its orders. Each table is optional; each one makes the answers better."""

from passend.tables.contract import Column, Contract

_CUSTOMER = Column("customer_id", "text", "customer number", personal=True)
_CURRENCY = Column("currency", "text", "ISO 4217 code of the amounts", required=False)

CUSTOMERS = Contract(
    name="customers",
    origin="input",
    grain="one customer",
    meaning="who the firm's customers are",
    key=("customer_id",),
    columns=(
        _CUSTOMER,
        Column("since", "time", "customer since", "UTC", required=False),
        Column("name", "text", "what the customer is called", required=False, personal=True),
        Column("email", "text", "e-mail address", required=False, personal=True),
        Column("phone", "text", "telephone number", required=False, personal=True),
        Column("region", "text", "country, state or district", required=False, personal=True),
        Column("birth_year", "whole", "year of birth", "year", required=False, personal=True),
        Column("segment", "text", "the firm's own class, e.g. private or business", required=False),
        Column("language", "text", "language to write in, e.g. de", required=False),
    ),
)

CUSTOMER_CONTRACTS = Contract(
    name="contracts",
    origin="input",
    grain="one contract of one customer",
    meaning="memberships, policies, subscriptions and flat rates, running or ended",
    key=("contract_id",),
    columns=(
        Column("contract_id", "text", "contract or policy number"),
        _CUSTOMER,
        Column("product_id", "text", "the article that the contract is for"),
        Column("started_at", "time", "beginning", "UTC"),
        Column("ends_at", "time", "end of the term, where it has one", "UTC", required=False),
        Column("cancelled_at", "time", "when it was ended early", "UTC", required=False),
        Column("period_days", "whole", "days that one fee pays for", "days", required=False),
        Column("fee_cents", "whole", "fee of a period", "minor units", required=False),
        _CURRENCY,
    ),
)

EVENTS = Contract(
    name="events",
    origin="input",
    grain="one thing a visitor did without buying",
    meaning="searches, views, carts and posts: what customers looked for",
    key=("event_id",),
    columns=(
        Column("event_id", "text", "number of the event"),
        Column("customer_id", "text", "customer number; empty for a stranger", required=False, personal=True),
        Column("visit_id", "text", "visit or session", required=False),
        Column("happened_at", "time", "when", "UTC"),
        Column("kind", "text", "search, view, cart (put in), abandon (left in the cart), post or referral"),
        Column("product_id", "text", "the product it was about", required=False),
        Column("category", "text", "the category it was about", required=False),
        Column("words", "text", "what was searched or written", required=False, personal=True),
        Column("channel", "text", "where: web, app, store", required=False),
    ),
)

CONTACTS = Contract(
    name="contacts",
    origin="input",
    grain="one touch between the firm and one customer",
    meaning="every contact in or out, what it cost and what came of it",
    key=("contact_id",),
    columns=(
        Column("contact_id", "text", "number of the contact"),
        _CUSTOMER,
        Column("happened_at", "time", "when", "UTC"),
        Column("direction", "text", "out (the firm's) or in (the customer's)"),
        Column("channel", "text", "email, onsite, desk, phone, webhook or audience"),
        Column("purpose", "text", "offer, news, service, complaint or survey"),
        Column("product_id", "text", "the product offered or asked about", required=False),
        Column("campaign", "text", "campaign that it belonged to", required=False),
        Column("variant", "text", "which version was shown", required=False),
        Column("discount_share", "number", "reduction offered", "share", required=False),
        Column(
            "probability",
            "number",
            "chance with which this choice was made; empty where people or rules chose",
            "share",
            required=False,
        ),
        Column(
            "outcome",
            "text",
            "none, open, click, accept, decline, unsubscribe, complaint, resolved; held-out: nothing was sent",
            required=False,
        ),
        Column("satisfaction", "number", "answer of a survey, 0 to 10", "points", required=False),
        Column("minutes", "number", "staff time", "minutes", required=False),
        Column("cost_cents", "whole", "what it cost, where known", "minor units", required=False),
        _CURRENCY,
    ),
)

CONSENTS = Contract(
    name="consents",
    origin="input",
    grain="one word of one customer on one channel",
    meaning="who may be contacted where, since when and on which ground; the latest word counts, of two at one moment "
    "the no",
    key=("customer_id", "channel", "said_at", "is_given"),
    columns=(
        _CUSTOMER,
        Column("channel", "text", "email, onsite, desk, phone, webhook or audience"),
        Column("said_at", "time", "when the customer said so", "UTC"),
        Column("is_given", "flag", "given, or refused and withdrawn"),
        Column(
            "basis",
            "text",
            "double opt-in, opt-in, existing customer (German UWG 7(3)), or objection",
            required=False,
        ),
        Column("evidence", "text", "where it is written: form, address, order number", required=False),
    ),
)

COSTS = Contract(
    name="costs",
    origin="input",
    grain="one kind of cost",
    meaning="what serving and reaching customers costs; what is missing is taken from sourced defaults",
    key=("kind", "name"),
    columns=(
        Column("kind", "text", "contact, service, return or order"),
        Column("name", "text", "the channel, or 'any'"),
        Column("amount_cents", "whole", "cost of one (of a minute for service)", "minor units"),
        _CURRENCY,
        Column("source", "text", "where the figure comes from", required=False),
    ),
)

FIRM_TABLES = (CUSTOMERS, CUSTOMER_CONTRACTS, EVENTS, CONTACTS, CONSENTS, COSTS)
