"""What the results are called, so that every face says it alike."""

from passend.results.restated import CAUSES
from passend.vocabulary import SLICES

#: Metric -> what people call it.
METRIC_NAMES = {
    "profit": "profit",
    "contribution": "profit before contacts",
    "uncapped": "the same without the cap",
    "revenue": "revenue",
    "orders": "orders",
    "returns": "returns",
    "other products": "revenue of other products",
    "later": "profit in the time after",
    "complaints": "complaints and unsubscriptions",
}
#: Metrics that are counted, not paid.
COUNTED = ("orders", "complaints")
CLAIMED = "claimed: bought within 5 days of a click, an opening or a yes"
ANYWAY = "would have been bought anyway, or was never claimed"
ADDED_REVENUE = "added revenue"
CAME_BACK = "came back"
GOODS = "goods, handling of returns and service"
CAPPED = "of few very large customers, left out by the cap"
CONTACTS = "contacts"
ADDED_PROFIT = "added profit"
#: Words that the tables of the results hold.
WORDS = (
    *METRIC_NAMES.values(),
    *(CLAIMED, ANYWAY, ADDED_REVENUE, CAME_BACK, GOODS, CAPPED, CONTACTS, ADDED_PROFIT),
    *("works", "harms", "does nothing worth it", "no data", "unhealthy", "review", "cannot be measured"),
    *("days left", "more", "less", "no difference found", "any", "unknown", "no known relation"),
    *SLICES,
    *CAUSES,
    *("no order of late", "one order", "several orders", "treated", "held-out"),
)
