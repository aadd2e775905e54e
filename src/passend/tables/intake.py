"""What the intake leaves: the firm's orders, returns, products and customers, and the rows set aside."""

from passend.tables.contract import Column, Contract

_CURRENCY = Column(
    "currency", "text", "ISO 4217 code of the amounts; empty where the file names none", required=False
)

LINES = Contract(
    name="lines",
    origin="input",
    grain="one row of a source file",
    meaning="every row ever read, typed but not judged; orders, returns and quarantine are made of it",
    key=("source_id", "row"),
    columns=(
        Column("source_id", "text", "which import the row came with (fingerprint of file and column map)"),
        Column("source", "text", "name of the file or database table"),
        Column("row", "whole", "number of the record in the source; a header is row 1"),
        Column("order_id", "text", "order, invoice or basket number as in the file", required=False),
        Column("customer_id", "text", "customer number; empty for a guest", required=False, personal=True),
        Column("product_id", "text", "article number", required=False),
        Column("product_name", "text", "what the product is called", required=False),
        Column("category", "text", "category, levels divided by ' > '", required=False),
        Column("ordered_at", "time", "time of the order", "UTC", required=False),
        Column(
            "sequence",
            "whole",
            "position among the customer's orders, where there are no dates",
            required=False,
        ),
        Column("quantity", "number", "pieces; negative when taken back", "pieces", required=False),
        Column(
            "unit_price",
            "number",
            "price of a piece as in the file, after signs and separators",
            required=False,
        ),
        Column("discount", "number", "reduction of the line's amount", required=False),
        Column(
            "order_discount", "number", "reduction of the whole order, beside its lines' own", required=False
        ),
        Column(
            "all_discounts",
            "number",
            "all reductions of the order, those of its lines included",
            required=False,
        ),
        Column("returned_quantity", "number", "pieces of the line that came back", "pieces", required=False),
        Column("refund", "number", "money given back on the order, its line unknown", required=False),
        _CURRENCY,
        Column("channel", "text", "where it was bought (web, store, phone)", required=False),
        Column("country", "text", "the customer's or delivery country", required=False, personal=True),
        Column("is_cancelled", "flag", "the number of the order marks the row as taken back"),
        Column("is_pending", "flag", "not paid yet in this file", required=False),
        Column(
            "option",
            "text",
            "fingerprint of what tells this row from another of the same order and product",
            required=False,
        ),
        Column(
            "updated_at", "time", "when the order was changed last, as the file says", "UTC", required=False
        ),
        Column("problem", "text", "why the row cannot be used, if so", required=False),
        Column(
            "raw",
            "text",
            "the row as it stood in the file, kept where it cannot be used",
            required=False,
            personal=True,
        ),
    ),
)

ORDERS = Contract(
    name="orders",
    origin="input",
    grain="one line of an order: one product in one order at one price",
    meaning="what was bought: the only table that must be given",
    key=("order_id", "line"),
    columns=(
        Column("order_id", "text", "order, invoice or basket number"),
        Column("line", "whole", "number of the line within the order"),
        Column("customer_id", "text", "customer number; empty for a guest", required=False, personal=True),
        Column("product_id", "text", "article number"),
        Column("ordered_at", "time", "time of the order", "UTC", required=False),
        Column(
            "sequence",
            "whole",
            "position among the customer's orders, where there are no dates",
            required=False,
        ),
        Column("quantity", "number", "pieces bought", "pieces"),
        Column(
            "returned_quantity",
            "number",
            "pieces of this line that were returned or cancelled later",
            "pieces",
        ),
        Column("unit_price_cents", "whole", "price of a piece", "minor units", required=False),
        Column("discount_cents", "whole", "reduction of the line's amount", "minor units"),
        Column(
            "revenue_cents",
            "whole",
            "quantity x price - discount, before returns",
            "minor units",
            required=False,
        ),
        _CURRENCY,
        Column("channel", "text", "where it was bought (web, store, phone)", required=False),
        Column("is_gift", "flag", "added free of charge: says nothing about the customer's wishes"),
    ),
)

RETURNS = Contract(
    name="returns",
    origin="input",
    grain="one returned or cancelled line",
    meaning="what came back, and the sale it reverses where that was found",
    key=("return_id", "line"),
    columns=(
        Column("return_id", "text", "number of the return or cancellation"),
        Column("line", "whole", "number of the line within the return"),
        Column("customer_id", "text", "customer number; empty for a guest", required=False, personal=True),
        Column(
            "product_id",
            "text",
            "article number; empty where money came back, not said for what",
            required=False,
        ),
        Column("returned_at", "time", "time of the return", "UTC", required=False),
        Column("quantity", "number", "pieces returned; 0 where only money was given back", "pieces"),
        Column("amount_cents", "whole", "money given back", "minor units", required=False),
        _CURRENCY,
        Column(
            "order_id",
            "text",
            "the order that it reverses; empty when the sale is not in the data",
            required=False,
        ),
        Column("order_line", "whole", "the line of that order", required=False),
        Column("is_on_sale_row", "flag", "told on the sale's own row, not by a row of its own"),
    ),
)

PRODUCTS = Contract(
    name="products",
    origin="input",
    grain="one product",
    meaning="what can be sold: from the firm's product list where given, else from its orders",
    key=("product_id",),
    columns=(
        Column("product_id", "text", "article number"),
        Column("name", "text", "what the product is called"),
        Column("category", "text", "category, levels divided by ' > '", required=False),
        Column(
            "price_cents",
            "whole",
            "price of a piece: as listed, else the most usual of the last sales",
            "minor units",
            required=False,
        ),
        Column("unit_cost_cents", "whole", "what a piece costs the firm", "minor units", required=False),
        _CURRENCY,
        Column("kind", "text", "good, service or contract"),
        Column("is_active", "flag", "can be offered"),
        Column("attributes", "text", "the product's properties as a JSON object of texts", required=False),
        Column("stock", "number", "pieces in stock; empty where not known", "pieces", required=False),
        Column("orders", "whole", "orders that hold it", "orders"),
        Column("first_sold_at", "time", "first sale in the data", "UTC", required=False),
        Column("last_sold_at", "time", "latest sale in the data", "UTC", required=False),
    ),
)

PRODUCT_LIST = Contract(
    name="product_list",
    origin="input",
    grain="one product of the firm's own list",
    meaning="the firm's product file as given, the latest word for each product",
    key=("product_id",),
    columns=(
        Column("product_id", "text", "article number"),
        Column("name", "text", "what the product is called", required=False),
        Column("category", "text", "category, levels divided by ' > '", required=False),
        Column("unit_price", "number", "listed price", required=False),
        Column("unit_cost", "number", "what a piece costs the firm", required=False),
        _CURRENCY,
        Column("kind", "text", "good, service or contract", required=False),
        Column("is_active", "flag", "can be offered", required=False),
        Column("attributes", "text", "the product's properties as a JSON object of texts", required=False),
        Column("stock", "number", "pieces in stock; empty where not known", "pieces", required=False),
    ),
)

SET_ASIDE = Contract(
    name="set_aside",
    origin="input",
    grain="one row of a file beside the orders that cannot be used",
    meaning="rows of product lists and of the firm's further tables, set aside with the reason when they were read",
    key=("source_id", "row"),
    columns=(
        Column("source_id", "text", "which import the row came with"),
        Column("source", "text", "name of the file or database table"),
        Column("row", "whole", "number of the record in the source"),
        Column("kind", "text", "the table that the row was meant for"),
        Column("reason", "text", "why it is set aside, in plain words"),
        Column("raw", "text", "the row as it stood in the file", required=False, personal=True),
    ),
)

QUARANTINE = Contract(
    name="quarantine",
    origin="derived",
    grain="one row of a source that was set aside",
    meaning="rows that are not used, each with its reason; nothing is dropped in silence",
    key=("source_id", "row"),
    columns=(
        Column("source_id", "text", "which import the row came with"),
        Column("source", "text", "name of the file or database table"),
        Column("row", "whole", "number of the record in the source"),
        Column("kind", "text", "the table that the row was meant for: orders, products, events, ..."),
        Column("reason", "text", "why it is set aside, in plain words"),
        Column("order_id", "text", "order number as in the file", required=False),
        Column("product_id", "text", "article number as in the file", required=False),
        Column("product_name", "text", "name as in the file", required=False),
        Column("quantity", "number", "pieces as in the file", "pieces", required=False),
        Column("unit_price", "number", "price as in the file", required=False),
        Column("raw", "text", "the row as it stood in the file", required=False, personal=True),
    ),
)

IMPORTS = Contract(
    name="imports",
    origin="input",
    grain="one import of one source",
    meaning="what was imported when, and how its columns were read",
    key=("source_id",),
    columns=(
        Column("source_id", "text", "fingerprint of the source's content and column map"),
        Column("source", "text", "name of the file or database table"),
        Column("kind", "text", "orders, products, or one of the firm's further tables"),
        Column("imported_at", "time", "when", "UTC"),
        Column("rows", "whole", "records read", "rows"),
        Column("added", "whole", "records that were not known before", "rows"),
        Column("column_map", "text", "how the columns were read, as JSON"),
        Column(
            "as_of",
            "time",
            "latest moment that the source tells of; empty where it has no order numbers or dates",
            "UTC",
            required=False,
        ),
        Column("counts_pieces", "flag", "the source has no quantity: each identical line is one more piece"),
    ),
)

INTAKE_TABLES = (IMPORTS, LINES, PRODUCT_LIST, SET_ASIDE, ORDERS, RETURNS, PRODUCTS, QUARANTINE)
