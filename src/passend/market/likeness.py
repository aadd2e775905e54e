"""Is the market a toy? Moments of its order data, to be laid beside those of real firms."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passend.market.logs import Lines, joined
from passend.market.world import Market


@dataclass(frozen=True)
class Moments:
    """What order data look like, whatever the trade; missing where the data have no dates or returns.

    Attributes:
        basket: mean different products an order.
        median_basket: their median.
        orders: mean orders a customer; once: share of customers with a single order.
        gap_days, gap_spread: median days between two orders of a customer, and their coefficient of variation.
        top_share: share of lines held by the top tenth of the products (popularity tail).
        repeat_share: share of a customer's lines whose product was bought in an earlier order.
        returned_share: returned over bought pieces.
    """

    basket: float
    median_basket: float
    orders: float
    once: float
    gap_days: float | None
    gap_spread: float | None
    top_share: float
    repeat_share: float
    returned_share: float | None


@dataclass(frozen=True)
class CrossBuyers:
    """How costly cross-buyers are; published are about a fifth, and some 70 % (Shah and Kumar, HBR, December 2012).

    Attributes:
        unprofitable: share of those who bought from two categories or more, and cost more than they brought.
        of_losses: their share of all customers' losses.
        cross_buyers: share of all buyers who are cross-buyers.
    """

    unprofitable: float
    of_losses: float
    cross_buyers: float


def cross_buyers(market: Market, weeks: int = 52) -> CrossBuyers:
    """Let a market run on, and look at what its customers bought and brought meanwhile. The market is moved."""
    begun, profit = market.minute, market.state.profit.copy()
    market.step(7 * weeks)
    sales: Lines = joined(Lines, market.log.lines)  # type: ignore[assignment]
    late = sales.at >= begun
    words = [
        str(one).split(" > ", maxsplit=1)[0]
        for one in market.catalogue.categories[market.catalogue.goods.family]
    ]
    shelf = np.unique(words, return_inverse=True)[1]
    bought = np.zeros((len(profit), int(shelf.max()) + 1), dtype=bool)
    bought[sales.customer[late], shelf[sales.product[late]]] = True
    breadth = bought.sum(axis=1)
    brought = market.state.profit - profit
    loss = np.where((breadth > 0) & (brought < 0), -brought, 0.0)
    is_cross = breadth > 1
    return CrossBuyers(
        float((brought[is_cross] < 0).mean()),
        float(loss[is_cross].sum() / max(loss.sum(), 1e-9)),
        float(is_cross.sum() / max((breadth > 0).sum(), 1)),
    )


def moments(orders: pa.Table) -> Moments:
    """Moments of order lines with ``order_id``, ``customer_id``, ``product_id`` and, where known, times and returns."""
    orders = orders.filter(pc.is_valid(orders["customer_id"]))
    who, order, what = (
        np.asarray(orders[name].combine_chunks().dictionary_encode().indices)
        for name in ("customer_id", "order_id", "product_id")
    )
    if "ordered_at" in orders.column_names and not orders["ordered_at"].null_count:
        when = orders["ordered_at"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy() / 86_400e6
        dated = True
    else:
        when, dated = orders["sequence"].to_numpy().astype(float), False
    cells = np.unique(np.column_stack([order, what]), axis=0)
    sizes = np.bincount(cells[:, 0])
    first = np.unique(order, return_index=True)[1]
    owner, moment = who[first], when[first]
    count = np.bincount(owner)
    by_customer = np.lexsort((moment, owner))
    same = np.diff(owner[by_customer]) == 0
    gaps = np.diff(moment[by_customer])[same]
    gaps = gaps[gaps > 0]
    lines = np.sort(np.bincount(what))[::-1]
    return Moments(
        float(sizes.mean()),
        float(np.median(sizes)),
        float(count.mean()),
        float((count == 1).mean()),
        float(np.median(gaps)) if dated and len(gaps) else None,
        float(gaps.std() / gaps.mean()) if dated and len(gaps) else None,
        float(lines[: max(len(lines) // 10, 1)].sum() / lines.sum()),
        _repeats(who, order, what, when),
        _returned(orders),
    )


def _repeats(who: np.ndarray, order: np.ndarray, what: np.ndarray, when: np.ndarray) -> float:
    by_time = np.lexsort((order, when, what, who))
    again = (np.diff(who[by_time]) == 0) & (np.diff(what[by_time]) == 0) & (np.diff(order[by_time]) != 0)
    return float(again.sum() / max(len(who), 1))


def _returned(orders: pa.Table) -> float | None:
    if "returned_quantity" not in orders.column_names:
        return None
    bought = float(np.sum(orders["quantity"].to_numpy()))
    return float(np.sum(orders["returned_quantity"].to_numpy()) / bought) if bought else None
