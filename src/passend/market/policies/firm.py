"""What the firm's tables say of customers and products, as the product's learners want it."""

from collections import Counter

import numpy as np

from passend.customers.offer_effects import History, Sale
from passend.customers.offer_effects.history import Floats
from passend.customers.offer_effects.sale import shrunk_returns, shrunk_service
from passend.market.demand import SERVED
from passend.market.view import Ints, View
from passend.market.world import WEEK


def groups_of(view: View) -> Ints:
    """By product its group: variants, whose names differ in the last word alone, on one shelf."""
    found = view.table("products")
    stems = [
        f"{shelf}:{name.rpartition(' ')[0] or name}"
        for name, shelf in zip(found["name"].to_pylist(), found["category"].to_pylist(), strict=True)
    ]
    counted = Counter(stems)
    names = found["name"].to_pylist()
    keys = [one if counted[one] > 1 else f"{one} {name}" for one, name in zip(stems, names, strict=True)]
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)


def history_of(view: View, group: Ints) -> History:
    """Purchases and looks of the known past."""
    sales, traces = view.sales, view.traces
    seen = traces.kind != SERVED
    shelf = np.zeros(int(group.max()) + 1, np.int64)
    shelf[group] = view.category
    since = np.full(view.count, view.week, np.int64)
    np.minimum.at(since, sales.customer, sales.at // WEEK)
    return History(
        view.count,
        shelf,
        since,
        sales.customer,
        group[sales.product],
        sales.at // WEEK,
        traces.customer[seen],
        group[traces.product[seen]],
        traces.at[seen] // WEEK,
    )


def relative_price(view: View, group: Ints) -> Floats:
    """By product the log of its price over its group's mean."""
    mean = np.bincount(group, np.log(view.price)) / np.bincount(group)
    return np.asarray(np.log(view.price) - mean[group])


def usual_tier(view: View, group: Ints) -> Floats:
    """By customer how dear their variants are within their groups, on average, shrunk."""
    relative, sales = relative_price(view, group), view.sales
    number = np.bincount(sales.customer, minlength=view.count)
    return np.asarray(np.bincount(sales.customer, relative[sales.product], view.count) / (number + 1.5))


def earned_by_group(view: View, group: Ints) -> Floats:
    """By group the usual margin of a sale, in cents."""
    sold, groups = view.sales.product, int(group.max()) + 1
    earned = np.bincount(group[sold], view.margin[sold].astype(float), groups)
    return np.asarray(earned / np.maximum(np.bincount(group[sold], minlength=groups), 1))


def goods_at_risk(view: View) -> Floats:
    """By product the unit cost of goods that may come back spoiled; contracts and services leave none behind."""
    is_goods = np.array(
        [kind not in ("contract", "service") for kind in view.table("products")["kind"].to_pylist()]
    )
    return np.where(is_goods, view.price - view.margin, 0.0)


def sales_of(view: View, group: Ints, weekly: Floats) -> Sale:
    """What returns, handling, service and moved spending take from a sale; ``weekly``: profit of a customer's week."""
    sales, traces = view.sales, view.traces
    settled = view.weeks_ago(sales.at) > 3
    back = (sales.returned_at[settled] >= 0).astype(float)
    shape = (view.count, int(group.max()) + 1)
    mine, by_group = shrunk_returns(sales.customer[settled], group[sales.product[settled]], back, shape)
    costs = {(row["kind"]): float(row["amount_cents"]) for row in view.table("costs").to_pylist()}
    served = traces.kind == SERVED
    bought = np.bincount(sales.customer, minlength=view.count)
    service = shrunk_service(
        traces.customer[served], traces.amount[served] * costs["service"], bought, view.count
    )
    return Sale(mine, by_group, service, costs["order"], costs["return"], 26.0 * weekly)
