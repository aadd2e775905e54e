"""What the products room leaves: which products go together, and what each customer should be shown next."""

from passend.tables.contract import Column, Contract

RELATIONS = Contract(
    name="relations",
    origin="derived",
    grain="one relation of one type from one product to another",
    meaning="which products go together, and how sure that is",
    key=("product_id", "other_id", "type"),
    columns=(
        Column("product_id", "text", "the product at hand"),
        Column("other_id", "text", "the product that relates to it"),
        Column(
            "type",
            "text",
            "complement (in the same order), next (in a later order), substitute (instead of it), "
            "upgrade (a better one), service (a contract that fits repeated purchases)",
        ),
        Column(
            "role",
            "text",
            "finer kind, where people gave one: part_of_set, required_part, accessory, often_bought_with, "
            "different_brand",
            required=False,
        ),
        Column("rank", "whole", "place among the product's relations of this type, 1 is strongest"),
        Column(
            "strength",
            "number",
            "observed over expected (for a substitute the reverse), pulled towards 1 for rare pairs",
            "times",
        ),
        Column("low", "number", "lower end of the 95 % interval of the strength", "times"),
        Column("high", "number", "upper end of the 95 % interval of the strength", "times"),
        Column("support", "whole", "orders with both, or customers who bought the one and later the other"),
        Column("expected", "number", "how many there would be by popularity, order size, season and trend"),
        Column("base", "whole", "orders with the product, or customers who bought it"),
        Column("share", "number", "support over base", "share"),
        Column("likelihood_ratio", "number", "evidence against chance (G squared)"),
        Column(
            "direction",
            "number",
            "share of the pair's customers who bought in this order; .5 is no direction",
            "share",
            required=False,
        ),
        Column("lag_days", "number", "median time from the one to the other", "days", required=False),
        Column(
            "peak_days", "number", "middle of the week in which most buy the other", "days", required=False
        ),
        Column("season", "text", "when the other product is mostly sold, if it has a season", required=False),
        Column("evidence", "text", "what speaks for it, source by source; neighbours: guessed, not measured"),
        Column("is_pinned", "flag", "people placed it first"),
        Column("note", "text", "what people say about it", required=False),
        Column("author", "text", "who decided or noted it", required=False),
        Column("reason", "text", "the evidence in one sentence"),
    ),
)

LIKELY_RELATIONS = Contract(
    name="likely_relations",
    origin="derived",
    grain="one product and another that likely goes with it",
    meaning="what likely goes together and too few orders prove, for products with few proved relations",
    key=("product_id", "other_id"),
    columns=(
        Column("product_id", "text", "the product at hand"),
        Column("other_id", "text", "the product that likely goes with it"),
        Column("rank", "whole", "place among the product's likely ones, 1 is first"),
        Column(
            "grade",
            "text",
            "likely (from .7 on) or tentative where orders speak for it; by name and category where none held both",
        ),
        Column("chance", "number", "that the two go together", "share"),
        Column("support", "whole", "orders with both"),
        Column("expected", "number", "how many there would be by popularity, order size, season and trend"),
        Column("base", "whole", "orders with the product"),
        Column("alike", "number", "likeness of the names", "share"),
        Column("reason", "text", "the evidence in one sentence"),
    ),
)

RELATION_EDITS = Contract(
    name="relation_edits",
    origin="input",
    grain="one decision or note of one person on one pair of products",
    meaning="the people's word on relations: it is applied last and wins; the latest on a pair counts",
    key=("product_id", "other_id", "action", "edited_at"),
    columns=(
        Column("product_id", "text", "the product at hand"),
        Column("other_id", "text", "the product that relates to it"),
        Column(
            "action",
            "text",
            "pin (add, or lift to the top), forbid, retype, release (the figures decide again) or annotate",
        ),
        Column(
            "type",
            "text",
            "type or role of the relation; a pin without is a complement, a forbid without means all types",
            required=False,
        ),
        Column("note", "text", "the reason"),
        Column("author", "text", "who says so"),
        Column("edited_at", "time", "when", "UTC"),
    ),
)

COMPATIBILITY = Contract(
    name="compatibility",
    origin="input",
    grain="one value of one product on one side of one rule",
    meaning="the rules of what fits what (compatibility.yaml), spread over the products",
    key=("rule", "side", "product_id", "value"),
    columns=(
        Column("rule", "text", "name of the rule"),
        Column("side", "text", "product (has to fit) or partner (has to be fitted)"),
        Column("product_id", "text", "article number"),
        Column("value", "text", "a value of the attribute, in lower case"),
        Column("said", "text", "the attribute as the product list says it"),
    ),
)

MISFITS = Contract(
    name="misfits",
    origin="derived",
    grain="one relation that a rule of what fits what rules out",
    meaning="what was measured and does not fit, with the rule and the reason",
    key=("product_id", "other_id", "type", "rule"),
    columns=(
        Column("product_id", "text", "the product at hand"),
        Column("other_id", "text", "the product that does not fit it"),
        Column("type", "text", "type of the relation that is left out"),
        Column("rule", "text", "name of the rule"),
        Column("reason", "text", "why, in one sentence"),
    ),
)

RECOMMENDATIONS = Contract(
    name="recommendations",
    origin="derived",
    grain="one product for one customer",
    meaning="the next new products for each customer, best first",
    key=("customer_id", "rank"),
    columns=(
        Column("customer_id", "text", "customer number", personal=True),
        Column("rank", "whole", "1 is best"),
        Column("product_id", "text", "the product to offer"),
        Column("score", "number", "orders the products of one customer; higher is better"),
        Column("type", "text", "type of the relation, or popular where nothing else is known"),
        Column("because_of", "text", "the customer's product that speaks for it", required=False),
        Column("reason", "text", "why, in one sentence"),
    ),
)

PRODUCT_TABLES = (RELATION_EDITS, COMPATIBILITY, MISFITS, RELATIONS, LIKELY_RELATIONS, RECOMMENDATIONS)
