"""What the decisions room leaves: the plan."""

from passend.tables.contract import Column, Contract

OFFERS = Contract(
    name="offers",
    origin="derived",
    grain="one offer to one customer",
    meaning="the plan: who is offered what, and who is kept without offers to measure the effect",
    key=("customer_id", "rank"),
    columns=(
        Column("customer_id", "text", "customer number", personal=True),
        Column("rank", "whole", "1 is the first to be made"),
        Column("product_id", "text", "the product offered"),
        Column("product_name", "text", "what it is called"),
        Column("type", "text", "complement, next, or popular"),
        Column("score", "number", "the recommendation's score"),
        Column("price_cents", "whole", "price of the product", "minor units", required=False),
        Column("currency", "text", "currency of the price", required=False),
        Column("chosen", "flag", "to be made; false for the hold-out, who get nothing and are compared"),
        Column(
            "probability",
            "number",
            "chance with which the choice was made: 1 - hold-out share, or the share",
            "share",
        ),
        Column("reason_code", "text", "fits, or hold-out"),
        Column("reason", "text", "why, in one sentence"),
    ),
)

DECISION_TABLES = (OFFERS,)
