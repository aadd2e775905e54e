"""What the customers room leaves: facts and a verdict on each customer."""

from passend.tables.contract import Column, Contract

CUSTOMER_FACTS = Contract(
    name="customer_facts",
    origin="derived",
    grain="one customer",
    meaning="what is known of a customer at the end of the data",
    key=("customer_id",),
    columns=(
        Column("customer_id", "text", "customer number", personal=True),
        Column("orders", "whole", "orders placed", "orders"),
        Column("products", "whole", "different products bought", "products"),
        Column("first_order_at", "time", "first order", "UTC", required=False),
        Column("last_order_at", "time", "latest order", "UTC", required=False),
        Column("revenue_cents", "whole", "bought, before returns", "minor units", required=False),
        Column("returned_cents", "whole", "value of what came back", "minor units"),
        Column("returned_share", "number", "returned value over bought value", "share"),
        Column("orders_with_returns", "whole", "orders of which something came back", "orders"),
        Column("discount_share", "number", "discount over the amount before discount", "share"),
        Column("currency", "text", "currency of most of the customer's orders", required=False),
    ),
)

VERDICTS = Contract(
    name="verdicts",
    origin="derived",
    grain="one customer",
    meaning="whether to make this customer an offer at all, and why",
    key=("customer_id",),
    columns=(
        Column("customer_id", "text", "customer number", personal=True),
        Column("verdict", "text", "offer, leave alone, or nothing fits"),
        Column("returned_share", "number", "returned share, pulled towards the firm's average", "share"),
        Column("reason", "text", "why, in one sentence"),
    ),
)

CUSTOMER_TABLES = (CUSTOMER_FACTS, VERDICTS)
